"""The pages about projects: what they find, in which order, and what they say where little or nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import NotFound, UnknownName, UsageProblem
from breakeven.ledger.statement import statement
from breakeven.period import add_months
from breakeven.views.allocation_page import allocation_page
from breakeven.views.asking.filters import Filters
from breakeven.views.content import Empty, Items, Page, Panel, Plot, Row, Table
from breakeven.views.format import Display
from breakeven.views.project_page import project_page
from breakeven.views.projects.choices import choices
from breakeven.views.projects.judging import verdict
from breakeven.views.projects.links import project_path
from breakeven.views.projects.undeclared import quoted
from breakeven.views.projects_page import projects_page
from breakeven.views.question import Question
from breakeven.workspace.definitions import BusinessCase, Pool, Project, Resting, Target

D = Decimal
Company = Any
MONTHS = [add_months(date(2025, 6, 1), place) for place in range(11)]
EVIL = "<script>alert(1)</script>"


def project(
    key: str, start: date | None = date(2025, 6, 1), category: str = "customer_service", **more: Any
) -> Project:
    return Project(id=key, category=category, start=start, **{"name": key.capitalize(), **more})  # type: ignore[arg-type]


def put(company: Company, *owners: tuple[str, str, str]) -> None:
    """The same cost and revenue in every month."""
    rows = [(name, month, cost, revenue) for name, cost, revenue in owners for month in MONTHS]
    company.put("cost", *({"project": name, "start": f"{month}", "end": f"{add_months(month, 1)}", "amount": cost,
                           "category": "compute", "currency": "USD"} for name, month, cost, _ in rows))  # fmt: skip
    company.put("benefit", *({"project": name, "time": f"{month:%Y-%m}-10", "kind": "revenue", "amount": revenue,
                              "currency": "USD"} for name, month, _, revenue in rows))  # fmt: skip


def ask(company: Company, build: Callable[[Question], Page], path: str, given: Mapping[str, str] | None = None,
        projects: tuple[str, ...] | None = None, **filters: Any) -> Page:  # fmt: skip
    kept: dict[Any, Any] = {}

    def keep(key: Any, make: Callable[[], Any]) -> Any:
        if key not in kept:
            kept[key] = make()
        return kept[key]

    asked = Filters(**filters)
    period = company.workspace.calendar.parse(asked.period, company.now)
    with company.ledger.desk(company.now) as desk:
        return build(Question(desk, asked, path=path, period=period, projects=projects, show=Display(currency="USD"),
                              fresh=(), kept=keep, given=given or {}))  # fmt: skip


def projects_of(company: Company, **given: str) -> Page:
    return ask(company, projects_page, "/projects", given)


def project_of(company: Company, name: str, tab: str = "", **filters: Any) -> Page:
    given = {"project": name} | ({"tab": tab} if tab else {})
    return ask(company, project_page, f"/projects/{name}", given, **filters)


def panel(page: Page, name: str) -> Panel:
    return next(one for one in page.panels if one.id == name)


def table(page: Page, name: str) -> Table:
    body = panel(page, name).body
    found = next(one for one in (body if isinstance(body, tuple) else (body,)) if isinstance(one, Table))
    assert isinstance(found, Table)
    return found


def heads(rows: tuple[Row, ...], kind: str = "") -> list[str]:
    return [row.cells[0].text for row in rows if row.kind == kind]


@pytest.fixture(scope="module")
def three(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_three(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    company.declare(
        project("good", owner="Zoe", stage="pilot"), project("better", category="platform", owner="Ann"),
        project("bad"), pools=(Pool(name="tools", rule="even"),),
    )  # fmt: skip
    put(company, ("good", "100", "300"), ("better", "100", "500"), ("bad", "100", "40.50"))
    company.put(
        "cost",
        *(
            {
                "project": "unassigned",
                "pool": "tools",
                "start": f"{month}",
                "category": "licence",
                "end": f"{add_months(month, 1)}",
                "amount": "30",
                "currency": "USD",
            }
            for month in MONTHS
        ),
    )
    return company


def test_the_finding_names_who_lost_and_what_holds_a_category_back(three: Company) -> None:
    page = projects_of(three)
    with three.ledger.desk(three.now) as desk:
        lost = statement(desk, three.workspace.calendar.parse("ytd", three.now), "bad").net_value
        alone = statement(desk, three.workspace.calendar.parse("ytd", three.now), "good").roi_percent
    show = Display(currency="USD")
    assert (
        page.finding == f"Two of three projects returned more than they cost this year; Bad lost {show.money(-lost)}."
    )
    assert page.exception.startswith("Bad holds customer service back: without it, the category would return "
                                     f"{show.roi(alone)} and not ")  # fmt: skip


def test_groups_are_ordered_like_their_projects_and_add_up(three: Company) -> None:
    rows = table(projects_of(three), "projects").rows
    assert heads(rows, "group") == ["Platform", "Customer service"]
    assert heads(rows) == ["Better", "Good", "Bad"]
    values = {row.cells[0].text: row.cells[5].text for row in rows}
    assert values["Together"] == "$3.4k"
    assert values["Customer service"] == "$1.4k"
    up = table(projects_of(three, order="asc"), "projects").rows
    assert heads(up, "group") == ["Customer service", "Platform"]
    assert heads(up) == ["Bad", "Good", "Better"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("roi", "Better Good Bad"), ("net", "Better Good Bad"), ("value", "Better Good Bad"), ("name", "Bad Better Good"),
     ("owner", "Better Good Bad"), ("status", "Bad Better Good"), ("category", "Bad Good Better"),
     ("stage", "Good Bad Better"), ("since", "Bad Better Good"), ("cost", "Bad Better Good")],
)  # fmt: skip
def test_every_order(three: Company, sort: str, expected: str) -> None:
    rows = table(projects_of(three, sort=sort, group="none"), "projects").rows
    assert " ".join(heads(rows)) == expected


def test_heads_lead_to_the_other_order(three: Company) -> None:
    columns = {column.label: column for column in table(projects_of(three, group="none"), "projects").columns}
    assert columns["ROI"].sorted == "descending"
    assert columns["ROI"].href == "/projects?order=asc&group=none"
    assert columns["Owner"].href == "/projects?sort=owner&group=none"
    again = {one.label: one for one in table(projects_of(three, group="none", order="asc"), "projects").columns}
    assert again["ROI"].href == "/projects?group=none"
    assert again["ROI"].sorted == "ascending"


def test_a_choice_that_does_not_exist_is_refused(three: Company) -> None:
    wrong = ({"order": "up"}, {"months": "many"}, {"fair": "no"}, {"sort": "luck"}, {"stage": "dream"})
    for asked in wrong:
        with pytest.raises(UsageProblem):
            projects_of(three, **asked)
    with pytest.raises(UsageProblem, match="from 1 to 120"):
        projects_of(three, fair="age", months="0")


def test_the_search_narrows_the_sums_too(three: Company) -> None:
    page = projects_of(three, q="ANN")
    assert heads(table(page, "projects").rows) == ["Better"]
    assert page.tiles[0].label == "Together"
    assert page.tiles[0].figure == "roi_percent@better"
    assert page.extra["bar"].clear == "/projects"
    nothing = projects_of(three, q="zzz", stage="pilot")
    assert nothing.finding == "No project matches the search."
    assert "“zzz”, pilot" in table(nothing, "projects").empty


def test_two_hundred_projects_show_fifty_and_a_way_to_all(company: Company) -> None:
    names = [f"p{place:03}" for place in range(200)]
    company.declare(*(project(name, category=("platform", "customer_service")[place % 2])
                      for place, name in enumerate(names)))  # fmt: skip
    company.put("cost", *({"project": name, "start": "2026-02-01", "end": "2026-03-01", "amount": f"{10 + place}",
                           "category": "data", "currency": "USD"} for place, name in enumerate(names)))  # fmt: skip
    company.put("benefit", *({"project": name, "time": "2026-02-10", "kind": "revenue", "amount": "100",
                              "currency": "USD"} for name in names))  # fmt: skip
    found = table(projects_of(company), "projects")
    assert len(found.rows) == 51
    assert heads(found.rows)[0] == "P000"
    assert found.more is not None
    assert (found.more.text, found.more.href) == ("Show all 200 projects", "/projects?all=1")
    assert len(table(projects_of(company, all="1"), "projects").rows) == 201
    grouped = table(projects_of(company, group="category"), "projects")
    assert len(heads(grouped.rows)) == 50
    assert heads(grouped.rows, "group") == ["Platform", "Customer service"]
    chart = panel(projects_of(company), "roi").body
    assert isinstance(chart, Plot)
    assert len(chart.chart.rows["rows"]) == 12


def test_without_projects_the_page_says_what_to_do(company: Company) -> None:
    page = projects_of(company)
    assert page.finding == "No project is known yet."
    assert isinstance(page.panels[0].body, Empty)
    assert "projects.yaml" in page.panels[0].body.text


def test_one_project_alone(company: Company) -> None:
    company.declare(project("only"))
    put(company, ("only", "100", "300"))
    page = projects_of(company)
    assert page.finding == "Only returned $800 more than it cost this year."
    assert {one.id for one in page.panels} == {"projects", "kind-customer-service"}
    assert heads(table(page, "projects").rows) == ["Only"]


def test_names_of_any_kind_stay_text(company: Company) -> None:
    company.declare(project("evil", name=EVIL), project("rtl", name="תמיכה בלקוחות"), project("long", name="x" * 300))
    put(company, ("evil", "1", "2"), ("rtl", "1", "3"), ("long", "1", "4"))
    page = projects_of(company)
    assert heads(table(page, "projects").rows) == ["x" * 300, "תמיכה בלקוחות", EVIL]
    assert project_of(company, "evil").title == EVIL


def test_the_fair_mode_names_its_rules(own_three: Company) -> None:
    own_three.declare(project("young", date(2026, 1, 10)))
    put(own_three, ("young", "100", "1000"))
    page = projects_of(own_three, fair="age")
    assert page.finding.startswith("In their first 3 months, Young returned the most on its cost, ")
    assert page.exception == (
        "Same age: 3 complete months since launch (the age of Young, the youngest). Same evidence: everything counts."
        " Same cost: everything, shared pools included.")  # fmt: skip
    assert heads(table(page, "same-age").rows) == ["Young", "Better", "Good", "Bad"]
    six = projects_of(own_three, fair="age", months="6")
    body = panel(six, "too-young").body
    assert isinstance(body, Items)
    assert [item.lead for item in body.items] == ["Young"]
    assert "as chosen" in six.exception
    link = next(choice for choice in projects_of(own_three).switch if choice.text == "Same age").href
    assert link == "/projects?headline=measured&fair=age"


def test_shared_cost_adds_up_on_its_page(three: Company) -> None:
    page = ask(three, allocation_page, "/projects/allocation")
    rows = table(page, "pool-1").rows
    assert [row.cells[4].text for row in rows] == ["$40.00", "$40.00", "$40.00", "$120.00"]
    assert page.exception == "$120 of shared cost was split among 3 projects; nothing is left."
    assert heads(table(page, "rules").rows) == ["Better", "Good", "Bad"]
    assert (
        page.finding
        == "Splitting shared cost by another rule changes no project's rank and moves none across break-even."
    )


def test_shared_cost_without_pools(company: Company) -> None:
    company.declare(project("only"))
    put(company, ("only", "1", "2"))
    page = ask(company, allocation_page, "/projects/allocation")
    assert page.finding == "No shared cost was split in this period."
    assert isinstance(panel(page, "pools").body, Empty)


def test_a_project_in_all_its_parts(own_three: Company) -> None:
    own_three.put("interaction", *({"project": "good", "time": f"2026-0{month}-03", "count": 10, "seconds_saved": 600.0,
                                "outcome": "resolved", "model": "m", "cost": "1"} for month in (1, 2, 3)))  # fmt: skip
    page = project_of(own_three, "good")
    assert page.finding == "Good saves 1.0 min per interaction, worth $1.3k this year."
    assert [tile.figure for tile in page.tiles] == [
        f"{name}@good" for name in ("total_monthly_value", "net_value", "roi_percent", "payback_months")]  # fmt: skip
    assert page.over == ("Customer service", "Pilot", "Owner Zoe", "live since 1\u00a0Jun\u00a02025", "1 model")
    assert page.crumbs[0].href == "/projects"
    rows = table(page, "value-cost").rows
    with own_three.ledger.desk(own_three.now) as desk:
        made = statement(desk, own_three.workspace.calendar.parse("ytd", own_three.now), "good")
    assert rows[-1].cells[2].text == Display(currency="USD").money(made.net_value)
    assert {row.cells[2].explain for row in rows} >= {"net_value@good", "acceleration_value@good", "cost_direct@good"}
    assert [choice.text for choice in page.tabs][:2] == ["Overview", "Costs"]


def test_every_tab_of_every_project(own_three: Company) -> None:
    own_three.declare(project("thought", stage="idea"), project("silent", None, owner=None))
    put(own_three, ("wild", "5", "6"))
    for name in ("good", "thought", "silent", "unassigned"):
        for tab in ("", "costs", "evidence", "models", "decisions"):
            page = project_of(own_three, name, tab)
            assert page.finding
            assert len({one.id for one in page.panels}) == len(page.panels) > 0
    with pytest.raises(UnknownName):
        project_of(own_three, "good", "nonsense")


def test_a_loss_is_said_and_what_is_missing(three: Company) -> None:
    page = project_of(three, "bad")
    assert page.finding.startswith("Bad cost $")
    assert page.chips == (("red", "Below break-even"),)
    payback = page.tiles[3]
    assert str(payback.value) == "Not yet"
    assert payback.reason is not None
    assert payback.reason.endswith(" still missing")


def test_unknown_and_undeclared_projects(own_three: Company) -> None:
    put(own_three, ("a/b & c", "5", "6"))
    with pytest.raises(NotFound, match="did you mean good"):
        project_of(own_three, "goood")
    path = project_path("a/b & c")
    assert path == "/projects/a~2Fb~20~26~20c"
    page = project_of(own_three, "a~2Fb~20~26~20c")
    assert page.finding == "22 records name a/b & c, which is not declared."
    assert panel(page, "declare").body.facts[0].value.text == '- id: "a/b & c"'  # type: ignore[union-attr]
    listed = table(projects_of(own_three), "undeclared")
    assert listed.rows[0].cells[0].href == path


def test_the_case_and_what_the_value_rests_on(company: Company) -> None:
    case = BusinessCase(cost=D(80), benefit=D(200), months=12, ramp={1: D(0), 3: D(1)})
    rest = (Resting(category="acceleration_value", figure="accuracy", baseline=D("0.9")),)
    company.declare(project("planned", business_case=case, rests_on=rest))
    put(company, ("planned", "100", "300"))
    company.put("evaluation", {"project": "planned", "model": "m", "time": "2026-04-02", "value": 0.45})
    company.put("note", {"project": "planned", "time": "2026-04-01", "kind": "decision", "text": "Go on",
                         "status": "open", "due": "2026-04-05", "owner": "Zoe"})  # fmt: skip
    found = panel(project_of(company, "planned", "costs"), "case")
    assert found.chip is not None
    assert found.chip[1] in ("Ahead of plan", "As planned", "Behind plan")
    decisions = project_of(company, "planned", "decisions")
    decay = table(decisions, "decay").rows[0]
    assert decay.cells[4].text == "50.0%"
    note = panel(decisions, "decisions").body
    assert isinstance(note, Items)
    assert (note.items[0].lead, note.items[0].word, note.items[0].status) == ("Go on", "Overdue", "red")


def test_verdicts() -> None:
    assert verdict(None, None, None, None).status == "grey"
    assert verdict(D(-1), D(-5), D(-9), None).word == "Below break-even"
    assert verdict(D(10), D(50), D(20), D(10)).word == "Behind plan"
    assert verdict(D(20), D(50), D(20), D(90)).word == "On plan"
    assert verdict(D(20), D(50), None, D(90)).word == "Below goal"
    assert verdict(D(20), 90.0, None, D(90)).word == "Goal met"
    assert verdict(D(0), None, None, D(90)).word == "Above break-even"


def test_the_goal_is_the_target_of_the_return(own_three: Company) -> None:
    own_three.workspace = msgspec.structs.replace(
        own_three.workspace, targets=(Target(metric="cumulative_roi_percent", at_least=D(300)),))  # fmt: skip
    own_three._ledger = None
    page = projects_of(own_three)
    tiles = {tile.label: tile for tile in page.tiles}
    assert tiles["Platform"].change is not None
    assert tiles["Platform"].change.words == "above goal of 300%"
    assert tiles["Customer service"].change is not None
    assert tiles["Customer service"].change.tone == "bad"
    statuses = {row.cells[0].text: row.cells[1].text for row in table(page, "projects").rows if not row.kind}
    assert statuses == {"Better": "Goal met", "Good": "Below goal", "Bad": "Below break-even"}


@examples(40)
@given(st.text(min_size=1, max_size=30))
def test_what_is_to_be_copied_reads_back_as_it_is(name: str) -> None:
    assert yaml.safe_load(f"- id: {quoted(name)}\n") == [{"id": name}]


def test_choices_keep_only_what_is_not_usual() -> None:
    assert choices({"sort": "roi", "q": " x ", "all": ""}).own() == {"q": "x"}
    assert choices({}).own(fair="age") == {"fair": "age"}
