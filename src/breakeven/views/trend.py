"""Cumulative net value over twelve months: the way to break-even and beyond, with the plan beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from breakeven.ledger.cases.notes import Note
from breakeven.ledger.cases.planned import plan_of, planned_by_month
from breakeven.ledger.results import Statement
from breakeven.period import Calendar, add_months
from breakeven.views.format import Display, money
from breakeven.workspace.definitions import Project

MONTHS = 12
MARKED = 4
"""Annotations on the chart; lines of more would cross their labels."""
LABEL = 36
"""Letters of an annotation on the chart."""


class TrendPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sum stood at the end of a day."""

    on: date
    net: Decimal
    plan: Decimal | None
    running: bool
    """Within the month that is not over."""


class Mark(msgspec.Struct, frozen=True):
    """An event on the time axis."""

    on: date
    text: str


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """The chart's content; points in order of time, the first one being where the twelve months start."""

    points: tuple[TrendPoint, ...]
    months: tuple[date, ...]
    """First days of the months shown."""
    break_even: date | None
    """Day on which it was reached, if within the months shown."""
    payback: str | None
    """Time it took, in words."""
    marks: tuple[Mark, ...]
    since: date | None
    """First month that the sum includes."""
    open_month: str | None
    """Name of the month that is not over."""
    planned: str | None
    """Whose plan it is; None without a plan."""
    description: str
    """The chart in one sentence with its numbers."""


def trend(
    statement: Statement, projects: Iterable[Project], notes: Sequence[Note], calendar: Calendar, now: datetime,
    show: Display,
) -> Trend:  # fmt: skip
    """The trend that ends with a statement's period, in the currency that is shown."""
    sums = statement.cumulative[-MONTHS - 1 :]
    if len(statement.cumulative) <= MONTHS:
        sums = statement.cumulative
    today = calendar.today(now)
    planned = [project for project in projects if plan_of(project) is not None]
    plan = planned_by_month(planned, [point.month for point in statement.cumulative], calendar, now)
    points = [
        TrendPoint(on=_last_day(point.month, today), net=show.amount(point.cumulative) or Decimal(0),
                   plan=show.amount(plan.get(point.month)), running=not point.complete)
        for point in sums
    ]  # fmt: skip
    if sums and len(sums) == len(statement.cumulative):
        start = TrendPoint(on=sums[0].month, net=Decimal(0), plan=Decimal(0) if planned else None, running=False)
        points.insert(0, start)
        months = tuple(point.month for point in sums)
    else:
        months = tuple(point.month for point in sums[1:])
    reached = statement.payback.reached_on if statement.payback is not None else None
    inside = reached if points and reached is not None and points[0].on < reached <= points[-1].on else None
    return Trend(
        points=tuple(points), months=months, break_even=inside, payback=_months(statement, show),
        marks=_marks(points, notes, calendar),
        since=statement.cumulative[0].month if statement.cumulative else None,
        open_month=next((show.month_name(point.month) for point in sums if not point.complete), None),
        planned=_whose(planned, list(projects)), description=_described(points, inside, statement, show),
    )  # fmt: skip


def _last_day(month: date, today: date) -> date:
    """The day that a month's sum stands for: its last one, or today in the open month."""
    last = add_months(month, 1) - timedelta(days=1)
    return min(last, max(today, month))


def _whose(planned: Sequence[Project], projects: Sequence[Project]) -> str | None:
    if not planned:
        return None
    running = [project for project in projects if project.stage != "idea"]
    if len(planned) == len(running):
        return "business cases"
    return f"business cases of {len(planned)} of {len(running)} projects"


def _marks(points: Sequence[TrendPoint], notes: Sequence[Note], calendar: Calendar) -> tuple[Mark, ...]:
    if not points:
        return ()
    found = []
    for note in notes:
        when = calendar.today(note.time)
        if note.kind == "annotation" and points[0].on <= when <= points[-1].on:
            found.append(Mark(when, note.text if len(note.text) <= LABEL else f"{note.text[: LABEL - 1].rstrip()}…"))
    return tuple(sorted(found, key=lambda mark: mark.on)[-MARKED:])


def _months(statement: Statement, show: Display) -> str | None:
    return None if statement.payback_months is None else f"{show.plain(statement.payback_months, 1)} months"


def _described(points: Sequence[TrendPoint], reached: date | None, statement: Statement, show: Display) -> str:
    if not points:
        return "Cumulative net value: nothing is recorded yet."
    first, last = points[0], points[-1]
    told = f"Cumulative net value from {_money(first.net, show)} on {show.day(first.on)} to {_money(last.net, show)}"
    told += f" on {show.day(last.on)}"
    if reached is not None:
        told += f", break-even on {show.day(reached)}"
    elif statement.payback is not None and statement.payback.reached_on is None and last.net < 0:
        told += ", still below break-even"
    if last.plan is not None:
        told += f"; the plan was {_money(last.plan, show)}"
    return f"{told}."


def _money(amount: Decimal, show: Display) -> str:
    """An amount that is in the shown currency already."""
    return money(amount, show.currency, locale=show.locale)


def covered(trend: Trend, show: Display) -> str:
    """What the sum includes, for the card's second line."""
    if trend.since is None or not trend.points:
        return "Value less every cost, added up month by month"
    last = trend.points[-1].on
    return f"Value less every cost since {show.month(trend.since)}, to {show.day_of_year(last)} {last.year}"
