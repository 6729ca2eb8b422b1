"""Numbers as people read them: compact money, units, signs, ranges, ages and dates.

A value that is not known is –, never 0. Minus is U+2212, ranges have an en dash between word joiners, so that neither
breaks across lines. Numbers and dates follow the reader's locale, words are English.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

import msgspec

from breakeven.views.locales import (
    ENGLISH,
    NARROW,
    amount_text,
    compact_text,
    digits_of,
    marks,
    rounded,
    sign_of,
    stamp,
)  # fmt: skip

__all__ = ["NARROW", "rounded"]

UNKNOWN = "–"
MINUS = "\u2212"
JOINER = "\u2060"
LOCALE = ENGLISH

UNITS = {"hour": "h", "minute": "min", "minute/interaction": "min", "ms": "ms", "1": "", "%": "%"}
"""Signs of units; others are words."""
COUNTED = {"model", "incident", "interaction", "deployment", "user", "answer", "finding", "outcome"}
"""Units that the figure's label names already."""
WORDS = {"month": ("month", "months"), "day": ("day", "days")}


class Shown(msgspec.Struct, frozen=True):
    """A value as it is shown: the number and, smaller beside it, its unit."""

    text: str
    unit: str = ""

    def __str__(self) -> str:
        if not self.unit:
            return self.text
        return f"{self.text}{'' if self.unit == '%' else NARROW}{self.unit}"


class Display(msgspec.Struct, frozen=True, kw_only=True):
    """How a page writes its values: the currency that amounts are shown in, and the reader's locale.

    The one way from an amount of the ledger to text or to a chart: what is translated into another currency is
    translated here, at one rate that the page names.
    """

    currency: str
    """The one that is shown."""
    rate: Decimal = Decimal(1)
    """Its units for one of the workspace's currency."""
    locale: str = LOCALE
    zone: tzinfo = UTC
    """Where the reader's days and hours are cut."""
    finer: int = 0
    """Digits of compact amounts beyond the usual ones, so that parts add up to their total as shown."""
    nudged: Mapping[Decimal, Decimal] = {}
    """Amount → what is written for it, in the currency shown, where digits alone do not make the parts add up."""

    def amount(self, value: Decimal | float | None) -> Decimal | None:
        """An amount of the workspace's currency in the one shown."""
        return None if value is None else decimal_of(value) * self.rate

    def money(self, value: Decimal | float | None, *, signed: bool = False) -> str:
        """Compact: $4.76M, $742k, $318."""
        shown = self.amount(value)
        if self.nudged and value is not None:
            shown = self.nudged.get(decimal_of(value), shown)
        return money(shown, self.currency, signed=signed, locale=self.locale, finer=self.finer)

    def full_money(self, value: Decimal | float | None) -> str:
        """With all thousands and cents: $2,756,300.74."""
        return full_money(self.amount(value), self.currency, locale=self.locale)

    def quantity(self, value: Decimal | float | None, unit: str, digits: int = 2) -> Shown:
        """A value of any unit of the catalogue."""
        if unit == "money" and value is not None:
            return Shown(self.money(value))
        return quantity(self._of(value, unit), unit, self.currency, digits, locale=self.locale)

    def exact_quantity(self, value: Decimal | float | None, unit: str) -> Shown:
        """The same for reading closely: cents, and up to four digits."""
        return exact_quantity(self._of(value, unit), unit, self.currency, locale=self.locale)

    def plain(self, value: Decimal | float | None, digits: int = 0) -> str:
        """41,600 or −0.5."""
        return UNKNOWN if value is None else plain(value, digits, locale=self.locale)

    def percent(self, value: Decimal | float | None, digits: int = 0, *, signed: bool = False) -> str:
        """62%, signed +322% and −22%."""
        return percent(value, digits, signed=signed, locale=self.locale)

    def roi(self, value: Decimal | float | None) -> str:
        """Return on investment: always signed, whole percent."""
        return roi(value, locale=self.locale)

    def span(self, low: Decimal | float | None, high: Decimal | float | None) -> str:
        """A range of amounts: $4.28M–$5.15M."""
        return span(self.money(low), self.money(high))

    def day(self, when: date) -> str:
        """30 Sep 2026."""
        return day(self._here(when), locale=self.locale)

    def day_short(self, when: date) -> str:
        """30 Sep."""
        return stamp(_date(self._here(when)), "day_short", self.locale)

    def day_of_year(self, when: date) -> str:
        """30 September."""
        return day_of_year(when, locale=self.locale)

    def month(self, when: date) -> str:
        """September 2026."""
        return month(when, locale=self.locale)

    def month_short(self, when: date) -> str:
        """Sep 2026."""
        return stamp(_date(when), "month_short", self.locale)

    def month_name(self, when: date, *, short: bool = False) -> str:
        """September, or Sep."""
        return stamp(_date(when), "month_abbreviated" if short else "month_name", self.locale)

    def clock(self, when: datetime) -> str:
        """14:32 UTC, with the zone."""
        return clock(when.astimezone(self.zone), locale=self.locale)

    def _here(self, when: date) -> date:
        """An instant in the reader's zone; a day is a day everywhere."""
        return when.astimezone(self.zone) if isinstance(when, datetime) else when

    def moment(self, when: datetime) -> str:
        """30 Sep 2026 14:32 UTC."""
        return f"{self.day(when)} {self.clock(when)}"

    def age(self, seconds: float) -> str:
        """12 s, 34 min, 5 h, 3 days."""
        return age(seconds)

    def _of(self, value: Decimal | float | None, unit: str) -> Decimal | float | None:
        return self.amount(value) if unit.startswith("money") else value


