"""When reports are due: the times of a cadence between two instants. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from breakeven.period import Calendar, Grain
from breakeven.workspace.reports import Cadence

A_MONDAY = date(2024, 1, 1)
"""Every second week is counted from here, where a cadence has no first day."""
LONGEST = timedelta(days=800)
"""Within this time every cadence comes."""
_DAY = timedelta(days=1)


def times(cadence: Cadence, calendar: Calendar, after: datetime, until: datetime) -> Iterator[datetime]:
    """The instants at which a report is due: later than `after`, at or before `until`, in UTC.

    A local time that a clock change leaves out comes as much later as the clock jumps; one that comes twice is taken
    the first time.
    """
    zone = ZoneInfo(cadence.time_zone)
    day, last = after.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    while day <= last:
        if _falls(cadence, calendar, day):
            due = datetime.combine(day, cadence.at, zone).astimezone(UTC)
            if after < due <= until:
                yield due
        day += _DAY


def following(cadence: Cadence, calendar: Calendar, after: datetime) -> datetime | None:
    """The first time later than an instant; None: the cadence has none for years."""
    start = datetime.combine(cadence.start, cadence.at, UTC) - 2 * _DAY if cadence.start is not None else after
    begin = max(after, start)
    return next(times(cadence, calendar, begin, begin + LONGEST), None)


def _falls(cadence: Cadence, calendar: Calendar, day: date) -> bool:
    """Whether a local day is one of the cadence."""
    if cadence.start is not None and day < cadence.start:
        return False
    match cadence.every:
        case "day":
            return True
        case "weekday":
            return day.weekday() < 5
        case "week":
            return day.weekday() == cadence.weekday
        case "two weeks":
            first = cadence.start or A_MONDAY
            weeks = (day - (first - first.weekday() * _DAY)).days // 7
            return day.weekday() == cadence.weekday and weeks % 2 == 0
        case "month":
            return day.day == cadence.day
        case "quarter":
            return day == calendar.containing(day, Grain.QUARTER).start + (cadence.day - 1) * _DAY
        case "year":
            return day == calendar.containing(day, Grain.YEAR).start + (cadence.day - 1) * _DAY
