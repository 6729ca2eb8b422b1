"""How a locale writes numbers and dates: CLDR by Babel, read once a locale.

English (`en`) follows the design instead, where the two differ: $742k, 30 Sep 2026, 14:32. A minus is U+2212 in every
locale, digits are 0 to 9, a day has 24 hours, and nothing breaks across lines within a number or a day.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Literal

import msgspec
from babel import Locale
from babel.dates import DateTimePattern, parse_pattern
from babel.numbers import get_currency_symbol

ENGLISH = "en"
NARROW = "\u00a0"
"""Between a number and what must stay beside it."""
Stamp = Literal["day", "day_short", "day_of_year", "month", "month_short", "month_name", "month_abbreviated", "time"]
SKELETONS: dict[Stamp, str] = {
    "day": "yMMMd", "day_short": "MMMd", "day_of_year": "MMMMd", "month": "yMMMM", "month_short": "yMMM",
    "month_name": "LLLL", "month_abbreviated": "LLL", "time": "Hm",
}  # fmt: skip
"""Kind of date → the parts that it has, as CLDR names them; what CLDR has no pattern for is its own pattern."""
DESIGNED: dict[Stamp, str] = {
    "day": "d MMM y", "day_short": "d MMM", "day_of_year": "d MMMM", "month": "MMMM y", "month_short": "MMM y",
    "time": "HH:mm",
}  # fmt: skip
UNBROKEN = ("day", "day_short", "day_of_year", "time")
"""Kinds of date that stay on one line."""
_SIGN = "¤"
_UNITS = tuple(Decimal(1).scaleb(-digits) for digits in range(13))
_ROUND = Decimal("0.9995")
"""From this part of a million on an amount is written in millions."""


class Step(msgspec.Struct, frozen=True):
    """A size from which amounts are written shorter."""

    limit: Decimal
    divisor: Decimal
    before: str
    """Before the number, ¤ for the currency's sign."""
    after: str


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """How a locale writes numbers."""

    separators: dict[int, str] | None
    """What , and . are replaced by; None: nothing."""
    groups: tuple[int, int]
    """Digits of the last group and of the others."""
    percent: tuple[str, str]
    """Before and after the number."""
    money: tuple[str, str]
    """Before and after an amount in full, ¤ for the currency's sign."""
    steps: tuple[Step, ...]
    """Short forms, the largest first."""


@cache
def marks(locale: str) -> Marks:
    """How a locale writes numbers."""
    found = Locale.parse(locale)
    symbols = found.number_symbols.get("latn") or found.number_symbols[found.default_numbering_system]
    group, point = symbols["group"], symbols["decimal"]
    last, other = found.decimal_formats[None].grouping
    percent, money = found.percent_formats[None], found.currency_formats["standard"]
    return Marks(
        separators=None if (group, point) == (",", ".") else {ord(","): group, ord("."): point},
        groups=(last, other), percent=(_affix(percent.prefix[0]), _affix(percent.suffix[0])),
        money=(_affix(money.prefix[0]), _affix(money.suffix[0])),
        steps=_designed_steps() if locale == ENGLISH else _steps(found),
    )  # fmt: skip


def _designed_steps() -> tuple[Step, ...]:
    sizes = (("B", 10**9), ("M", 10**6), ("k", 10**3))
    return tuple(Step(size * _ROUND, Decimal(size), _SIGN, sign) for sign, size in sizes)


def _steps(locale: Locale) -> tuple[Step, ...]:
    """The short forms of CLDR, those of plural `other`: the others differ in spoken words, not in abbreviations."""
    found: list[Step] = []
    for text, pattern in locale.compact_currency_formats["short"]["other"].items():
        size, zeros = int(text), pattern.pattern.count("0")
        before, after = _affix(pattern.prefix[0]), _affix(pattern.suffix[0])
        if _SIGN not in before + after:
            continue  # written out in this locale
        step = Step(size * _ROUND, Decimal(size).scaleb(1 - zeros), before, "k" if after == "K" else after)
        if not found or (step.divisor, step.after) != (found[-1].divisor, found[-1].after):
            found.append(step)
    return tuple(reversed(found))


