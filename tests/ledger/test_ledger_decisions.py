"""What decisions returned: whole months before and after, the month of the decision on neither side."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.ledger.conftest import Company

from breakeven.ledger.cases.decisions import Aim, Outcome, monthly, outcomes, score
from breakeven.workspace.definitions import Project

REVENUE = {6: 100, 7: 120, 8: 110, 9: 500, 10: 300}
"""Each month's revenue; September is the month of the decision."""


def aim(figure: str = "revenue", expected: str | None = None, day: datetime = datetime(2026, 9, 10, tzinfo=UTC)) -> Aim:
    return Aim(
        id="board/1",
        decided_at=day,
        figure=figure,
        project=None,
        expected=None if expected is None else Decimal(expected),
    )


@pytest.fixture
def selling(company: Company) -> Company:
    company.now = datetime(2026, 11, 16, tzinfo=UTC)
    company.declare(Project(id="chat", name="Chat", category="customer_service"))
    company.put("benefit", *(
        {"time": f"2026-{month:02}-05", "project": "chat", "kind": "revenue", "amount": str(amount), "quantity": 1}
        for month, amount in REVENUE.items()
    ))  # fmt: skip
    company.put("cost", *({"start": f"2026-{month:02}-05", "project": "chat", "amount": "50"} for month in REVENUE))
    return company


def outcome(company: Company, asked: Aim) -> Outcome:
    with company.ledger.desk(company.now) as desk:
        (found,) = outcomes(desk, [asked])
    return found


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [
        ("100", "better than expected"),
        ("190", "as expected"),
        ("300", "below expected"),
        ("-50", "below expected"),
        (None, "better"),
    ],
)
def test_a_figure_is_compared_by_whole_months(selling: Company, expected: str | None, verdict: str) -> None:
    found = outcome(selling, aim(expected=expected))
    assert (found.before, found.after, found.change) == (Decimal(110), Decimal(300), Decimal(190))
    assert (found.months, found.verdict, found.reason) == (1, verdict, None)


def test_more_months_are_taken_where_there_are_more(selling: Company) -> None:
    found = outcome(selling, aim(day=datetime(2026, 8, 2, tzinfo=UTC)))
    assert (found.months, found.before, found.after) == (2, Decimal(110), Decimal(400))


def test_a_ratio_is_not_divided_by_months(selling: Company) -> None:
    found = outcome(selling, aim("roi_percent", day=datetime(2026, 8, 2, tzinfo=UTC)))
    assert (found.before, found.after) == (Decimal(120), Decimal(700))


@pytest.mark.parametrize(
    ("asked", "verdict", "reason"),
    [
        (aim(day=datetime(2026, 10, 3, tzinfo=UTC)), "too early", "2026-12"),
        (aim("nothing"), "not known", "no figure nothing"),
        (aim("csat"), "not known", "before the decision"),
        (aim(day=datetime(2026, 6, 3, tzinfo=UTC)), "too early", ""),
    ],
)
def test_what_cannot_be_said_is_not_said(selling: Company, asked: Aim, verdict: str, reason: str) -> None:
    found = outcome(selling, asked)
    assert found.verdict == verdict
    assert reason in (found.reason or "")
    assert found.change is None


def test_what_only_grows_is_taken_by_what_each_month_adds(selling: Company) -> None:
    found = outcome(selling, aim("roi_ytd", expected="190"))
    assert (found.aim.figure, found.before, found.after, found.verdict) == (
        "roi_ytd", Decimal(60), Decimal(250), "as expected",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "adds_up"),
    [("net_value", True), ("hours_saved", True), ("incidents", True), ("cost_metered", True), ("roi_ytd", True),
     ("budget_variance", True), ("run_rate", False), ("payback_months", False), ("roi_percent", False), ("nps", False),
     ("models_in_production", False), ("active_users", False), ("latency_p95_ms", False), ("cost_per_model", False),
     ("no such figure", False)],
)  # fmt: skip
def test_only_what_adds_up_is_taken_per_month(selling: Company, figure: str, *, adds_up: bool) -> None:
    with selling.ledger.desk(selling.now) as desk:
        assert monthly(desk, figure) is adds_up


def test_the_log_is_scored(selling: Company) -> None:
    late = datetime(2026, 10, 3, tzinfo=UTC)
    asked = [aim(expected="100"), aim(expected="190"), aim(expected="300"), aim(), aim(expected="5", day=late)]
    with selling.ledger.desk(selling.now) as desk:
        made = score(outcomes(desk, asked), taken=7)
        none = score((), taken=1)
    assert (made.judged, made.met, made.below, made.early, made.unsaid) == (3, 2, 1, 1, 3)
    assert made.share == pytest.approx(Decimal(2) / 3)
    assert (none.judged, none.share, none.unsaid) == (0, None, 1)
