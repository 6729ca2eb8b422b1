"""Axes: round ticks with labels in the page's units, and time in months, days or hours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from breakeven.period import add_months
from breakeven.views.charting.chart import Scale, number_text, round_ticks
from breakeven.views.charting.data import When
from breakeven.views.format import Display

ROOM = 0.08
"""Part of the reach that stays free above the highest value."""
_STEPS = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=7),
    timedelta(days=14),
)
_MOST = 8
"""Labels on a time axis."""
_FEW = 4
"""The same where there is little room."""


def axis_text(value: float, unit: str, show: Display) -> str:
    """A round number on an axis: $3M, 400 ms, 80%."""
    if unit == "money":
        return re.sub(r"([.,])0+(?=\D|$)", "", show.money(value / float(show.rate))) if value else show.money(0)
    size = abs(value)
    digits = 0 if value == int(value) else 1 if size >= 1 else 2
    text = show.plain(value, digits)
    return f"{text}%" if unit == "%" else f"{text} {unit}" if unit in ("ms", "s", "h", "min") else text


def amounts(values: Iterable[float], unit: str, show: Display, *, zero: bool = True, room: float = ROOM) -> Scale:
    """The axis for some values; `zero`: whether it begins at zero."""
    known = list(values)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    reach = (high - low) or abs(high) or 1.0
    if high == low:
        low, high = (low - reach / 2, high + reach / 2) if not zero else (low, low + reach)
    ticks = round_ticks(low, high)
    bottom = low - (0 if zero and low == 0 else reach * 0.04)
    return Scale(
        domain=[bottom, high + reach * room],
        ticks=ticks,
        labels={number_text(tick): axis_text(tick, unit, show) for tick in ticks},
    )


def magnitudes(values: Iterable[float], unit: str, show: Display, title: str) -> Scale:
    """A logarithmic axis over positive values."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = min(known) / 1.4, max(known) * 1.6
    ticks = [
        factor * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for factor in (1, 2, 5)
        if low <= factor * 10.0**power <= high
    ]
    ticks = ticks[:: max(1, math.ceil(len(ticks) / 7))]
    return Scale(
        domain=[low, high],
        ticks=ticks,
        log=True,
        title=f"{title} (log scale)",
        labels={number_text(tick): show.quantity(_untranslated(tick, unit, show), unit, 4).text for tick in ticks},
    )


def _untranslated(value: float, unit: str, show: Display) -> float:
    return value / float(show.rate) if unit.startswith("money") else value


def instant(when: When) -> datetime:
    """A day as its first instant, an instant in UTC."""
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return datetime.combine(when, time(), UTC)


def stamp(when: When) -> str:
    """As the rows of a chart have it."""
    return f"{instant(when):%Y-%m-%dT%H:%M}"


def times(moments: Sequence[When], show: Display) -> Scale:
    """The time axis from the first to the last moment."""
    first, last = instant(min(moments, key=instant)), instant(max(moments, key=instant))
    ticks = _ticks(first, last)
    labels = {stamp(tick): _label(tick, place, first, last, show) for place, tick in enumerate(ticks)}
    step = max(1, math.ceil(len(ticks) / _FEW))
    thin = {name: text for place, (name, text) in enumerate(labels.items()) if place % step == 0}
    return Scale(domain=[stamp(first), stamp(last)], ticks=[stamp(tick) for tick in ticks], labels=labels, thin=thin)


def _ticks(first: datetime, last: datetime) -> list[datetime]:
    reach = last - first
    if reach > timedelta(days=70):
        month = first.date().replace(day=1)
        months = [month]
        while months[-1] < last.date():
            months.append(add_months(months[-1], 1))
        months = [one for one in months if first <= instant(one) <= last] or [first.date()]
        return [instant(one) for one in months[:: max(1, math.ceil(len(months) / 13))]]
    step = next((one for one in _STEPS if reach / one <= _MOST), _STEPS[-1])
    start = datetime.fromtimestamp(math.ceil(first.timestamp() / step.total_seconds()) * step.total_seconds(), UTC)
    found: list[datetime] = []
    while start <= last and len(found) < 2 * _MOST:
        found.append(start)
        start += step
    return found or [first]


def _label(tick: datetime, place: int, first: datetime, last: datetime, show: Display) -> str:
    if last - first > timedelta(days=70):
        month = show.month_name(tick.date(), short=True)
        return f"{month} {tick:%y}" if place == 0 or tick.month == 1 else month
    if last - first > timedelta(days=3):
        return show.day_short(tick.date())
    return f"{tick:%H:%M}"


def whole_days(moments: Iterable[When]) -> bool:
    """Whether all are days, not instants."""
    return all(isinstance(one, date) and not isinstance(one, datetime) for one in moments)
