"""Whether a number with all its digits is the one that a text shows.

A cell may be sorted by another number, and a live page shows the present where a figure is asked for the period.
"""

from __future__ import annotations

import re
from decimal import Decimal

from breakeven.views.locales import marks

_NUMBER = re.compile(r"\d(?:[\d.,'’\u00a0\u202f]*\d)?")
_SHOWN_FIRST = re.compile(r"[^\w]*\d")
FEW = 2
"""Digits of which each says much."""
_SHORT = re.compile(r"\s?[kKMB](?![a-z])")


def shows(text: str, exact: Decimal) -> bool:
    """Whether the text's number is the exact one rounded, on whatever scale; what begins with words is not read."""
    found = _NUMBER.search(text)
    if found is None or not _SHOWN_FIRST.match(text):
        return True
    if _NUMBER.search(text, found.end()):
        # A day, or two numbers.
        return False
    digits = re.sub(r"\D", "", found[0]).lstrip("0")
    if not digits or not exact:
        return abs(exact) < 1 and not digits
    # Parts that rounding moved so that they add up are one off in their last digit.
    near = Decimal("1.51") if len(digits) > FEW else Decimal("0.51")
    leading = abs(exact).scaleb(len(digits) - 1 - exact.adjusted())
    # 99.97 is rounded to 100.0, which has a digit more.
    return abs(leading - int(digits)) <= near or (round(leading / 10) == int(digits) and digits.strip("0") == "1")


def short(text: str) -> str:
    """How an amount is shortened: k of $34.9k; empty where it is not."""
    found = _NUMBER.search(text)
    after = _SHORT.match(text, found.end()) if found is not None else None
    return after[0].strip() if after is not None else ""


def read(text: str, locale: str) -> Decimal | None:
    """The number of a text, with the digits that it has; None where it has none, or is shortened."""
    found = _NUMBER.search(text)
    if found is None or short(text):
        return None
    separators = marks(locale).separators or {ord(","): ",", ord("."): "."}
    group, point = separators[ord(",")], separators[ord(".")]
    size = Decimal(found[0].replace(group, "").replace(point, "."))
    return -size if text[: found.start()].strip()[:1] in ("−", "-") else size
