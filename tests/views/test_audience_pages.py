"""The pages of the board and of finance over companies of every kind: empty, one project, a loss, closed, a hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.ledger.closing.closing import close
from breakeven.views.adding import adding
from breakeven.views.asking.filters import Filters
from breakeven.views.audience_page import audience, tiles_of
from breakeven.views.audiences.board import BOARD
from breakeven.views.audiences.cfo import CFO
from breakeven.views.content import Beside, Donut, Empty, Facts, Page, Panel, Plot, Row, Table
from breakeven.views.format import Display
from breakeven.views.locales import as_shown
from breakeven.views.question import Question
from breakeven.workspace.definitions import BusinessCase, FigureRef, Implementation, Pool, Project, Target

D = Decimal
Company = Any
"""See conftest.py."""
PAGES = (BOARD, CFO)


@contextmanager
def asked(company: Company, period: str = "ytd", projects: tuple[str, ...] | None = None) -> Iterator[Question]:
    memory: dict[Any, Any] = {}

    def kept(key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        if key not in memory:
            memory[key] = make()
        return memory[key]

    with company.ledger.desk(company.now) as desk:
        span = company.workspace.calendar.parse(period, company.now)
        yield Question(
            desk, Filters(period=period), path="/cfo", period=span, projects=projects, show=Display(currency="USD"),
            fresh=company.ledger.freshness(company.now), kept=kept, given={},
        )  # fmt: skip


def pages(company: Company, period: str = "ytd", projects: tuple[str, ...] | None = None) -> tuple[Page, Page]:
    """The board's and that of finance."""
    with asked(company, period, projects) as question:
        board, cfo = (audience(question, one) for one in PAGES)
    for page in (board, cfo):
        names = [panel.id for panel in page.panels]
        assert len(set(names)) == len(names)
        assert page.finding.endswith(".")
        assert not [tile for tile in page.tiles if tile.value.text == "–" and not tile.reason]
    return board, cfo


def panel(page: Page, name: str) -> Panel:
    return next(one for one in page.panels if one.id == name)


def table(page: Page, name: str) -> Table:
    body = panel(page, name).body
    found = body if isinstance(body, Table) else body.plot.table if isinstance(body, Donut | Beside) else None
    found = body.table if isinstance(body, Plot) else found
    if isinstance(body, tuple):
        found = next(one.plot.table for one in body if isinstance(one, Donut))
    assert found is not None, f"{name} is no table: {body}"
    return found


def texts(row: Row) -> list[str]:
    return [f"{cell.text}{cell.unit}" for cell in row.cells]


def facts(page: Page, name: str) -> dict[str, tuple[str, str]]:
    body = panel(page, name).body
    assert isinstance(body, Facts)
    return {fact.label: (str(fact.value), fact.sub) for fact in body.facts}


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name.title(), category="customer_service", **more)


def earn(company: Company, *rows: tuple[str, str, str]) -> None:
    company.put("benefit", *({"time": day, "amount": amount, "project": who, "kind": "revenue", "unit": "money"}
                             for who, day, amount in rows))  # fmt: skip


def spend(company: Company, *rows: tuple[str, str, str], **more: Any) -> None:
    company.put("cost", *({"start": day, "amount": amount, "project": who} | more for who, day, amount in rows))