def exact_text(value: Decimal | float | None) -> str:
    """All digits of a number, without an exponent; – for what is unknown."""
    if value is None:
        return UNKNOWN
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def decimal_of(value: Decimal | float) -> Decimal:
    """A number as an exact decimal."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def plain(value: Decimal | float, digits: int = 0, *, locale: str = LOCALE) -> str:
    """Thousands in groups, a true minus: 41,600 or −0.5."""
    number = rounded(value, digits)
    return _signed(digits_of(abs(number), locale), number < 0)


def symbol(currency: str, locale: str = LOCALE) -> str:
    """$ of USD, € of EUR; codes are followed by a space."""
    found = sign_of(currency, locale)
    return f"{found}{NARROW}" if found[-1:].isalpha() else found


def money(
    value: Decimal | float | None, currency: str, *, signed: bool = False, locale: str = LOCALE, finer: int = 0
) -> str:  # fmt: skip
    """Compact: $4.76M, $742k, $4.2k, $318, $0.12; from 999.5k on in millions, from 999.5M on in billions."""
    if value is None:
        return UNKNOWN
    number = decimal_of(value)
    return _signed(compact_text(abs(number), currency, locale, finer), number < 0, signed and number > 0)


def full_money(value: Decimal | float | None, currency: str, *, locale: str = LOCALE) -> str:
    """With all thousands and cents: $2,756,300.74; more digits for less than a cent."""
    if value is None:
        return UNKNOWN
    number = decimal_of(value)
    size = abs(number)
    shown = rounded(size, 2 if size == 0 or size >= 1 else 6)
    return _signed(amount_text(shown, currency, locale, marks(locale).money), number < 0)


def percent(value: Decimal | float | None, digits: int = 0, *, signed: bool = False, locale: str = LOCALE) -> str:
    """62%, 94.8%, signed +322% and −22%."""
    if value is None:
        return UNKNOWN
    number = rounded(value, digits)
    before, after = marks(locale).percent
    return _signed(f"{before}{digits_of(abs(number), locale)}{after}", number < 0, signed and number > 0)


def roi(value: Decimal | float | None, *, locale: str = LOCALE) -> str:
    """Return on investment: always signed, whole percent."""
    return percent(value, 0, signed=True, locale=locale)


def quantity(
    value: Decimal | float | None, unit: str, currency: str, digits: int = 2, *, locale: str = LOCALE
) -> Shown:  # fmt: skip
    """A value of any unit of the catalogue."""
    if value is None:
        return Shown(UNKNOWN)
    if unit == "money":
        return Shown(money(value, currency, locale=locale))
    if unit.startswith("money/"):
        word = _word(unit[6:])
        return Shown(money(value, currency, locale=locale), f"per {word}" if word else "")
    if unit in WORDS:
        number = plain(value, min(digits, 1), locale=locale)
        return Shown(number, WORDS[unit][0 if number == "1" else 1])
    return _beside(plain(value, digits, locale=locale), _word(unit), locale)


def exact_quantity(value: Decimal | float | None, unit: str, currency: str, *, locale: str = LOCALE) -> Shown:
    """The same for reading closely: cents, and up to four digits."""
    if value is None:
        return Shown(UNKNOWN)
    if unit == "money":
        return Shown(full_money(value, currency, locale=locale))
    if unit.startswith("money/"):
        return Shown(full_money(value, currency, locale=locale), f"per {_word(unit[6:], counted=False)}")
    number = decimal_of(value)
    digits = 0 if number == number.to_integral_value() else 2 if abs(number) >= 1 else 4
    return _beside(plain(number, digits, locale=locale), WORDS.get(unit, ("", _word(unit)))[1], locale)


def _beside(number: str, unit: str, locale: str) -> Shown:
    """A number and its unit; a percent sign stands where the locale has it."""
    before, after = marks(locale).percent if unit == "%" else ("", "")
    if not unit or before or unit not in after:
        return Shown(f"{before}{number}{after}", "" if before else unit)
    return Shown(number + after.removesuffix("%"), unit)


def span(low: str, high: str) -> str:
    """A range that does not break: $4.28M–$5.15M."""
    return f"{low}{JOINER}–{JOINER}{high}"


def age(seconds: float) -> str:
    """12 s, 34 min, 5 h, 3 days."""
    for limit, size, word in ((60.0, 1.0, "s"), (3600.0, 60.0, "min"), (86400.0, 3600.0, "h")):
        if seconds < limit:
            return f"{int(seconds // size)}{NARROW}{word}"
    days = int(seconds // 86400)
    return f"{days}{NARROW}{'day' if days == 1 else 'days'}"


def day(when: date, *, locale: str = LOCALE) -> str:
    """30 Sep 2026."""
    return stamp(_date(when), "day", locale)


def day_of_year(when: date, *, locale: str = LOCALE) -> str:
    """30 September."""
    return stamp(_date(when), "day_of_year", locale)


def month(when: date, *, locale: str = LOCALE) -> str:
    """September 2026."""
    return stamp(_date(when), "month", locale)


def clock(when: datetime, *, locale: str = LOCALE) -> str:
    """14:32 UTC, with the zone of the instant."""
    minute = when.replace(second=0, microsecond=0)
    return f"{stamp(minute, 'time', locale)} {when.tzname() or ''}".strip()


def _date(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when


def count_word(number: int) -> str:
    """Numbers up to ten as words, as running text has them."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if 0 <= number < len(words) else f"{number:,}"


def _word(unit: str, *, counted: bool = True) -> str:
    if unit in UNITS:
        return UNITS[unit]
    if unit.startswith("(") and unit.endswith(")"):
        return unit[1:-1].replace("*", " and ")
    return "" if counted and unit in COUNTED else unit


def _signed(text: str, negative: bool, plus: bool = False) -> str:
    return f"{MINUS if negative else '+' if plus else ''}{text}"
