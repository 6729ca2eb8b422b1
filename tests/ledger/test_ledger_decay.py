"""Value falls with the figure that it rests on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import Company, at

from breakeven.ledger.effects.decay_risk import Risk, risks
from breakeven.ledger.effects.resting import counts, factor
from breakeven.workspace.definitions import Direction, Project, Resting

D = Decimal
ACCURACY = Resting(category="productivity_value", figure="accuracy", baseline=D("0.9"), tolerance=D("0.01"))


def bot(*rests: Resting, **changes: Any) -> Project:
    return Project(id="bot", name="Bot", category="customer_service", rests_on=rests, **changes)


def hours(company: Company, day: str, quantity: float, project: str = "bot") -> None:
    company.put("benefit", {"time": day, "project": project, "kind": "hours_saved", "quantity": quantity,
                            "unit": "hour"})  # fmt: skip


def accuracy(company: Company, day: str, value: float, project: str = "bot") -> None:
    company.put("evaluation", {"time": day, "project": project, "model": "m", "metric": "accuracy", "value": value})


def at_risk(company: Company) -> tuple[Risk, ...]:
    with company.ledger.desk(company.now) as desk:
        return risks(desk)


@pytest.mark.parametrize(
    ("direction", "tolerance", "floor", "value", "expected"),
    [
        ("up", "0", "0", "100", "1"),
        ("up", "0", "0", "120", "1"),
        ("up", "0", "0", "80", "0.8"),
        ("up", "20", "0", "80", "1"),
        ("up", "19.99", "0", "80", "0.8"),
        ("up", "0", "0.9", "80", "0.9"),
        ("up", "0", "0", "0", "0"),
        ("up", "0", "0", "-5", "0"),
        ("up", "0", "0.25", "-5", "0.25"),
        ("neutral", "0", "0", "80", "0.8"),
        ("down", "0", "0", "80", "1"),
        ("down", "0", "0", "0", "1"),
        ("down", "0", "0", "125", "0.8"),
        ("down", "25", "0", "125", "1"),
        ("down", "0", "0", "1e20", "0.000000000000000001"),
        ("up", "0", "0", "33", "0.33"),
    ],
)
def test_factor(direction: str, tolerance: str, floor: str, value: str, expected: str) -> None:
    rest = Resting(category="c", figure="f", baseline=D(100), tolerance=D(tolerance), floor=D(floor),
                   direction=Direction(direction))  # fmt: skip
    assert factor(rest, D(value), D(100)) == D(expected).quantize(D("1e-12"))


@given(
    st.decimals("-1000000", "1000000", places=4), st.decimals("0.0001", "1000000", places=4),
    st.decimals("0", "1", places=4), st.decimals("0", "1000", places=4), st.sampled_from(list(Direction)),
)  # fmt: skip
def test_factor_stays_within_its_bounds(value: D, baseline: D, floor: D, tolerance: D, way: Direction) -> None:
    rest = Resting(category="c", figure="f", baseline=baseline, tolerance=tolerance, floor=floor, direction=way)
    found = factor(rest, value, baseline)
    assert floor <= found <= 1
    worse = -1 if way is not Direction.DOWN else 1
    assert factor(rest, value + worse, baseline) <= found, "a worse figure never counts for more"


@given(st.decimals("-1e15", "1e15", places=12), st.decimals("0", "1", places=12))
def test_what_counts_is_never_more_and_losses_stay(amount: D, share: D) -> None:
    left = counts(amount, share)
    assert left == amount if amount <= 0 else 0 <= left <= amount


def test_the_statement_counts_what_is_left(company: Company) -> None:
    company.declare(bot(ACCURACY))
    for day in ("2026-01-10", "2026-02-10", "2026-03-10"):
        hours(company, day, 100)
    accuracy(company, "2026-01-05", 0.9)
    accuracy(company, "2026-02-05", 0.895)  # within the tolerance
    accuracy(company, "2026-03-05", 0.72)
    for month, expected in (("2026-01", 15000), ("2026-02", 15000), ("2026-03", 12000)):
        statement = company.statement(month)
        assert statement.value["productivity_value"] == expected
        assert statement.total_value == expected
    quarter = company.statement("2026-Q1", "bot")
    assert quarter.total_value == 42000
    reasons = {unknown.figure: unknown.reason for unknown in quarter.unknown}
    assert "without 3000.00 of bot for decay" in reasons["productivity_value"]
    assert "productivity_value" not in {unknown.figure for unknown in company.statement("2026-01").unknown}


def test_the_entry_and_its_explanation_say_what_was_taken_away(company: Company) -> None:
    company.declare(bot(ACCURACY))
    hours(company, "2026-03-10", 100)
    accuracy(company, "2026-03-05", 0.72)
    (entry,) = [one for one in company.entries() if one.category == "productivity_value"]
    assert entry.amount == 12000
    words = "accuracy is 0.72 against 0.90: 80.00 % counts; 3000.00 of 15000.00 is lost"
    assert words in (company.explain("productivity_value", "2026-03", "bot").note or "")
    assert entry.note == words


def test_a_figure_that_is_not_measured_takes_nothing_away_and_says_so(company: Company) -> None:
    company.declare(bot(ACCURACY))
    hours(company, "2026-03-10", 100)
    accuracy(company, "2026-02-05", 0.5)
    assert company.statement("2026-03").total_value == 15000
    note = company.explain("productivity_value", "2026-03", "bot").note
    assert note is not None
    assert note.startswith("accuracy is not measured (")
    assert "): nothing is taken away for it" in note
    reasons = {unknown.figure: unknown.reason for unknown in company.statement("2026-03").unknown}
    assert "accuracy of bot, on which it rests, is not measured in 1 of its months" in reasons["productivity_value"]


def test_only_the_project_that_rests_on_it(company: Company) -> None:
    company.declare(bot(ACCURACY), Project(id="other", name="Other", category="platform"))
    for project in ("bot", "other"):
        hours(company, "2026-03-10", 100, project)
        accuracy(company, "2026-03-05", 0.45, project)
    assert company.statement("2026-03", "bot").total_value == 7500
    assert company.statement("2026-03", "other").total_value == 15000
    assert company.statement("2026-03").total_value == 22500


def test_several_figures_multiply_and_their_losses_add_up(company: Company) -> None:
    calls = Resting(category="productivity_value", figure="interactions", baseline=D(10))
    company.declare(bot(ACCURACY, calls))
    hours(company, "2026-04-10", 100)
    accuracy(company, "2026-04-05", 0.45)
    company.put("interaction", {"time": "2026-04-02", "project": "bot", "count": 4})
    first, second = sorted(at_risk(company), key=lambda risk: risk.figure)
    # Half of April is over: half of ten calls are due, four came.
    assert (first.factor, second.factor) == (D("0.5"), D("0.8"))
    assert company.statement("2026-04").total_value == 6000
    assert (first.value, first.lost) == (15000, 7500)
    assert (second.value, second.lost) == (7500, 1500)


def test_money_at_risk_per_day(company: Company) -> None:
    company.declare(bot(ACCURACY))
    for day in ("2026-02-10", "2026-03-10", "2026-04-10"):
        hours(company, day, 100)
    for day, value in (("2026-02-05", 0.95), ("2026-03-05", 0.81), ("2026-04-05", 0.72)):
        accuracy(company, day, value)
    (risk,) = at_risk(company)
    assert (risk.project, risk.figure, risk.state, risk.since) == ("bot", "accuracy", "below", date(2026, 3, 1))
    assert (risk.now, risk.last, risk.last_month) == (0.72, 0.72, date(2026, 4, 1))
    # 15 of 30 days are over.
    assert (risk.lost, risk.per_day, risk.per_month, risk.per_year) == (3000, 200, 6000, 73000)
    assert risk.reason is None
    accuracy(company, "2026-04-06", 1.08)  # mean 0.9: as it was
    (risk,) = at_risk(company)
    assert (risk.state, risk.since, risk.lost, risk.per_day) == ("holds", None, 0, 0)


def test_at_risk_without_value_or_figure(company: Company) -> None:
    company.declare(bot(ACCURACY))
    (risk,) = at_risk(company)
    assert (risk.state, risk.factor, risk.lost, risk.per_day, risk.per_year) == ("not measured", 1, None, None, None)
    assert risk.reason is not None
    assert "accuracy" in risk.reason or "not measured" in risk.reason
    assert "productivity_value of the month is not known" in risk.reason


def test_a_lower_figure_is_better_where_the_catalogue_says_so(company: Company) -> None:
    rest = Resting(category="productivity_value", figure="incidents", baseline=D(2), direction=Direction.DOWN)
    company.declare(bot(rest))
    hours(company, "2026-03-10", 100)
    company.put("incident", *({"opened_at": f"2026-03-0{day}", "project": "bot"} for day in range(1, 6)))
    assert company.statement("2026-03").total_value == 6000


@pytest.mark.parametrize(
    ("figure", "baseline", "expected"),
    [("cost_direct", 25, 3750), ("platform_cost", 25, 3750), ("hours_saved", 50, 15000)],
)
def test_figures_that_add_up(company: Company, figure: str, baseline: int, expected: int) -> None:
    """A cost line and a metric that is summed are figures too; both are 100 against 25, and lower is better."""
    rest = Resting(category="productivity_value", figure=figure, baseline=D(baseline),
                   direction=Direction.UP if figure == "hours_saved" else Direction.DOWN)  # fmt: skip
    company.declare(bot(rest))
    hours(company, "2026-03-10", 100)
    company.put("cost", {"start": "2026-03-05", "amount": "100", "project": "bot"})
    company.put("interaction", {"time": "2026-03-05", "project": "bot", "cost": "0"})
    assert company.statement("2026-03").value["productivity_value"] == expected


def test_what_is_recorded_later_is_seen(company: Company) -> None:
    """The book is made anew when the figure changes, though no fact of the value did."""
    company.declare(bot(ACCURACY))
    hours(company, "2026-03-10", 100)
    assert company.statement("2026-03").total_value == 15000
    accuracy(company, "2026-03-05", 0.45)
    assert company.statement("2026-03").total_value == 7500


def test_weekly_users_of_the_open_month(company: Company) -> None:
    rest = Resting(category="productivity_value", figure="weekly_active_users", baseline=D(4))
    company.declare(bot(rest))
    hours(company, "2026-04-10", 100)
    company.put("activity", *({"time": "2026-04-07", "actor": actor, "project": "bot"} for actor in ("a", "b", "c")),
                *({"time": "2026-04-14", "actor": actor, "project": "bot"} for actor in ("a",)))  # fmt: skip
    company.now = at("2026-04-30")
    (risk,) = at_risk(company)
    assert risk.now is not None
    assert risk.factor == (D(str(risk.now)) / 4).quantize(D("1e-12"))
