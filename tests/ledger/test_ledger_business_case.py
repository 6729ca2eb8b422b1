"""Business cases: the plan by rule or month by month, actual against it, the forecast to complete, and approval."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.cases.business_case import approve, case, cases
from breakeven.ledger.cases.plan import approved, declared, differences, frozen
from breakeven.store.state_approvals import Approval
from breakeven.store.state_audit import audit_log
from breakeven.workspace.definitions import BusinessCase, Implementation, PlannedMonth, Project

D = Decimal
Company = Any
"""See conftest.py."""
JANUARY = date(2026, 1, 1)
FLAT = BusinessCase(cost=D(100), benefit=D(300), months=6)
INVESTING = BusinessCase(cost=D(100), benefit=D(400), investment=D(600), months=6, ramp={1: D(0), 2: D("0.5"), 3: D(1)})


def project(plan: BusinessCase | None, **more: object) -> Project:
    given = {"start": JANUARY, **more}
    return Project(id="a", name="A", category="platform", business_case=plan, **given)  # type: ignore[arg-type]


def months(plan: BusinessCase | None, **more: object) -> list[tuple[str, D, D]]:
    found, reason = declared(project(plan, **more))
    assert found is not None, reason
    return [(f"{month:%m}", of.cost, of.benefit) for month, of in found.items()]


def happened(company: Company, *amounts: tuple[int, str | None, str | None]) -> None:
    """Cost and revenue by month of 2026."""
    for month, cost, benefit in amounts:
        if cost is not None:
            company.put("cost", {"start": f"2026-{month:02}-05", "project": "a", "amount": cost})
        if benefit is not None:
            company.put("benefit", {"time": f"2026-{month:02}-05", "project": "a", "kind": "revenue",
                                    "amount": benefit})  # fmt: skip


def ask(company: Company) -> Any:
    with company.ledger.desk(company.now) as desk:
        return case(desk, "a")


def say_yes(company: Company, by: str = "Board", note: str = "minutes 7") -> Any:
    with company.ledger.desk(company.now) as desk:
        return approve(desk, "a", by=by, note=note)


# --- the plan


def test_plan_by_rule() -> None:
    assert months(FLAT) == [(f"{month:02}", 100, 300) for month in range(1, 7)]
    assert months(INVESTING) == [("01", 700, 0), ("02", 100, 200), *((f"{m:02}", 100, 400) for m in range(3, 7))]
    late = BusinessCase(cost=D(1), benefit=D(2), months=2, start=date(2026, 3, 1))
    assert [month for month, *_ in months(late)] == ["03", "04"]


def test_investment_is_written_off_as_the_ledger_does() -> None:
    plan = BusinessCase(cost=D(0), benefit=D(0), investment=D("100.01"), months=4)
    assert [cost for _, cost, _ in months(plan)] == [D("100.01"), 0, 0, 0]
    spread = months(plan, implementation=Implementation(cost=D(90), start=JANUARY, months=3))
    assert [cost for _, cost, _ in spread] == [D("33.34"), D("33.34"), D("33.33"), 0]
    own = BusinessCase(cost=D(0), benefit=D(0), investment=D(10), investment_months=2, months=3)
    assert [cost for _, cost, _ in months(own)] == [5, 5, 0]


def test_plan_month_by_month_has_no_gaps() -> None:
    plan = BusinessCase(plan={date(2026, 4, 1): PlannedMonth(cost=D(1), benefit=D(9)),
                              JANUARY: PlannedMonth(cost=D(5), benefit=D(0))})  # fmt: skip
    assert months(plan, start=None) == [("01", 5, 0), ("02", 0, 0), ("03", 0, 0), ("04", 1, 9)]


@pytest.mark.parametrize(
    ("plan", "start", "said"),
    [
        (None, JANUARY, "no business case is declared for a"),
        (BusinessCase(cost=D(1)), JANUARY, "states no benefit"),
        (BusinessCase(benefit=D(1)), JANUARY, "states no cost"),
        (BusinessCase(cost=D(1), benefit=D(1)), None, "has no start"),
    ],
)
def test_why_there_is_no_plan(company: Company, plan: BusinessCase | None, start: date | None, said: str) -> None:
    company.declare(project(plan, start=start))
    found = ask(company)
    assert (found.status, found.plan, found.months, found.cost) == ("no plan", None, (), None)
    assert said in found.words
    with pytest.raises(UsageProblem, match=said):
        say_yes(company)


@given(
    cost=st.decimals(0, 10**6, places=2), benefit=st.decimals(-(10**6), 10**6, places=2),
    investment=st.decimals(0, 10**6, places=4), months_=st.integers(1, 40), written_off=st.integers(1, 40),
    shares=st.lists(st.decimals(0, 1, places=3), max_size=10),
)  # fmt: skip
def test_a_plan_adds_up_and_survives_being_frozen(
    cost: D, benefit: D, investment: D, months_: int, written_off: int, shares: list[D]
) -> None:
    rule = BusinessCase(cost=cost, benefit=benefit, investment=investment, investment_months=written_off,
                        months=months_, ramp=dict(enumerate(shares, 1)))  # fmt: skip
    plan, _ = declared(project(rule))
    assert plan is not None
    assert len(plan) == months_
    if written_off <= months_:
        assert sum(of.cost for of in plan.values()) == cost * months_ + investment
    assert all(abs(of.benefit) <= abs(benefit) for of in plan.values())
    kept = Approval(project="a", version=1, who="x", note="", at=datetime.now(UTC), plan=frozen(plan, "USD"))
    assert approved(kept) == dict(plan)
    assert differences(plan, approved(kept)) == ()


# --- actual and forecast


def test_actual_against_plan(company: Company) -> None:
    """Three of six months are over: cost 10 % above plan, benefit half of it."""
    company.declare(project(FLAT))
    happened(company, (1, "110", "150"), (2, "110", "150"), (3, "110", "150"), (4, "50", "10"))
    found = ask(company)
    assert [month.phase for month in found.months] == ["over"] * 3 + ["open"] + ["ahead"] * 2
    cost, benefit = found.cost, found.benefit
    assert (cost.planned, cost.planned_to_date, cost.actual_to_date, cost.variance) == (600, 300, 330, 30)
    assert (cost.index, cost.at_completion, cost.variance_at_completion) == (D("1.1"), 660, 60)
    assert (benefit.index, benefit.at_completion, benefit.variance_at_completion) == (D("0.5"), 900, -900)
    assert (found.planned_roi_percent, found.forecast_roi_percent) == (200, D("36.363636363636"))
    first, open_month, last = found.months[0], found.months[3], found.months[-1]
    assert (first.plan_net, first.actual_net, first.variance, first.forecast_net) == (200, 40, -160, 40)
    assert (open_month.actual_cost, open_month.variance, open_month.forecast_cost) == (50, None, 110)
    assert (last.actual_cost, last.actual_cumulative, last.plan_cumulative) == (None, None, 1200)
    assert last.forecast_cumulative == benefit.at_completion - cost.at_completion == 240
    assert found.status == "behind plan"
    assert "net 120.00 after 3 months, planned 600.00" in found.words


@pytest.mark.parametrize(
    ("actual", "status", "words"),
    [
        (
            [("700", "0"), ("100", "200"), ("100", "400")],
            "as planned",
            "the plan invests first and is lowest in 2026-01",
        ),
        ([("690", "0"), ("100", "190"), ("100", "350")], "as planned", "net -350.00 after 3 months, planned -300.00"),
        ([("700", "0"), ("100", "0"), ("100", "0")], "behind plan", "below what the plan foresees"),
        ([("300", "100"), ("100", "200"), ("100", "400")], "ahead of plan", "net 200.00 after 3 months"),
    ],
)
def test_a_dip_that_the_plan_foresees_is_as_planned(
    company: Company, actual: list[tuple[str, str]], status: str, words: str
) -> None:
    company.declare(project(INVESTING))
    happened(company, *((month, *amounts) for month, amounts in enumerate(actual, 1)))
    found = ask(company)
    assert (found.status, words in found.words) == (status, True), found.words
    assert found.planned_payback.reached_on == date(2026, 4, 30)


def test_months_before_the_plan_count(company: Company) -> None:
    company.declare(project(BusinessCase(cost=D(100), benefit=D(300), months=2, start=date(2026, 3, 1))))
    happened(company, (1, "40", None), (3, "100", "300"))
    found = ask(company)
    assert [f"{month.month:%m}" for month in found.months] == ["01", "02", "03", "04"]
    assert (found.months[0].plan_cost, found.months[0].actual_cost) == (0, 40)
    assert found.cost.actual_to_date == 140
    assert found.benefit.reason is None, "nobody promised a benefit before the plan"


def test_unknown_is_not_zero(company: Company) -> None:
    company.declare(project(FLAT))
    happened(company, (1, "100", None), (2, "100", None), (3, "100", "300"))
    found = ask(company)
    assert [month.actual_benefit for month in found.months[:3]] == [None, None, 300]
    assert (found.benefit.planned_to_date, found.benefit.index) == (300, 1)
    assert found.benefit.reason == "without 2 months whose benefit is not known: 2026-01, 2026-02"
    assert found.months[0].actual_net is None


@pytest.mark.parametrize(
    ("rule", "amounts", "side", "reason"),
    [
        (FLAT, [], "cost", "no month of the plan is over"),
        (BusinessCase(cost=D(0), benefit=D(300), months=6), [(3, "10", "300")], "cost", "no cost was planned so far"),
        (FLAT, [(1, "0.01", None), (1, "-0.01", "300")], "cost", "no cost so far"),
    ],
)
def test_without_an_index_the_plan_stands(
    company: Company, rule: BusinessCase, amounts: list[Any], side: str, reason: str
) -> None:
    company.declare(project(rule))
    if not amounts:
        company.now = datetime(2026, 1, 20, tzinfo=UTC)
    happened(company, *amounts)
    found = getattr(ask(company), side)
    assert found.index is None
    assert reason in found.reason
    rest = sum(month.plan_cost for month in ask(company).months if month.phase != "over")
    assert found.at_completion == (found.actual_to_date or 0) + rest


def test_a_plan_that_lies_ahead(company: Company) -> None:
    company.declare(project(BusinessCase(cost=D(1), benefit=D(2), start=date(2027, 1, 1), months=3)))
    found = ask(company)
    assert (found.status, found.words) == ("not started", "no month of the plan is over; it starts in 2027-01")
    assert [month.phase for month in found.months] == ["ahead"] * 3


# --- approval


def test_an_approved_plan_is_frozen(company: Company) -> None:
    company.declare(project(FLAT))
    assert ask(company).plan == "declared"
    made = say_yes(company)
    assert (made.plan, made.version, made.approved_by, made.note, made.changes) == (
        "approved", 1, "Board", "minutes 7", ())  # fmt: skip
    state = company.ledger.state
    changed(company, BusinessCase(cost=D(50), benefit=D(300), months=8), state)
    found = ask(company)
    assert (found.cost.planned, len(found.months)) == (600, 6)
    assert found.changes == ("covers 8 months, not 6", "plans a cost of 400.00 in all, not 600.00",
                             "plans a benefit of 2,400.00 in all, not 1,800.00")  # fmt: skip
    company.now += timedelta(days=1)
    assert (say_yes(company, by="CFO").version, ask(company).cost.planned) == (2, 400)
    assert [one.subject for one in audit_log(state)] == ["a", "a"]
    changed(company, None, state)
    assert ask(company).cost.planned == 400
    assert "no business case is declared" in ask(company).changes[0]


def changed(company: Company, plan: BusinessCase | None, state: Any) -> None:
    """Another workspace over the same state."""
    company.declare(project(plan))
    company.ledger.state = state


def test_as_of_knows_no_later_approval(company: Company) -> None:
    company.declare(project(FLAT))
    before, company.now = company.now, company.now + timedelta(days=3)
    say_yes(company)
    with company.ledger.desk(company.now, before) as desk:
        assert case(desk, "a").plan == "declared"


@pytest.mark.parametrize("by", ["", "  ", "x" * 201])
def test_an_approval_needs_a_name(company: Company, by: str) -> None:
    company.declare(project(FLAT))
    with pytest.raises(UsageProblem, match="--by"):
        say_yes(company, by=by)


def test_the_same_plan_is_approved_once(company: Company) -> None:
    company.declare(project(FLAT))
    say_yes(company)
    with pytest.raises(UsageProblem, match="approved already: version 1 by Board on 2026-04-16"):
        say_yes(company)


def test_spread_otherwise_is_a_difference() -> None:
    one = {JANUARY: PlannedMonth(cost=D(1), benefit=D(3)), date(2026, 2, 1): PlannedMonth(cost=D(1), benefit=D(5))}
    two = {JANUARY: PlannedMonth(cost=D(1), benefit=D(5)), date(2026, 2, 1): PlannedMonth(cost=D(1), benefit=D(3))}
    assert differences(one, two) == ("spreads the same amounts otherwise, from 2026-01 on",)


def test_all_cases(company: Company) -> None:
    company.declare(project(FLAT), Project(id="b", name="B", category="platform"))
    with company.ledger.desk(company.now) as desk:
        assert [(one.project, one.plan) for one in cases(desk)] == [("a", "declared"), ("b", None)]
        with pytest.raises(UnknownName, match="did you mean"):
            case(desk, "aa")
        with pytest.raises(UnknownName):
            approve(desk, "unassigned", by="x", note="")
