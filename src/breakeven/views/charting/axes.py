"""Axes: round ticks with labels in the page's units, and time in months, days or hours."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from breakeven.period import add_months
from breakeven.views.charting.chart import Scale, round_ticks
from breakeven.views.charting.data import Number, When
from breakeven.views.format import UNITS, Display

ROOM = 0.08
"""Part of the reach that stays free above the highest value."""
_STEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 7, 14)),
)
_MOST = 8
"""Labels on a time axis."""
_FEW = 4
"""The same where there is little room."""
_MONTHS = timedelta(days=70)
"""Reach from which on a time axis counts in months."""
_MONDAY = timedelta(days=4).total_seconds()
"""The first Monday of 1970."""
_ZEROS = re.compile(r"([.,]\d*?)0+(?![\d.,])")


def drawn(unit: str, show: Display) -> Callable[[Number], float]:
    """From a value to what is drawn: amounts in the currency of the page."""
    if unit.startswith("money"):
        return lambda value: float(show.amount(value) or 0)
    return float


def texts_of(ticks: Sequence[float], unit: str, show: Display, *, signed: bool = False) -> list[str]:
    """Round numbers on an axis: $3M, $1.5M, 400 ms, +80%."""
    if unit.startswith("money"):
        return _money_texts(ticks, show)
    digits = max((_digits(tick) for tick in ticks), default=0)
    if unit == "%":
        return [show.percent(tick, digits, signed=signed) for tick in ticks]
    word = UNITS.get(unit, unit if unit in ("s", "min", "h", "d") else "d" if unit == "day" else "")
    return [f"{show.plain(tick, digits)}{' ' if word else ''}{word}" for tick in ticks]


def _money_texts(ticks: Sequence[float], show: Display) -> list[str]:
    texts = [show.money(tick / float(show.rate)) for tick in ticks]
    whole = all(tick == int(tick) for tick in ticks)
    return [_bare(text) if whole or abs(tick) >= 1000 else text for tick, text in zip(ticks, texts, strict=True)]


def _bare(text: str) -> str:
    """Without zeros after the point: $1M, $1.5M."""
    return _ZEROS.sub(lambda found: "" if len(found[1]) == 1 else found[1], text)


def _digits(value: float) -> int:
    """Digits after the point that a round number has."""
    return next((digits for digits in range(12) if math.isclose(value, round(value, digits), abs_tol=1e-12)), 12)


def amounts(
    values: Iterable[float], unit: str, show: Display, *, zero: bool = True, room: float = ROOM, signed: bool = False
) -> Scale:
    """The axis for some values; `zero`: whether it includes zero."""
    known = list(values)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    reach = (high - low) or abs(high) or 1.0
    if high == low:
        low, high = (low - reach / 2, high + reach / 2) if not zero else (low, low + reach)
    ticks = round_ticks(low, high)
    bottom = low - (0 if zero and low == 0 else reach * 0.04)
    top = high + (0 if zero and high == 0 else reach * room)
    return Scale(domain=[bottom, top], ticks=ticks, labels=texts_of(ticks, unit, show, signed=signed))


def sideways(
    values: Iterable[float], unit: str, show: Display, *, words: float, before: float = 0.0, zero: bool = True,
    signed: bool = False,
) -> Scale:  # fmt: skip
    """The axis of bars that go to the right; `words` and `before`: parts of the reach for words after and before them.

    Words take twice that part of a narrow chart, and every second label must do.
    """
    known = list(values)
    made = amounts(known, unit, show, zero=zero, signed=signed)
    ends = [*known, 0.0] if zero else known
    low, high = min(ends), max(ends)
    reach = (high - low) or abs(high) or 1.0
    low = low - (reach * 0.04 if low < 0 and not before else 0.0)
    wide, tight = ([low - reach * before * room, high + reach * words * room] for room in (1.0, 2.0))
    first = next((place for place, tick in enumerate(made.ticks) if tick == 0), 0)
    thin = [label if (place - first) % 2 == 0 else "" for place, label in enumerate(made.labels)]
    return Scale(domain=wide, tight=tight, ticks=made.ticks, labels=made.labels, thin=thin)


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
    money = unit.startswith("money")
    labels = [
        show.money(tick / float(show.rate)) if money else show.plain(tick, 0 if tick >= 1 else _digits(tick))
        for tick in ticks
    ]
    if low >= 1:
        labels = [_bare(label) for label in labels]
    thin = [label if place % 2 == 0 else "" for place, label in enumerate(labels)]
    return Scale(domain=[low, high], ticks=ticks, labels=labels, thin=thin, log=True, title=f"{title} (log scale)")


def places(names: Sequence[str]) -> Scale:
    """The axis of things beside each other: by number, since two may have one name."""
    numbers = [str(place) for place in range(len(names))]
    return Scale(domain=numbers, ticks=numbers, labels=list(names))


def instant(when: When) -> datetime:
    """A day as its first instant, an instant in UTC."""
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return datetime.combine(when, time(), UTC)


def stamp(when: When) -> float:
    """As the rows of a chart have it: milliseconds since 1970."""
    return instant(when).timestamp() * 1000


def times(moments: Iterable[When], show: Display) -> Scale:
    """The time axis from the first to the last moment; its hours are those of the reader's zone."""
    given = list(moments)
    zone = UTC if all(is_day(one) for one in given) else show.zone
    found = [_wall(instant(one), zone) for one in given]
    first, last = min(found), max(found)
    ticks = _ticks(first, last)
    labels = [_label(tick, before, first, last, show) for before, tick in zip([None, *ticks], ticks, strict=False)]
    if last - first > _MONTHS and len(ticks) > 2 and ticks[1].year != ticks[0].year:
        # Two years beside each other run into one another; the second one says it for both.
        labels[0] = show.month_name(ticks[0].date(), short=True)
    step = max(1, math.ceil(len(ticks) / _FEW))
    thin = [text if place % step == 0 else "" for place, text in enumerate(labels)]
    # A single moment stands in the middle of a day.
    half = timedelta(hours=12) if first == last else timedelta(0)
    return Scale(
        domain=[stamp(_unwalled(one, zone)) for one in (first - half, last + half)],
        ticks=[stamp(_unwalled(tick, zone)) for tick in ticks], labels=labels, thin=thin,
    )  # fmt: skip


