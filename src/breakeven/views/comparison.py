"""Which two spans are compared, and what the change from one to the other says.

A period that is over is compared with the one of the same length before it. One that is still running would be compared
with a longer one; so its last three complete months stand against the three before, or the last one against the one
before where the records do not reach back further.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from breakeven.ledger.results import Number
from breakeven.period import Calendar, Grain, Period, add_months
from breakeven.views.format import COUNTED, decimal_of, money, percent, plain, rounded

Tone = Literal["good", "bad", "flat"]
Arrow = Literal["up", "down", "flat"]
RUNS = (3, 1)
"""Numbers of complete months that a running period is compared by, the first for which there are records."""
FEW = 100
"""Whole numbers up to this change by a count, not by a percentage."""
LIMIT = Decimal(1000)
"""Percentages from here on say nothing; the difference is shown."""


class Span(msgspec.Struct, frozen=True):
    """A half-open span of local days."""

    start: date
    end: date


class Comparison(msgspec.Struct, frozen=True):
    """Two spans and how their comparison is named."""

    current: Span
    previous: Span
    words: str
    """For example `Aug–Oct against May–Jul`."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it is shown: arrow for the direction, tone for the judgement, and words."""

    arrow: Arrow
    tone: Tone
    value: str
    words: str


def comparison(period: Period, calendar: Calendar, open_month: date, first: date | None) -> Comparison | None:
    """What a period is compared with; None where there is nothing before. `first` is the first month with records."""
    if first is None:
        return None
    if period.end <= open_month:
        before = calendar.previous(period)
        if period.grain is Grain.ALL or before.start < first:
            return None
        return Comparison(Span(period.start, period.end), Span(before.start, before.end), f"against {name(before)}")
    for months in RUNS:
        start, earlier = add_months(open_month, -months), add_months(open_month, -2 * months)
        if earlier >= first:
            words = f"{_months(start, open_month)} against {_months(earlier, start)}"
            return Comparison(Span(start, open_month), Span(earlier, start), words)
    return None


def name(period: Period) -> str:
    """A period of the calendar in words: September 2026, Q3 2026, 2026."""
    if period.grain is Grain.MONTH:
        return f"{period.start:%B} {period.start.year}"
    if period.grain is Grain.QUARTER:
        year, _, quarter = period.name.partition("-")
        return f"{quarter} {year}"
    return period.name


def _months(start: date, end: date) -> str:
    last = add_months(end, -1)
    return f"{start:%b}" if last == start else f"{start:%b}–{last:%b}"


def change(
    now: Number | None, before: Number | None, *, unit: str, digits: int, direction: str, currency: str, words: str
) -> Change | None:
    """The change of a figure, judged by its direction (up, down, neutral); None where either is unknown."""
    if now is None or before is None:
        return None
    new, old = decimal_of(now), decimal_of(before)
    value, sign = _difference(new, old, unit, digits, currency)
    if not sign:
        return Change(arrow="flat", tone="flat", value="Same", words=words)
    tone: Tone = "flat" if direction == "neutral" else "good" if (sign > 0) == (direction == "up") else "bad"
    return Change(arrow="up" if sign > 0 else "down", tone=tone, value=value, words=words)


def _difference(new: Decimal, old: Decimal, unit: str, digits: int, currency: str) -> tuple[str, int]:
    """The size of the change as text, and its sign; 0 where the figures look the same."""
    if unit == "%":
        gap = rounded(new, digits) - rounded(old, digits)
        return f"{plain(abs(gap), digits)} pp", _sign(gap)
    gap = rounded(new, digits) - rounded(old, digits)
    if unit in COUNTED and not digits and abs(new) < FEW and abs(old) < FEW:
        return plain(abs(gap)), _sign(gap)
    share = (new / old - 1) * 100 if new > 0 and old > 0 else None
    if share is None or abs(share) >= LIMIT:
        return money(abs(gap), currency) if unit.startswith("money") else plain(abs(gap), digits), _sign(gap)
    step = 0 if abs(share) >= 10 else 1
    return percent(abs(share), step), _sign(rounded(share, step))


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)
