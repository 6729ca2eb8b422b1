"""Figures that need the whole series of months: cumulative net, payback, run rate, year to date, budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from breakeven.ledger.measuring.grid import prorated
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import MonthPoint, Payback
from breakeven.ledger.sharing.allocate import ran
from breakeven.ledger.window import elapsed_share
from breakeven.period import Calendar, Grain, add_months

Figure = tuple[Decimal | None, str | None]
"""A value, and why it is unknown or what it does not include."""


NO_RETURN = ("investment is 0", "investment is negative: credits exceed the cost")
"""Why there is no ROI on an investment that is not above zero: on 0, and below it."""


class Series(msgspec.Struct, frozen=True):
    """Value and cost of one scope, month by month; None is unknown."""

    months: Sequence[date]
    value: Sequence[Decimal | None]
    cost: Sequence[Decimal | None]
    calendar: Calendar
    now: datetime

    @property
    def open_month(self) -> date:
        """First day of the month that is not over."""
        return self.calendar.today(self.now).replace(day=1)

    def points(self, until: date) -> tuple[MonthPoint, ...]:
        """The months before `until`, from the first with an amount; what is unknown adds nothing."""
        found: list[MonthPoint] = []
        total = Decimal(0)
        for month, value, cost in zip(self.months, self.value, self.cost, strict=True):
            if month >= until or not (found or value or cost):
                continue
            net = (value or Decimal(0)) - (cost or Decimal(0))
            total += net
            found.append(MonthPoint(
                month=month, value=tidy(value or Decimal(0)), cost=tidy(cost or Decimal(0)), net=tidy(net),
                cumulative=tidy(total), complete=month < self.open_month,
            ))  # fmt: skip
        return tuple(found)

    def year_start(self, until: date) -> date:
        """Start of the fiscal year that holds the day before `until`, or today if that is earlier."""
        day = min(until - timedelta(days=1), self.calendar.today(self.now))
        return self.calendar.containing(day, Grain.YEAR).start

    def last_complete(self, until: date) -> date:
        """First day of the last month before `until` that is over."""
        return add_months(min(until, self.open_month), -1)

    def sums(self, first: date, until: date) -> tuple[Decimal | None, Decimal | None]:
        """Known value and cost of the months in [first, until)."""
        places = [i for i, month in enumerate(self.months) if first <= month < until]
        return _known(self.value[i] for i in places), _known(self.cost[i] for i in places)


def _known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def net(series: Series, first: date, until: date) -> Figure:
    """Value less cost of some months."""
    value, cost = series.sums(first, until)
    if value is None or cost is None:
        return None, "no value is known" if value is None else "no cost is known"
    return tidy(value - cost), None


def year_to_date(series: Series, last: date) -> Figure:
    """Net value since the start of the fiscal year."""
    return net(series, series.year_start(last), last)


def cumulative_roi(series: Series, until: date) -> Figure:
    """Net of all months as a part of their investment, in %."""
    value, cost = series.sums(date.min, until)
    if value is None or cost is None:
        return None, "no value is known" if value is None else "no cost is known"
    if cost <= 0:
        return None, NO_RETURN[bool(cost)]
    return (tidy(((value / cost - 1) * 100).quantize(Decimal("1e-12")))), None


def run_rate(series: Series, until: date) -> Figure:
    """Net value of the last complete month before `until`."""
    last = series.last_complete(until)
    if last not in series.months:
        return None, "no month is complete yet"
    value, reason = net(series, last, add_months(last, 1))
    return value, f"{last:%Y-%m}: {reason}" if reason else None


def payback(series: Series, until: date) -> Payback:
    """When the cumulative net became zero or more and stayed so; within the month by the part that was needed."""
    points = series.points(until)
    if not points:
        return Payback(months=None, reached_on=None, reason="there is no entry yet")
    below = [place for place, point in enumerate(points) if point.cumulative < 0]
    if not below:
        return Payback(months=None, reached_on=None, reason="no payback needed: cumulative net was never negative")
    place = below[-1] + 1
    if place == len(points):
        missing = -points[-1].cumulative
        reason = f"not within the horizon: {missing} still missing at the end of {points[-1].month:%Y-%m}"
        return Payback(months=None, reached_on=None, reason=reason)
    before, point = points[place - 1].cumulative, points[place]
    over, whole = elapsed_share(point.month, series.calendar, series.now)
    part = -before / (point.cumulative - before) * over / whole
    days = (add_months(point.month, 1) - point.month).days
    reached = point.month + timedelta(days=min(days - 1, int(part * days)))
    elapsed = (point.month.year - points[0].month.year) * 12 + point.month.month - points[0].month.month
    return Payback(months=tidy((elapsed + part).quantize(Decimal("1e-6"))), reached_on=reached, reason=None)


def budget(reading: Reading, first: date, until: date, projects: Sequence[str] | None) -> Figure:
    """Budget of the months that have begun; projects without one are named."""
    scope = [p for p in reading.workspace.projects.values() if projects is None or p.id in projects]
    with_budget = [project for project in scope if project.budget is not None]
    if not with_budget:
        return None, "no budget is declared"
    total, month = Decimal(0), first.replace(day=1)
    while month < until and month <= reading.today:
        running = (project for project in with_budget if ran(project, month))
        total += sum((prorated(project.budget or Decimal(0), month, reading) for project in running), Decimal(0))
        month = add_months(month, 1)
    without = sorted(project.id for project in scope if project.budget is None)
    return tidy(total), f"no budget is declared for {', '.join(without)}" if without else None


def variance(allowed: Figure, spent: Decimal | None) -> Figure:
    """Budget minus investment."""
    amount, reason = allowed
    if amount is None:
        return None, reason
    return (None, "no cost is known") if spent is None else (tidy(amount - spent), reason)


def months_begun(reading: Reading, first: date, until: date) -> Decimal:
    """How many months of [first, until) are over, the open one as its elapsed part."""
    total, month = Decimal(0), first.replace(day=1)
    while month < until and month <= reading.today:
        total += prorated(Decimal(1), month, reading)
        month = add_months(month, 1)
    return total


def figure(name: str, series: Series, first: date, until: date, allowed: Figure) -> Figure:
    """One timeline figure of `workspace/builtins.py` for the months in [first, until); `allowed` is their budget."""
    match name:
        case "payback_months":
            found = payback(series, until)
            return found.months, found.reason
        case "roi_ytd":
            return year_to_date(series, until)
        case "cumulative_roi_percent":
            return cumulative_roi(series, until)
        case "run_rate":
            return run_rate(series, until)
        case "budget":
            return allowed
        case "budget_variance":
            return variance(allowed, series.sums(first, until)[1])
    raise KeyError(name)
