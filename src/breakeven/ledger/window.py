"""What part of time is asked for, and the cells it is cut into.

All cutting happens in the company's local time. A cell's `key` is its local start; it is also what the queries of
`ledger/measuring/measures.py` answer as `period`, so that answers and cells meet without a calendar in between.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from breakeven.errors import UsageProblem
from breakeven.period import Calendar, Grain, Period, add_months

SUB_DAY: dict[Grain, timedelta] = {Grain.MINUTE: timedelta(minutes=1), Grain.HOUR: timedelta(hours=1)}
COARSE = frozenset({Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.ALL})
"""Grains whose cells consist of months."""

LONGEST: dict[Grain, timedelta] = {
    Grain.MINUTE: timedelta(days=7),
    Grain.HOUR: timedelta(days=92),
    Grain.DAY: timedelta(days=5 * 366),
    Grain.WEEK: timedelta(days=10 * 366),
    Grain.MONTH: timedelta(days=100 * 366),
    Grain.QUARTER: timedelta(days=100 * 366),
    Grain.YEAR: timedelta(days=100 * 366),
    Grain.ALL: timedelta(days=100 * 366),
}
"""How much time may be asked for at each grain."""

Moment = date | datetime


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A half-open span of time."""

    start: datetime
    """First instant."""
    end: datetime
    """Instant after the last."""
    first: date
    """Local day of the start."""
    last: date
    """Local day after the last one that is touched."""
    whole_days: bool
    """Whether it starts and ends at a local midnight."""

    @property
    def whole_months(self) -> bool:
        """Whether it starts and ends with a local month."""
        return self.whole_days and self.first.day == 1 and self.last.day == 1


class Cell(msgspec.Struct, frozen=True):
    """One period of a grain within a window."""

    name: str
    key: datetime
    """Local start of the period, which may lie before the window."""
    first: date
    """First local day in the window."""
    last: date
    """Local day after the last one in the window."""


def window(start: Moment, end: Moment, calendar: Calendar) -> Window:
    """The window between two local days (the end day excluded) or two instants. Raises UsageProblem if it is empty."""
    zone = ZoneInfo(calendar.time_zone)
    begin, finish = (_instant(moment, zone) for moment in (start, end))
    if finish <= begin:
        raise UsageProblem(f"the window is empty: it starts at {start} and ends at {end}")
    local_begin, local_finish = begin.astimezone(zone), finish.astimezone(zone)
    midnights = local_begin.time() == time() and local_finish.time() == time()
    last = local_finish.date() if local_finish.time() == time() else local_finish.date() + timedelta(days=1)
    return Window(start=begin, end=finish, first=local_begin.date(), last=last, whole_days=midnights)


def window_of(period: Period, calendar: Calendar) -> Window:
    """The window of a named period."""
    return window(period.start, period.end, calendar)


def _instant(moment: Moment, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), zone)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def check_length(span: Window, grain: Grain) -> None:
    """Refuse a window that is too long for its grain, with the way out. Raises UsageProblem."""
    longest, asked = LONGEST[grain], span.end - span.start
    if asked > longest + timedelta(hours=2):  # a span of days may hold a change of clocks
        raise UsageProblem(
            f"figures by {grain} reach over at most {longest.days} days, not {-(-asked // timedelta(days=1))}: "
            "choose a shorter window or a coarser grain"
        )


def cells(span: Window, grain: Grain, calendar: Calendar, name: str = "all") -> list[Cell]:
    """The periods of a grain that the window touches, in order; `name` is what grain all is called."""
    if grain is Grain.ALL:
        return [Cell(name, datetime.combine(span.first, time()), span.first, span.last)]
    if grain in SUB_DAY:
        return _short_cells(span, grain, calendar)
    return [
        Cell(p.name, datetime.combine(p.start, time()), max(p.start, span.first), min(p.end, span.last))
        for p in calendar.cut(span.first, span.last, grain)
    ]


def _short_cells(span: Window, grain: Grain, calendar: Calendar) -> list[Cell]:
    zone, step = ZoneInfo(calendar.time_zone), SUB_DAY[grain]
    local = span.start.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    local = local.replace(minute=0) if grain is Grain.HOUR else local
    finish, found = span.end.astimezone(zone).replace(tzinfo=None), []
    while local < finish:
        found.append(Cell(local.isoformat(timespec="minutes"), local, local.date(), local.date() + timedelta(days=1)))
        local += step
    return found


def snapped(first: date, last: date, grain: Grain, calendar: Calendar) -> tuple[date, date]:
    """A span of days widened to whole periods of a grain (to months for all)."""
    if grain in SUB_DAY:
        return first, last
    length = Grain.MONTH if grain is Grain.ALL else grain
    return calendar.containing(first, length).start, calendar.containing(last - timedelta(days=1), length).end


def bucket(grain: Grain, column: str, calendar: Calendar, span: Window) -> str:
    """SQL of the local start of a cell, as TIMESTAMP, from a local DATE (day and longer) or TIMESTAMP (shorter)."""
    if grain is Grain.ALL:
        return f"CAST('{span.first}' AS TIMESTAMP)"
    if grain in (Grain.QUARTER, Grain.YEAR):
        # A fiscal quarter or year is a calendar one that was moved by some months.
        moved = (calendar.fiscal_year_start - 1) % (3 if grain is Grain.QUARTER else 12)
        shift = f"INTERVAL {moved} MONTH"
        return f"CAST(date_trunc('{grain}', {column} - {shift}) + {shift} AS TIMESTAMP)"
    return f"CAST(date_trunc('{grain}', {column}) AS TIMESTAMP)"


def elapsed_share(month: date, calendar: Calendar, now: datetime) -> tuple[int, int]:
    """How much of a month is over at `now`, as (minutes over, minutes of the month); (1, 1) for a past month."""
    start, end = calendar.instant(month), calendar.instant(add_months(month, 1))
    if now >= end:
        return 1, 1
    whole = (end.timestamp() - start.timestamp()) // 60
    return max(0, int((now.timestamp() - start.timestamp()) // 60)), int(whole)
