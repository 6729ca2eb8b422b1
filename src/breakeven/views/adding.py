"""Parts that add up to their total as shown: where rounding prevents it, all of them get a digit more."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from breakeven.views.format import Display
from breakeven.views.locales import as_shown

MOST = 4
"""Digits more than usual at most: amounts of cents then add up whatever they are."""


def adding(show: Display, *sums: tuple[Sequence[Decimal | None], Decimal | None]) -> Display:
    """How to write some parts and their totals, so that a reader who adds up what is shown gets what is shown."""
    for finer in range(MOST):
        if all(_adds(show, parts, total, finer) for parts, total in sums):
            return msgspec.structs.replace(show, finer=finer)
    return msgspec.structs.replace(show, finer=MOST)


def _adds(show: Display, parts: Sequence[Decimal | None], total: Decimal | None, finer: int) -> bool:
    """Whether the parts as shown add up to the total as shown, as far as its last digit tells."""
    if total is None:
        return True
    written = sum((_read(show, part, finer)[0] for part in parts if part is not None), Decimal(0))
    told, unit = _read(show, total, finer)
    return abs(written - told) * 2 <= unit


def _read(show: Display, amount: Decimal, finer: int) -> tuple[Decimal, Decimal]:
    """An amount as it is read, and what its last digit is worth."""
    translated = show.amount(amount) or Decimal(0)
    size, unit = as_shown(abs(translated), show.locale, finer)
    return (-size if translated < 0 else size), unit