def _affix(text: str) -> str:
    return text.replace("'", "").replace("\u200f", "").replace("\u200e", "").replace(" ", NARROW)


@cache
def sign_of(currency: str, locale: str) -> str:
    """$ of USD, € of EUR; codes stand by themselves."""
    found: str = get_currency_symbol(currency, locale=locale)
    return found


def rounded(value: Decimal | float, digits: int) -> Decimal:
    """Half away from zero, to a number of digits."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number.quantize(_UNITS[digits], ROUND_HALF_UP)


def digits_of(number: Decimal, locale: str) -> str:
    """The digits of a number that is not negative, in groups."""
    made = marks(locale)
    text = f"{number:,}"
    if made.groups[1] != made.groups[0]:
        text = _grouped(f"{number:f}", *made.groups)
    return text if made.separators is None else text.translate(made.separators)


def _grouped(text: str, last: int, other: int) -> str:
    """Groups of unequal length: 12,34,56,789."""
    whole, point, rest = text.partition(".")
    found = [whole[-last:]]
    whole = whole[:-last]
    while whole:
        found.append(whole[-other:])
        whole = whole[:-other]
    return ",".join(reversed(found)) + point + rest


def amount_text(size: Decimal, currency: str, locale: str, form: tuple[str, str]) -> str:
    """Digits between what stands before and after them, with the currency's sign; `size` is rounded."""
    sign, (before, after) = sign_of(currency, locale), form
    if before.endswith(_SIGN) and sign[-1:].isalpha():
        before += NARROW
    return f"{before}{digits_of(size, locale)}{after}".replace(_SIGN, sign)


def compact_text(size: Decimal, currency: str, locale: str, finer: int = 0) -> str:
    """An amount that is not negative in its shortest form, with more digits than usual where they are asked for."""
    number, digits, step = _shortened(size, locale, finer)
    if step is None:
        return amount_text(rounded(number, digits), currency, locale, marks(locale).money)
    if step.divisor <= 100_000 and not number % 1:
        digits = 0
    return amount_text(rounded(number, digits), currency, locale, (step.before, step.after))


def as_shown(size: Decimal, locale: str, finer: int = 0) -> tuple[Decimal, Decimal]:
    """What the shortest form of an amount that is not negative says, and what its last digit is worth."""
    number, digits, step = _shortened(size, locale, finer)
    unit = Decimal(1 if step is None else step.divisor)
    return number * unit, Decimal(1).scaleb(-digits) * unit


def _shortened(size: Decimal, locale: str, finer: int) -> tuple[Decimal, int, Step | None]:
    """The number that is written, its digits, and the word for thousands or millions."""
    for step in marks(locale).steps:
        if size >= step.limit:
            part = size / step.divisor
            short = 1 if part < (Decimal("9.95") if step.divisor == 1000 else 100) else 0
            digits = (2 if step.divisor > 100_000 else short) + finer
            return rounded(part, digits), digits, step
    digits = 0 if size >= 100 or not size else 2 if size >= Decimal("0.095") else 4
    digits = max(digits, 2 if finer else 0) if size else 0
    return rounded(size, digits), digits, None


@cache
def _pattern(kind: Stamp, locale: str) -> tuple[DateTimePattern, Locale]:
    found = Locale.parse(locale)
    if locale == ENGLISH and kind in DESIGNED:
        return parse_pattern(DESIGNED[kind]), found
    known, skeleton = found.datetime_skeletons, SKELETONS[kind]
    text = known[skeleton].pattern if skeleton in known else skeleton
    # Names of months by themselves (L) are their own only where the language writes `LLLL y`; for other languages Babel
    # may give the names of another language that was read before. Abbreviations are the same in both forms.
    if "LLLL" not in text or "LLLL" not in known["yMMMM"].pattern:
        text = text.replace("L", "M")
    return parse_pattern(text), found


@lru_cache(maxsize=8192)
def stamp(when: date | datetime, kind: Stamp, locale: str) -> str:
    """A date as the locale writes it; an instant in its own zone."""
    pattern, found = _pattern(kind, locale)
    text: str = pattern.apply(when, found)
    text = text.replace("\u200f", "").replace("\u200e", "")
    return text.replace(" ", NARROW) if kind in UNBROKEN else text
