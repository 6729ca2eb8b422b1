"""Stretches of time that end now: the last hour, 24 hours, 7 days, 30 days."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from breakeven.errors import UnknownName
from breakeven.ledger.window import Moment, Window, window
from breakeven.period import Calendar, Grain

DEFAULT = "1h"


class Length(msgspec.Struct, frozen=True):
    """How long, by which cells, and what people say."""

    grain: Grain
    cells: int
    words: str
    cell: str
    """What one cell is called."""
    days: int = 0
    """Whole local days, where it is made of them."""


LENGTHS: dict[str, Length] = {
    "1h": Length(Grain.MINUTE, 60, "last hour", "minute"),
    "24h": Length(Grain.HOUR, 24, "last 24 hours", "hour"),
    "7d": Length(Grain.HOUR, 168, "last 7 days", "hour", 7),
    "30d": Length(Grain.DAY, 30, "last 30 days", "day", 30),
}
"""By the name that addresses use. The running minute, hour or day is the last of its cells."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch with its ends."""

    name: str
    length: Length
    span: tuple[Moment, Moment]
    """Local days (the end excluded) or instants, as `metrics` takes them."""
    window: Window

    @property
    def grain(self) -> Grain:
        """Its cells' length."""
        return self.length.grain

    def hours(self, now: datetime) -> Decimal:
        """How much of it is over, in hours."""
        seconds = (min(self.window.end, now) - self.window.start).total_seconds()
        return Decimal(repr(seconds)) / 3600


def stretch(name: str, now: datetime, calendar: Calendar) -> Stretch:
    """The stretch of a name that ends with the running minute, hour or day. Raises UnknownName."""
    if name not in LENGTHS:
        raise UnknownName("stretch of time", name, LENGTHS)
    length = LENGTHS[name]
    if length.days:
        today = calendar.today(now)
        return _made(name, (today - timedelta(days=length.days - 1), today + timedelta(days=1)), calendar)
    local = now.astimezone(ZoneInfo(calendar.time_zone))
    step = timedelta(minutes=1) if length.grain is Grain.MINUTE else timedelta(hours=1)
    floor = timedelta(minutes=0 if length.grain is Grain.MINUTE else local.minute, seconds=local.second,
                      microseconds=local.microsecond)  # fmt: skip
    end = now.astimezone(UTC) - floor + step
    return _made(name, (end - length.cells * step, end), calendar)


def before(asked: Stretch, calendar: Calendar) -> Stretch:
    """The stretch of the same length that ends where this one begins."""
    start, _ = asked.span
    length = timedelta(days=asked.length.days) if asked.length.days else asked.window.end - asked.window.start
    return _made(asked.name, (start - length, start), calendar)


def usual(asked: Stretch, calendar: Calendar) -> Window:
    """The seven whole days before the day on which a stretch begins: what a model is compared with."""
    first = asked.window.first
    return window(first - timedelta(days=7), first, calendar)


def midnight(moment: datetime, calendar: Calendar) -> datetime:
    """The instant at which the local day of an instant began."""
    return datetime.combine(calendar.today(moment), time(), ZoneInfo(calendar.time_zone))


def _made(name: str, span: tuple[Moment, Moment], calendar: Calendar) -> Stretch:
    return Stretch(name=name, length=LENGTHS[name], span=span, window=window(*span, calendar))