def _wall(when: datetime, zone: tzinfo) -> datetime:
    """What the clocks of a zone show, as if it were UTC: round hours are then round numbers."""
    return when.astimezone(zone).replace(tzinfo=UTC)


def _unwalled(when: datetime, zone: tzinfo) -> datetime:
    return when.replace(tzinfo=zone).astimezone(UTC)


def _ticks(first: datetime, last: datetime) -> list[datetime]:
    reach = last - first
    if reach > _MONTHS:
        month = first.date().replace(day=1)
        months = [month]
        while months[-1] < last.date():
            months.append(add_months(months[-1], 1))
        inside = [instant(one) for one in months if first <= instant(one) <= last]
        return inside[:: max(1, math.ceil(len(inside) / 13))] or [first]
    step = next((one for one in _STEPS if reach / one <= _MOST), _STEPS[-1])
    offset = _MONDAY if step >= timedelta(weeks=1) else 0.0
    length = step.total_seconds()
    start = datetime.fromtimestamp(math.ceil((first.timestamp() - offset) / length) * length + offset, UTC)
    found: list[datetime] = []
    while start <= last and len(found) < 2 * _MOST:
        found.append(start)
        start += step
    return found or [first]


def _label(tick: datetime, before: datetime | None, first: datetime, last: datetime, show: Display) -> str:
    if last - first > _MONTHS:
        month = show.month_name(tick.date(), short=True)
        return f"{month} {tick:%y}" if before is None or before.year != tick.year else month
    if first == last or last - first > timedelta(days=3):
        return show.day_short(tick.date())
    return f"{tick:%H:%M}"


def is_day(when: When) -> bool:
    """Whether it is a day, not an instant."""
    return isinstance(when, date) and not isinstance(when, datetime)


def when_text(when: When, show: Display) -> str:
    """A day, or an instant with its time."""
    return show.day(when) if is_day(when) else show.moment(instant(when))
