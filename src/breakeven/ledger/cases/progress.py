"""Projects against their plans: where each stands, since when, what of its budget is used; and all plans together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from breakeven.ledger.cases.business_case import cases
from breakeven.ledger.cases.comparison import TOLERANCE
from breakeven.ledger.cases.results import Case, CaseMonth
from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.numbers import EXACT, tidy
from breakeven.ledger.results import Result
from breakeven.period import Grain

SPENT, ALLOWED = "investment", "budget"


class Progress(Result, frozen=True, kw_only=True):
    """One project."""

    case: Case
    planned: Decimal | None
    """Net value that was planned for the months that are over; None: no plan, or none is over."""
    actual: Decimal | None
    """What it was."""
    variance: Decimal | None
    """Actual less planned, of the months that are known."""
    forecast: Decimal | None
    """At the end of the plan, if the rest goes as it went so far."""
    since: date | None
    """First of the months without a break in which it stood as it stands; None: it cannot be said."""
    budget_used: Decimal | None
    """Part of the budget of the days that is spent; None: no budget, or no cost is known."""


class WayMonth(Result, frozen=True, kw_only=True):
    """All plans together at the end of a month, added up."""

    month: date
    plan: Decimal
    actual: Decimal | None
    """None: the month is not over."""
    forecast: Decimal


def progress(
    desk: Desk, first: date, last: date, projects: Sequence[str] | None = None
) -> tuple[Progress, ...]:  # fmt: skip
    """Each declared project; budgets are those of the days from `first` to before `last`."""
    used = _budgets(desk, first, last, projects)
    return tuple(
        _progress(one, used.get(one.project)) for one in cases(desk) if projects is None or one.project in projects
    )


def way(found: Iterable[Case]) -> tuple[WayMonth, ...]:
    """Plan, actual and forecast of several cases, month by month, each one as far as its own plan goes."""
    months: dict[date, list[CaseMonth]] = {}
    for one in found:
        for month in one.months:
            months.setdefault(month.month, []).append(month)
    made: list[WayMonth] = []
    plan = actual = forecast = Decimal(0)
    for when in sorted(months):
        plan += sum((one.plan_net for one in months[when]), Decimal(0))
        forecast += sum((one.forecast_net for one in months[when]), Decimal(0))
        actual += sum((one.actual_net for one in months[when] if one.actual_net is not None), Decimal(0))
        over = all(one.phase == "over" for one in months[when])
        made.append(
            WayMonth(month=when, plan=tidy(plan), forecast=tidy(forecast), actual=tidy(actual) if over else None)
        )
    return tuple(made)


def _progress(one: Case, used: Decimal | None) -> Progress:
    known = [month for month in one.months if month.phase == "over" and month.variance is not None]
    over = [month for month in one.months if month.phase == "over"]
    return Progress(
        case=one, planned=over[-1].plan_cumulative if over else None,
        actual=over[-1].actual_cumulative if known else None,
        variance=tidy(sum((month.variance or Decimal(0) for month in known), Decimal(0))) if known else None,
        forecast=one.months[-1].forecast_cumulative if one.months else None, since=_since(known), budget_used=used,
    )  # fmt: skip


def _since(known: Sequence[CaseMonth]) -> date | None:
    """When the standing of the last month began: ahead of the plan, as planned, or behind it."""
    cost = benefit = gap = Decimal(0)
    stood: list[int] = []
    for month in known:
        cost, benefit = cost + month.plan_cost, benefit + month.plan_benefit
        gap += month.variance or Decimal(0)
        room = TOLERANCE * max(cost, abs(benefit))
        stood.append(0 if abs(gap) <= room else 1 if gap > 0 else -1)
    if not known:
        return None
    place = len(stood)
    while place and stood[place - 1] == stood[-1]:
        place -= 1
    return known[place].month


def _budgets(desk: Desk, first: date, last: date, projects: Sequence[str] | None) -> dict[str, Decimal]:
    if SPENT not in desk.workspace.methodology.definitions:
        return {}
    spent, allowed = metrics(
        desk, [SPENT, ALLOWED], grain=Grain.ALL, span=(first, last), by="project", projects=projects
    )
    costs = {row.project: row.value for row in spent.rows if row.value is not None}
    return {
        row.project: tidy(EXACT.divide(Decimal(str(costs[row.project])), Decimal(str(row.value))))
        for row in allowed.rows if row.project in costs and row.project is not None and row.value
    }  # fmt: skip