@pytest.fixture(scope="module")
def firm(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_firm(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    """Two projects of which one loses, a pool, budgets, a business case, and an implementation."""
    company.declare(
        project("chat", budget=D(500), start=date(2026, 1, 1),
                business_case=BusinessCase(cost=D(300), benefit=D(800)),
                implementation=Implementation(cost=D(1200), start=date(2026, 1, 1), months=12)),
        project("voice", budget=D(90), start=date(2026, 1, 1)),
        pools=[Pool(name="shared", rule="weights", weights={"chat": D(2), "voice": D(1)},
                    projects=("chat", "voice"))],
        targets=(Target(metric="roi_ytd", at_least=D(1000), label="Plan"),
                 Target(metric="cumulative_roi_percent", at_least=D(100))),
    )  # fmt: skip
    for month in ("01", "02", "03"):
        spend(company, ("chat", f"2026-{month}-01", "200"), category="compute")
        spend(company, ("voice", f"2026-{month}-01", "100"), category="people")
        spend(company, ("unassigned", f"2026-{month}-01", "90"), pool="shared", category="licence")
    earn(company, ("chat", "2026-01-10", "700"), ("chat", "2026-02-10", "900"), ("chat", "2026-03-10", "1000"),
         ("voice", "2026-03-10", "60"))  # fmt: skip
    return company


def test_an_empty_workspace_says_what_will_be_where(company: Company) -> None:
    board, cfo = pages(company)
    assert board.finding == "What AI returned this year is not known yet."
    assert "fills itself" in board.exception
    assert all(tile.reason for tile in (*board.tiles, *cfo.tiles))
    for name in ("costs-and-savings", "value-by-category", "value-to-net", "budget", "returns-by-project", "proven",
                 "realised", "cost-by-category", "closed", "invoices", "reports"):  # fmt: skip
        body = panel(cfo, name).body
        assert isinstance(body, Empty), name
        assert body.title
        assert body.text
    assert all(value.startswith("–") for value, _ in facts(cfo, "investment").values())
    assert all(sub for _, sub in facts(cfo, "investment").values())


def test_finance_sees_what_a_unit_of_cost_returned_and_who_is_over_budget(firm: Company) -> None:
    board, cfo = pages(firm, "2026-Q1")
    # value 2660 of cost 900 + 270 + 300
    assert cfo.finding == "Every $1 of cost returned $1.81. Spend is $300 under budget."
    assert cfo.exception == "One project is over budget: Voice, by 44%."
    assert board.finding == "AI returned $1.2k more than it cost in Q1 2026."
    assert "Voice lost $330" in board.exception


def test_budgets_and_actuals_add_up_to_the_statement(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    made = panel(cfo, "budget")
    assert made.chip == ("green", "83% of budget used")
    rows = [texts(row) for row in table(cfo, "budget").rows]
    assert rows == [
        ["Voice", "$390", "$270", "", "+44%", "Over budget"],
        ["Chat", "$1.1k", "$1.5k", "", "−28%", "Within"],
        ["Total", "$1.5k", "$1.8k", "", "−17%", "Within"],
    ]  # fmt: skip


def test_projects_add_up_and_every_amount_can_be_opened(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    made = table(cfo, "returns-by-project")
    rows = {row.cells[0].text: row for row in made.rows}
    assert list(rows) == ["Chat", "Voice", "All projects"]
    assert texts(rows["Voice"])[1:5] == ["$60.00", "$300", "$90.00", "−$330"]
    assert rows["Chat"].cells[4].explain == "net_value@chat"
    assert rows["All projects"].cells[4].explain == "net_value"
    assert rows["All projects"].kind == "total"
    assert texts(rows["Voice"])[6] == "Not yet"
    assert rows["Voice"].cells[8].status == "red"


def test_cost_is_cut_by_what_it_was_spent_on(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    rows = [texts(row) for row in table(cfo, "cost-by-category").rows]
    assert rows == [
        ["Compute", "", "$600", "41%", ""],
        ["People", "", "$300", "20%", ""],
        ["Implementation", "", "$300", "20%", ""],
        ["Licences", "", "$270", "18%", "$270"],
        ["Investment", "", "$1.5k", "", ""],
    ]


def test_the_way_from_value_to_net_adds_up(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    rows = [texts(row) for row in table(cfo, "value-to-net").rows]
    assert rows == [
        ["Revenue acceleration", "+$2.7k"], ["Total value", "$2.7k"], ["Implementation", "−$300"],
        ["Direct cost", "−$900"], ["Shared cost", "−$270"], ["Net value", "$1.2k"],
    ]  # fmt: skip


def test_projected_savings_stand_beside_cost_with_implementation(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    made = panel(cfo, "costs-and-savings")
    assert made.sub == "By month, implementation included; without a business case: Voice"
    assert "above the projection since February 2026" in made.foot
    rows = [texts(row) for row in table(cfo, "costs-and-savings").rows]
    assert rows[0] == ["Jan 26", "$700", "−$100", "−$390", "$800"]


def test_the_last_month_is_bridged_to_the_one_before(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    made = panel(cfo, "bridge")
    assert made.sub == "February 2026 to March 2026, by what changed"
    rows = [texts(row) for row in table(cfo, "bridge").rows]
    assert rows[0] == ["February 2026", "$410"]
    assert rows[-1] == ["March 2026", "$570"]
    assert made.hourly


def test_claimed_measured_and_validated_stand_side_by_side(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    rows = {row.cells[0].text: texts(row) for row in table(cfo, "proven").rows}
    assert rows["Claimed"][1:3] == ["$2.7k", "$2.7k"]
    assert rows["Validated"][1] == "$0"
    assert panel(cfo, "proven").foot.startswith("Headline: ")


def test_closed_months_say_who_when_and_what_came_later(own_firm: Company) -> None:
    with own_firm.ledger.desk(own_firm.now) as desk:
        close(desk, "2026-01", by="Kim", force=True, reason="first close")
    earn(own_firm, ("chat", "2026-01-20", "50"))
    _, cfo = pages(own_firm, "2026-Q1")
    (row,) = table(cfo, "closed").rows
    shown = texts(row)
    assert (shown[0], row.cells[0].sub, shown[1]) == ("Jan 2026", "version 1", "Kim")
    assert (len(shown[2]), row.cells[2].help[:10]) == (10, shown[2])
    assert shown[3:] == ["1", "+$50.00"]
    assert row.cells[0].href == "/cfo?period=2026-01"
    assert cfo.exception.endswith("One closed month would be otherwise today.")


def test_returns_have_a_number_or_say_what_is_needed(firm: Company) -> None:
    _, cfo = pages(firm, "2026-Q1")
    found = facts(cfo, "investment")
    assert found["Net present value"][0] == "–"
    assert "discount_rate" in found["Net present value"][1]
    assert found["Internal rate of return, a year"][0].startswith("+")
    assert found["Payback"] == ("None needed", "no payback needed: cumulative net was never negative")


def test_value_without_cost_has_no_return_and_says_why(company: Company) -> None:
    company.declare(project("chat"))
    earn(company, ("chat", "2026-02-10", "700"))
    board, cfo = pages(company)
    assert board.finding == "AI returned $700 this year; what it cost is not known yet."
    assert cfo.finding == board.finding
    roi = next(tile for tile in cfo.tiles if tile.figure == "roi_percent")
    assert roi.value.text == "–"
    assert roi.reason
    body = panel(cfo, "value-to-net").body
    assert isinstance(body, Empty)


def test_a_company_that_only_spends_is_told_so(company: Company) -> None:
    company.declare(project("chat"))
    spend(company, ("chat", "2026-02-01", "700"))
    board, cfo = pages(company)
    assert board.finding == "AI cost $700 this year; what it returned is not known yet."
    assert isinstance(panel(cfo, "value-by-category").body, Empty)


def test_one_project_alone_has_no_row_for_all(company: Company) -> None:
    company.declare(project("chat"))
    spend(company, ("chat", "2026-01-01", "10"))
    earn(company, ("chat", "2026-02-10", "30"))
    board, cfo = pages(company)
    assert [row.cells[0].text for row in table(cfo, "returns-by-project").rows] == ["Chat"]
    strip = panel(board, "portfolio")
    assert strip.action is not None
    assert strip.action.text == "See the project"


def test_a_hundred_projects_keep_to_twenty_rows_that_add_up(company: Company) -> None:
    company.declare(*(project(f"p{place:03d}", budget=D(50)) for place in range(100)))
    spend(company, *((f"p{place:03d}", "2026-02-01", str(place + 1)) for place in range(100)))
    earn(company, *((f"p{place:03d}", "2026-02-10", str(3 * place)) for place in range(100)))
    board, cfo = pages(company)
    made = table(cfo, "returns-by-project")
    assert len(made.rows) == 22
    assert made.rows[20].cells[0].text == "80 other projects"
    assert made.more is not None
    assert made.more.text == "See all 100 projects"
    assert len(table(cfo, "budget").rows) == 21
    action = panel(board, "portfolio").action
    assert action is not None
    assert action.text == "See all 100 projects"
    added = [row.cells[4].order for row in made.rows]
    assert sum(D(str(one)) for one in added[:-1]) == added[-1]


def test_one_project_is_shown_against_its_own_and_not_against_the_companys_targets(firm: Company) -> None:
    board, cfo = pages(firm, projects=("voice",))
    roi = next(tile for tile in board.tiles if tile.figure == "roi_ytd")
    assert roi.goal is None
    assert [row.cells[0].text for row in table(cfo, "returns-by-project").rows] == ["Voice"]
    assert [row.cells[0].text for row in table(cfo, "budget").rows] == ["Voice"]
    assert "target" not in board.finding
    whole, _ = pages(firm)
    assert next(tile for tile in whole.tiles if tile.figure == "roi_ytd").goal is not None


def test_another_period_than_the_year_so_far_shows_what_it_adds_up(firm: Company) -> None:
    with asked(firm, "2026-Q1") as question:
        assert next(ref.figure for ref in tiles_of(question, BOARD)) == "net_value"
    with asked(firm) as question:
        assert next(ref.figure for ref in tiles_of(question, BOARD)) == "roi_ytd"


def test_a_workspace_names_its_own_key_figures_and_no_more_than_fit_are_shown(own_firm: Company) -> None:
    named = ("net_value", "roi_ytd", "hours_saved", "incidents", "revenue", "csat")
    refs = tuple(FigureRef(figure=name) for name in named)
    own_firm.workspace = msgspec.structs.replace(own_firm.workspace, key_figures={"board": refs})
    own_firm.declare()
    with asked(own_firm, "2026-Q1") as question:
        assert [ref.figure for ref in tiles_of(question, BOARD)] == ["net_value", "hours_saved", "incidents", "revenue"]


def test_a_tile_has_range_evidence_and_age(firm: Company) -> None:
    board, _ = pages(firm)
    roi = board.tiles[0]
    assert roi.proof.evidence is not None
    assert roi.proof.evidence.measured + roi.proof.evidence.estimated + roi.proof.evidence.assumed == 100
    assert roi.proof.age.endswith("days")
    hours = next(tile for tile in board.tiles if tile.figure == "models_in_production")
    assert hours.proof.evidence is None


def _read(show: Display, amount: Decimal) -> tuple[Decimal, Decimal]:
    """What stands on the page, and what its last digit is worth."""
    size, unit = as_shown(abs(amount), show.locale, show.finer)
    return show.nudged.get(amount, size if amount >= 0 else -size), unit


@given(st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=12, unique=True))
def test_shown_parts_add_up_to_the_shown_total(cents: list[int]) -> None:
    parts = [D(part) / 100 for part in cents]
    total = sum(parts, D(0))
    show = adding(Display(currency="USD"), (parts, total))
    read = [_read(show, part) for part in parts]
    told, unit = _read(show, total)
    for part, (shown, last) in zip(parts, read, strict=True):
        assert abs(part - shown) < last
    # What cannot be moved any further is off by less than all parts together are rounded by.
    rest = abs(sum((shown for shown, _ in read), D(0)) - told)
    assert rest * 2 <= max(unit, *(last for _, last in read))


def test_a_digit_more_is_given_only_where_it_is_needed() -> None:
    show = Display(currency="USD")
    assert adding(show, ([D(2_040_000), D(1_200_000)], D(3_240_000))).finer == 0
    # $1.24M + $1.24M = $2.48M as shown, and $2.49M in truth
    fine = adding(show, ([D(1_244_000), D(1_244_001)], D(2_488_001)))
    assert (fine.finer, fine.money(D(1_244_000)), fine.money(D(2_488_001))) == (1, "$1.244M", "$2.488M")
    assert adding(show, ([None, D(5)], None)).finer == 0


def test_the_part_that_rounding_moved_furthest_is_rounded_the_other_way() -> None:
    parts = [D("42775.13"), D("42775.12"), D("42775.16"), D("78091"), D("56813.71"), D("46272.32"), D("43660.10")]
    total = sum(parts, D(0))
    assert total == D("353162.54")
    show = adding(Display(currency="USD"), (parts, total))
    # As rounded they would come to $353.3k.
    assert [show.money(part) for part in parts] == [
        "$42.8k", "$42.8k", "$42.8k", "$78.1k", "$56.8k", "$46.3k", "$43.6k",
    ]  # fmt: skip
    assert show.money(total) == "$353.2k"
