"""Which two spans are compared, and what the change from one to the other says.

A period that is over is compared with the one of the same length before it. One that is still running would be compared
with a longer one; so its last three complete months stand against the three before, or the last one against the one
before where the records do not reach back further. Against a year ago, or against a period that is named, stand as many
months as are complete.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from breakeven.errors import UsageProblem
from breakeven.ledger.results import Number
from breakeven.period import Calendar, Grain, Period, add_months
from breakeven.views.format import COUNTED, LOCALE, Display, decimal_of
from breakeven.views.locales import rounded, stamp

Tone = Literal["good", "bad", "flat"]
Arrow = Literal["up", "down", "flat"]
PREVIOUS, YEAR, NONE = "previous", "year", "none"
"""What may be asked for, beside the name of a period."""
TITLES = {"ytd": "Year to date", "last-12-months": "Last 12 months", "all": "All time"}
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


def compared(
    asked: str, period: Period, calendar: Calendar, now: datetime, first: date | None, locale: str = LOCALE
) -> Comparison | None:
    """What a period is compared with, as it is asked for: previous, year, none or the name of a period.

    None where there is nothing to compare with. `first` is the first month with records. Raises UsageProblem for a
    period that cannot be read or is of another length.
    """
    word = asked.strip().lower() or PREVIOUS
    if word == NONE:
        return None
    open_month = calendar.today(now).replace(day=1)
    if word == PREVIOUS:
        return comparison(period, calendar, open_month, first, locale)
    if word == YEAR:
        return _year_ago(period, open_month, first, locale)
    other = calendar.parse(asked, now)
    if len(other.months()) != len(period.months()):
        raise UsageProblem(
            f"{asked} has {_of_months(other)}, the period {period.name} has {_of_months(period)}: "
            "compare with one of the same length"
        )
    return _beside(period, other.start, open_month, first, locale)


def comparison(
    period: Period, calendar: Calendar, open_month: date, first: date | None, locale: str = LOCALE
) -> Comparison | None:  # fmt: skip
    """The period before; None where there is nothing before. `first` is the first month with records."""
    if first is None:
        return None
    if period.end <= open_month:
        before = calendar.previous(period)
        if period.grain is Grain.ALL or before.start < first:
            return None
        words = f"against {name(before, locale)}"
        return Comparison(Span(period.start, period.end), Span(before.start, before.end), words)
    for months in RUNS:
        start, earlier = add_months(open_month, -months), add_months(open_month, -2 * months)
        if earlier >= first:
            words = f"{_months(start, open_month, locale)} against {_months(earlier, start, locale)}"
            return Comparison(Span(start, open_month), Span(earlier, start), words)
    return None


def _year_ago(period: Period, open_month: date, first: date | None, locale: str) -> Comparison | None:
    if period.start.day == 1 and period.end.day == 1:
        return _beside(period, add_months(period.start, -12), open_month, first, locale)
    start, end = (_a_year_before(day) for day in (period.start, period.end))
    if first is None or start < first:
        return None
    return Comparison(Span(period.start, period.end), Span(start, end), "against a year ago")


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _beside(period: Period, start: date, open_month: date, first: date | None, locale: str) -> Comparison | None:
    """The complete months of a period beside as many from another start."""
    end = min(period.end, open_month)
    length = sum(month < end for month in period.months())
    if first is None or start < first or not length:
        return None
    until = add_months(start, length)
    words = f"{_spelled(period.start, end, locale)} against {_spelled(start, until, locale)}"
    return Comparison(Span(period.start, end), Span(start, until), words)


def title(period: Period, locale: str = LOCALE) -> str:
    """The period as a filter shows it: Year to date, September 2026, Q3 2026."""
    return TITLES.get(period.name, name(period, locale))


def name(period: Period, locale: str = LOCALE) -> str:
    """A period of the calendar in words: September 2026, Q3 2026, 2026."""
    if period.grain is Grain.MONTH:
        return stamp(period.start, "month", locale)
    if period.grain is Grain.DAY:
        return stamp(period.start, "day", locale)
    if period.grain is Grain.QUARTER:
        year, _, quarter = period.name.partition("-")
        return f"{quarter} {year}"
    return period.name


def _months(start: date, end: date, locale: str) -> str:
    first, last = (stamp(day, "month_abbreviated", locale) for day in (start, add_months(end, -1)))
    return first if last == start or first == last else f"{first}–{last}"


def _spelled(start: date, end: date, locale: str) -> str:
    """Months with their year: Jan–Oct 2026, Nov 2025–Oct 2026."""
    last = add_months(end, -1)
    if start == last:
        return stamp(start, "month_short", locale)
    if start.year == last.year:
        return f"{stamp(start, 'month_abbreviated', locale)}–{stamp(last, 'month_short', locale)}"
    return f"{stamp(start, 'month_short', locale)}–{stamp(last, 'month_short', locale)}"


def _of_months(period: Period) -> str:
    months = len(period.months())
    return f"{months} month{'' if months == 1 else 's'}"


def change(
    now: Number | None, before: Number | None, *, unit: str, digits: int, direction: str, words: str,
    currency: str = "", show: Display | None = None,
) -> Change | None:  # fmt: skip
    """The change of a figure, judged by its direction (up, down, neutral); None where either is unknown."""
    if now is None or before is None:
        return None
    new, old = decimal_of(now), decimal_of(before)
    value, sign = _difference(new, old, unit, digits, show or Display(currency=currency))
    if not sign:
        return Change(arrow="flat", tone="flat", value="Same", words=words)
    tone: Tone = "flat" if direction == "neutral" else "good" if (sign > 0) == (direction == "up") else "bad"
    return Change(arrow="up" if sign > 0 else "down", tone=tone, value=value, words=words)


def _difference(new: Decimal, old: Decimal, unit: str, digits: int, show: Display) -> tuple[str, int]:
    """The size of the change as text, and its sign; 0 where the figures look the same."""
    if unit == "%":
        gap = rounded(new, digits) - rounded(old, digits)
        return f"{show.plain(abs(gap), digits)} pp", _sign(gap)
    gap = rounded(new, digits) - rounded(old, digits)
    if unit in COUNTED and not digits and abs(new) < FEW and abs(old) < FEW:
        return show.plain(abs(gap)), _sign(gap)
    share = (new / old - 1) * 100 if new > 0 and old > 0 else None
    if share is None or abs(share) >= LIMIT:
        text = show.money(abs(gap)) if unit.startswith("money") else show.plain(abs(gap), digits)
        return text, _sign(gap)
    step = 0 if abs(share) >= 10 else 1
    return show.percent(abs(share), step), _sign(rounded(share, step))


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)
