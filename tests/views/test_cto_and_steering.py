"""The pages of technology and of the steering committee over companies of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from breakeven.period import Grain
from breakeven.views.annotations import MARKED, events_on
from breakeven.views.asking.filters import Filters
from breakeven.views.audience_page import audience
from breakeven.views.audiences.cto import CTO
from breakeven.views.audiences.steering import STEERING
from breakeven.views.content import Items, Page, Panel, Plot, Row, Table
from breakeven.views.format import Display
from breakeven.views.panels.incident_course import rank
from breakeven.views.question import Question
from breakeven.workspace.definitions import BusinessCase, Project, Target

D = Decimal
Company = Any
"""See conftest.py."""


@contextmanager
def asked(
    company: Company, period: str = "ytd", projects: tuple[str, ...] | None = None, **filters: Any
) -> Iterator[Question]:
    memory: dict[Any, Any] = {}

    def kept(key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        if key not in memory:
            memory[key] = make()
        return memory[key]

    with company.ledger.desk(company.now) as desk:
        span = company.workspace.calendar.parse(period, company.now)
        yield Question(
            desk, Filters(period=period, **filters), path="/steering", period=span, projects=projects,
            show=Display(currency="USD"), fresh=company.ledger.freshness(company.now), kept=kept, given={},
        )  # fmt: skip


def page(
    company: Company, of: Any, period: str = "ytd", projects: tuple[str, ...] | None = None, **filters: Any
) -> Page:
    with asked(company, period, projects, **filters) as question:
        made = audience(question, of)
    names = [panel.id for panel in made.panels]
    assert len(set(names)) == len(names)
    assert made.finding.endswith(".")
    for one in made.panels:
        for body in one.body if isinstance(one.body, tuple) else (one.body,):
            if isinstance(body, Table):
                assert all(len(row.cells) == len(body.columns) for row in body.rows), one.id
    return made


def panel(made: Page, name: str) -> Panel:
    return next(one for one in made.panels if one.id == name)


def rows(made: Page, name: str) -> dict[str, Row]:
    body = panel(made, name).body
    found = next(one for one in (body if isinstance(body, tuple) else (body,)) if isinstance(one, Table | Plot))
    return {row.cells[0].text: row for row in (found.table if isinstance(found, Plot) else found).rows}


def texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name.title(), category="customer_service", start=date(2026, 1, 1), **more)


def note(company: Company, kind: str, text: str, day: str = "2026-03-10", **more: Any) -> None:
    labels = more.pop("labels", None)
    company.put("note", {"kind": kind, "text": text, "time": day,
                         "labels": msgspec.json.encode(labels).decode() if labels else None} | more)  # fmt: skip


@pytest.fixture(scope="module")
def firm(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_firm(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    case = BusinessCase(cost=D(100), benefit=D(300), start=date(2026, 1, 1), months=6)
    company.declare(
        project("chat", budget=D(200), business_case=case), project("voice", budget=D(50), business_case=case),
        targets=(Target(metric="time_to_production_days", at_most=D(5)), Target(metric="mttr_hours", at_most=D(1)),
                 Target(metric="deployment_success_rate", at_least=D(50))),
    )  # fmt: skip
    for month, earned in (("01", "200"), ("02", "700"), ("03", "800")):
        company.put("cost", {"start": f"2026-{month}-01", "project": "chat", "amount": "100"},
                    {"start": f"2026-{month}-01", "project": "voice", "amount": "150"})  # fmt: skip
        company.put("benefit", *({"time": f"2026-{month}-05", "project": who, "kind": "revenue", "amount": amount,
                                  "quantity": 1} for who, amount in (("chat", earned), ("voice", "0"))))  # fmt: skip
    company.put("deployment", *(
        {"time": f"2026-02-{day:02}", "deployed_at": f"2026-02-{day:02}", "dev_complete_at": "2026-02-01",
         "model": "a", "version": "1.0", "project": "chat", "status": status}
        for day, status in ((3, "succeeded"), (5, "succeeded"), (8, "failed"), (10, "succeeded"))
    ))  # fmt: skip
    company.put("incident",
                {"opened_at": "2026-03-01T00:00", "resolved_at": "2026-03-01T04:00", "severity": "P1",
                 "project": "chat", "kind": "outage", "cost": "900", "currency": "USD"},
                {"opened_at": "2026-03-02T00:00", "resolved_at": "2026-03-02T02:00", "severity": "low",
                 "project": "chat", "kind": "drift", "caught_before_impact": True},
                {"opened_at": "2026-04-10T00:00", "project": "voice", "kind": "quality"})  # fmt: skip
    company.put("model_state", {"time": "2026-02-03", "model": "a", "stage": "production", "project": "chat",
                                "on_platform": True},
                {"time": "2026-01-03", "model": "b", "stage": "staging", "project": "voice"})  # fmt: skip
    return company


def test_an_empty_company_is_told_what_is_needed(company: Company) -> None:
    cto, steering = page(company, CTO), page(company, STEERING)
    assert "can be judged yet" in cto.finding
    assert steering.finding == "No project can be judged yet. No decision is due in the next 30 days."
    assert "dora" not in [one.id for one in cto.panels]
    for name in ("decision-log", "progress"):
        body = panel(steering, name).body
        assert isinstance(body, Table)
        assert not body.rows
        assert body.empty


def test_technology_leads_with_the_speed_and_names_what_is_missed(firm: Company) -> None:
    made = page(firm, CTO)
    assert made.finding.replace("\u00a0", " ") == "Models reach production in 5.0 days; two of three goals are met."
    assert made.exception.replace("\u00a0", " ") == "Off track: mean time to recover (3.00 h, goal 1 h)."


def test_what_all_projects_promised_together_judges_no_single_one(company: Company) -> None:
    firm = filled_in(company)
    monthly = Target(metric="mttr_hours", at_most=D(1), per=Grain.MONTH)
    kept = [target for target in firm.workspace.targets if target.metric != monthly.metric]
    firm.declare(targets=(*kept, monthly))
    every, one = page(firm, CTO), page(firm, CTO, projects=("chat",))
    assert "of three goals" in every.finding
    assert "of two goals" in one.finding
    assert "mean time to recover" not in one.exception


def test_goals_have_a_bar_with_the_goal_a_number_that_opens_and_a_word(firm: Company) -> None:
    made = page(firm, CTO)
    row = rows(made, "velocity")["Time to production"]
    meter, now, state = row.cells[1].meter, row.cells[2], row.cells[5]
    assert meter is not None
    assert meter.mark is not None
    assert meter.share == pytest.approx(meter.mark)
    assert (now.text.replace("\u00a0", " "), now.explain, state.status) == (
        "5.0 days",
        "time_to_production_days",
        "green",
    )
    assert panel(made, "quality").chip == ("red", "1 off track")
    frequency = rows(made, "velocity")["Deployment frequency"]
    assert frequency.cells[1].meter is None
    assert frequency.cells[5].text == "No goal"


def test_delivery_is_said_as_dora_has_it(firm: Company) -> None:
    found = rows(page(firm, CTO), "dora")
    assert found["Change failure rate"].cells[1].text == "25.0%"
    assert found["Recovery of a failed release"].cells[1].text.replace("\u00a0", " ") == "2.0 days"
    assert texts(found["Rework"])[1:] == ["–", "No release says whether it repairs another one"]


def test_incidents_are_counted_once_and_by_severity(firm: Company) -> None:
    made = page(firm, CTO)
    found = rows(made, "incidents-by-month")
    head = next(texts(row) for name, row in found.items() if name.startswith("Mar"))
    assert sorted(head[1:]) == ["0", "1"]  # P1, and nothing that does not say; what was caught is in neither
    assert (rank("P1")[0], rank("critical")[0], rank("sev-3")[0], rank("odd")[0]) == (1, 1, 3, 5)


def test_incidents_in_detail_have_length_and_cost_or_say_why_not(firm: Company) -> None:
    made = page(firm, CTO)
    assert panel(made, "incident-log").chip == ("red", "1 open")
    body = panel(made, "incident-log").body
    assert isinstance(body, Table)
    first, *rest = body.rows
    assert (first.cells[0].text, first.cells[2].text, first.cells[4].help, first.cells[5].text) == (
        "Quality problem", "–", "No cost is recorded", "Open",
    )  # fmt: skip
    assert [row.cells[5].text for row in rest] == ["Caught early", "Resolved"]
    assert (rest[1].cells[3].text.replace("\u00a0", " "), rest[1].cells[4].text) == ("4 h", "$900")
    assert all(row.cells[0].href.startswith("/records/incident/") for row in body.rows)


def test_models_on_their_way_come_first(firm: Company) -> None:
    made = page(firm, CTO)
    assert list(rows(made, "models-by-stage")) == ["b", "a"]
    waiting = rows(made, "models-by-stage")["b"]
    assert (waiting.cells[2].text, waiting.cells[2].status) == ("Staging", "yellow")
    assert panel(made, "models-by-stage").sub == "1 in staging, 1 in production"


def test_projects_stand_beside_their_plans_the_worst_first(own_firm: Company) -> None:
    note(own_firm, "priority", "Ask the callers", project="voice", due="2026-05-02T12:00")
    made = page(own_firm, STEERING)
    assert panel(made, "progress").chip == ("yellow", "1 of 2 behind plan")
    found = rows(made, "progress")
    assert list(found) == ["Voice", "Chat"]
    voice, chat = found["Voice"], found["Chat"]
    assert (voice.cells[7].text, voice.cells[7].status) == ("Behind plan", "red")
    assert (chat.cells[2].text, chat.cells[3].text, chat.cells[3].explain) == ("$600", "$1.4k", "net_value@chat")
    assert chat.cells[7].sub == "+$800 since Feb\u00a02026" or chat.cells[7].sub == "+$800 since Feb 2026"
    assert (voice.cells[6].text, chat.cells[6].text) == ("Ask the callers", "None open")
    assert voice.cells[5].tone == "bad"


def test_risks_are_sorted_by_money_and_the_unknown_is_no_zero(own_firm: Company) -> None:
    note(own_firm, "risk", "The vendor may stop", labels={"stake": "5000"})
    note(own_firm, "concern", "Nobody reads the manual")
    body = panel(page(own_firm, STEERING), "risks").body
    assert isinstance(body, Items)
    leads = [(item.lead, item.amount) for item in body.items]
    assert leads[0] == ("The vendor may stop", "$5k")
    assert leads[1][0].startswith("Voice is $")
    assert ("Nobody reads the manual", "–") in leads
    assert ("Mean time to recover is off track", "–") in leads


def test_a_decision_is_followed_to_its_outcome(own_firm: Company) -> None:
    aim = {"figure": "revenue", "expected": "100", "decided_at": "2026-02-10T00:00:00+00:00"}
    note(own_firm, "decision", "Widen chat", project="chat", status="done", labels=aim, owner="Kim")
    note(own_firm, "decision", "Stop voice", project="voice", due="2026-04-20T12:00",
         labels={"figure": "net_value", "expected": "150"})  # fmt: skip
    note(own_firm, "decision", "Never mind", status="dropped")
    made = page(own_firm, STEERING)
    assert made.finding.endswith("One decision is due in the next 30 days.")
    found = rows(made, "decision-log")
    assert list(found) == ["Stop voice", "Widen chat"]
    waiting, taken = texts(found["Stop voice"]), found["Widen chat"]
    assert (waiting[2], waiting[5]) == ("+$150 a month", "Due in 4 days")
    # January 200, March 800
    assert (taken.cells[2].text, taken.cells[2].sub) == ("+$600 a month", "expected +$100 a month")
    assert (taken.cells[5].text, taken.cells[5].status) == ("Better than expected", "green")
    assert taken.cells[5].sub.endswith("$200 → $800")
    assert taken.cells[6].href.startswith("/notes/form?note=")
    assert page(own_firm, STEERING, as_of="2026-04-15").panels
    past = rows(page(own_firm, STEERING, as_of="2026-04-15"), "decision-log")["Widen chat"]
    assert len(past.cells) == 6


def test_another_project_sees_none_of_it(own_firm: Company) -> None:
    note(own_firm, "decision", "Stop voice", project="voice", due="2026-04-01T12:00")
    assert "Stop voice" in rows(page(own_firm, STEERING), "decision-log")
    made = page(own_firm, STEERING, projects=("chat",))
    assert rows(made, "decision-log") == {}
    assert list(rows(made, "progress")) == ["Chat"]
    assert "overdue" in page(own_firm, STEERING).finding
    assert "overdue" not in made.finding


def test_four_events_stand_on_a_chart_and_the_others_below(own_firm: Company) -> None:
    for day in range(1, 8):
        note(own_firm, "annotation", f"Event {day} " + "x" * 40, f"2026-02-{day:02}")
    note(own_firm, "annotation", "Gone", "2026-02-20", status="dropped")
    note(own_firm, "annotation", "Elsewhere", "2026-02-21", project="voice")
    with asked(own_firm, projects=("chat",)) as question:
        found = events_on(question, date(2026, 1, 1), date(2026, 3, 31))
    assert len(found.marks) == MARKED
    assert all(len(mark.words) <= 36 for mark in found.marks)
    assert [mark.on.day for mark in found.marks] == [4, 5, 6, 7]
    assert "Event 3" in found.rest
    assert "Gone" not in found.rest
    assert "Elsewhere" not in found.rest


def test_two_hundred_projects_keep_to_twenty_rows(company: Company) -> None:
    company.declare(*(project(f"p{place:03d}") for place in range(200)))
    company.put("cost", *({"start": "2026-02-01", "project": f"p{place:03d}", "amount": "10"} for place in range(200)))
    made = page(company, STEERING)
    body = panel(made, "progress").body
    assert isinstance(body, Table)
    assert len(body.rows) == 20
    assert body.more is not None
    assert body.more.text == "All 200 projects"
