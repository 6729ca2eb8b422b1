"""The eighteen months up to `now`, the same for every fact: hours, growth, the bad weeks, and a generator per topic.

Everything is drawn for whole months and cut at `now` afterwards, so that a later run in the same month repeats the
earlier one and goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt

from breakeven.demo.company import DIP, MONTHS, TIME_ZONE, Growth
from breakeven.period import add_months

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Instants = npt.NDArray[np.datetime64]

_ZONE = ZoneInfo(TIME_ZONE)
_HOUR = np.timedelta64(3600, "s")
MICROSECONDS_PER_HOUR = 3_600_000_000


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The window of the demo: eighteen months that end with the month of `now`."""

    seed: int
    now: datetime
    """Aware; nothing happens after it."""

    @property
    def first(self) -> date:
        """First day of the first month."""
        local = self.now.astimezone(_ZONE).date()
        return add_months(local, 1 - MONTHS)

    def month(self, index: float) -> date:
        """First day of a month by its number."""
        return add_months(self.first, int(index))

    def instant(self, index: float, hour: float = 0.0) -> datetime:
        """Instant at a fractional month number (11.5 is the middle of month 11), at an hour of the local day."""
        start, end = self.month(index), self.month(index + 1)
        day = start + timedelta(days=int((index - int(index)) * (end - start).days))
        local = datetime(day.year, day.month, day.day, tzinfo=_ZONE) + timedelta(hours=hour)
        return local.astimezone(UTC)

    def generator(self, topic: str) -> np.random.Generator:
        """Random numbers of one topic: adding a topic changes no other."""
        return np.random.Generator(np.random.PCG64([self.seed, crc32(topic.encode())]))

    def past(self, moment: datetime) -> bool:
        """Whether something has happened by now."""
        return moment < self.now

    def until_now(self, records: Iterable[dict[str, Any]], field: str = "time") -> list[dict[str, Any]]:
        """The records that have happened by now."""
        return [record for record in records if self.past(record[field])]

    def hours(self) -> Instants:
        """Every hour of the window, UTC."""
        start, end = self.instant(0), self.instant(MONTHS)
        return np.arange(_naive(start), _naive(end), _HOUR)

    def position(self, moments: Instants) -> Floats:
        """Month number of each instant, with its fraction; months cut in UTC, which is near enough for a curve."""
        starts = np.array([_naive(self.instant(index)) for index in range(MONTHS + 1)])
        month = np.clip(np.searchsorted(starts, moments, side="right") - 1, 0, MONTHS - 1)
        done = (moments - starts[month]) / (starts[month + 1] - starts[month])
        return np.asarray(month + done, dtype=np.float64)

    def before_now(self, moments: Instants) -> npt.NDArray[np.bool_]:
        """Which instants have passed."""
        return np.asarray(moments < _naive(self.now), dtype=np.bool_)


def _naive(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def use(growth: Growth, position: Floats) -> Floats:
    """Share of full use, 0 to 1, at month numbers."""
    curve = 1 / (1 + np.exp(-(position - growth.half) / growth.pace))
    return np.where(position >= growth.start, curve, 0.0)


def use_at(growth: Growth, position: float) -> float:
    """Share of full use at one month number."""
    return float(use(growth, np.array([position]))[0])


def trouble(position: Floats) -> Floats:
    """How bad the bad release is, 0 to 1: it goes out early in month DIP, is rolled back, and trust returns slowly."""
    since = position - (DIP + 0.2)
    return np.where(since < 0, 0.0, np.exp(-np.maximum(since, 0.0) / 0.55))


def busy(hours: Instants, pattern: str) -> Floats:
    """Relative traffic of each hour, with mean 1 over a week: office hours, around the clock, or one hour a night."""
    local = (hours.astype("datetime64[h]").astype(np.int64) - 5) % (24 * 7)
    hour, weekday = local % 24, (local // 24 + 3) % 7
    weekend = weekday >= 5
    match pattern:
        case "office":
            weight = np.where((hour >= 8) & (hour < 18) & ~weekend, 1.0, 0.0)
        case "night":
            weight = np.where(hour == 3, 1.0, 0.0)
        case _:
            weight = (1.0 + 0.85 * np.cos((hour - 14) * np.pi / 12)) * np.where(weekend, 0.55, 1.0)
    return np.asarray(weight / weight[: 24 * 7].mean(), dtype=np.float64)


def times(timeline: Timeline, topic: str, per_month: float, growth: Growth, pattern: str) -> Instants:
    """Instants of a Poisson process that follows growth and the time of day, sorted; the whole window."""
    generator, hours = timeline.generator(f"{topic}/times"), timeline.hours()
    position = timeline.position(hours)
    rate = per_month / (365.25 * 2) * use(growth, position) * (1 - 0.25 * trouble(position)) * busy(hours, pattern)
    counts = generator.poisson(rate)
    within = (generator.random(int(counts.sum())) * MICROSECONDS_PER_HOUR).astype(np.int64)
    return np.sort(np.repeat(hours, counts) + within.astype("timedelta64[us]"))
