"""Projects against their plans and budgets, all plans together, and what is at stake: by hand, over a few records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.ledger.conftest import Company

from breakeven.ledger.cases.progress import Progress, progress, way
from breakeven.ledger.closing.closing import close
from breakeven.ledger.effects.at_stake import Overrun, Stake, at_stake
from breakeven.ledger.results import AfterClose
from breakeven.ledger.statement import statement
from breakeven.workspace.definitions import BusinessCase, Project

D = Decimal
FIRST, LAST = date(2026, 1, 1), date(2026, 4, 1)


@pytest.fixture
def firm(company: Company) -> Company:
    """Chat earns more than planned from February on; voice costs more than it may and earns nothing."""
    case = BusinessCase(cost=D(100), benefit=D(300), start=FIRST, months=6)
    company.declare(
        Project(id="chat", name="Chat", category="customer_service", start=FIRST, budget=D(200), business_case=case),
        Project(id="voice", name="Voice", category="customer_service", start=FIRST, budget=D(50), business_case=case),
        Project(id="idle", name="Idle", category="customer_service", start=FIRST),
    )
    for month, earned in (("01", "200"), ("02", "700"), ("03", "800")):
        company.put("cost", {"start": f"2026-{month}-01", "project": "chat", "amount": "100"},
                    {"start": f"2026-{month}-01", "project": "voice", "amount": "150"})  # fmt: skip
        company.put("benefit", *({"time": f"2026-{month}-05", "project": who, "kind": "revenue", "amount": amount,
                                  "quantity": 1} for who, amount in (("chat", earned), ("voice", "0"))))  # fmt: skip
    return company


def found(company: Company) -> dict[str, Progress]:
    with company.ledger.desk(company.now) as desk:
        return {one.case.project: one for one in progress(desk, FIRST, LAST)}


def test_each_project_stands_beside_its_plan_since_a_month(firm: Company) -> None:
    chat = found(firm)["chat"]
    assert (chat.planned, chat.actual, chat.variance) == (D(600), D(1400), D(800))
    # January: 100 net where 200 were planned, behind; February: 700 where 400 were planned, ahead ever since.
    assert chat.since == date(2026, 2, 1)
    voice = found(firm)["voice"]
    assert (voice.actual, voice.variance, voice.since) == (D(-450), D(-1050), FIRST)


def test_the_budget_that_is_used_is_that_of_the_days_asked_about(firm: Company) -> None:
    assert found(firm)["chat"].budget_used == D("0.50")
    assert found(firm)["voice"].budget_used == D("3.00")


def test_what_has_no_plan_is_not_judged(firm: Company) -> None:
    idle = found(firm)["idle"]
    assert (idle.case.status, idle.planned, idle.actual, idle.variance, idle.since, idle.budget_used) == (
        "no plan", None, None, None, None, None,
    )  # fmt: skip


def test_all_plans_together_add_up_month_by_month(firm: Company) -> None:
    cases = [one.case for one in found(firm).values()]
    made = way(cases)
    assert [one.month.month for one in made] == [1, 2, 3, 4, 5, 6]
    assert [one.plan for one in made] == [D(400 * number) for number in range(1, 7)]
    assert [one.actual for one in made] == [D(-50), D(400), D(950), None, None, None]
    assert made[-1].forecast == sum((one.months[-1].forecast_cumulative for one in cases if one.months), D(0))
    assert way(()) == ()


def stakes(company: Company, period: str, projects: tuple[str, ...] | None = None) -> tuple[Stake, ...]:
    with company.ledger.desk(company.now) as desk:
        span = company.workspace.calendar.parse(period, company.now)
        return at_stake(desk, span, projects, statement(desk, span, projects).after_close)


def test_what_is_above_budget_is_at_stake_a_month(firm: Company) -> None:
    (one,) = stakes(firm, "2026-Q1")
    assert isinstance(one.about, Overrun)
    assert (one.about.project, one.about.over, one.about.months, one.a_month) == ("voice", D(300), D(3), D(100))
    assert stakes(firm, "2026-Q1", ("chat",)) == ()


def test_the_open_month_counts_by_its_part_that_is_over(firm: Company) -> None:
    firm.put("cost", {"start": "2026-04-02", "project": "voice", "amount": "150"})
    (one,) = stakes(firm, "2026-04")
    assert isinstance(one.about, Overrun)
    # Half of April is over, and half of its budget of 50 may be spent.
    assert (one.about.months, one.about.over, one.a_month) == (D("0.5"), D(125), D(250))


def test_a_closed_month_that_would_be_otherwise_stands_once(firm: Company) -> None:
    with firm.ledger.desk(firm.now) as desk:
        close(desk, "2026-01", by="Kim", force=True, reason="first close")
    firm.put("benefit", {"time": "2026-01-20", "project": "chat", "kind": "revenue", "amount": "70", "quantity": 1})
    late = [one for one in stakes(firm, "2026-Q1") if isinstance(one.about, AfterClose)]
    assert [(one.a_month, one.once) for one in late] == [(D(70), True)]


def test_a_month_that_lies_ahead_has_no_overrun(firm: Company) -> None:
    assert stakes(firm, "2026-06") == ()
