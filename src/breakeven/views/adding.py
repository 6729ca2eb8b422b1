"""Parts that add up to their total as shown.

Where rounding prevents it, all of them get a digit more. Where that does not help either, the parts that rounding moved
furthest are rounded the other way in their last digit (largest remainder), which still is less than one of it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from breakeven.views.format import Display
from breakeven.views.locales import as_shown

FINER = (0, 1)
"""Digits more than usual that are tried."""
Sum = tuple[Sequence[Decimal | None], Decimal | None]
"""Parts and their total."""


class _Read(msgspec.Struct, frozen=True):
    """An amount as it is read."""

    amount: Decimal
    exact: Decimal
    """In the currency shown."""
    shown: Decimal
    unit: Decimal
    """What its last digit is worth."""


def adding(show: Display, *sums: Sum) -> Display:
    """How to write some parts and their totals, so that a reader who adds up what is shown gets what is shown."""
    known = [(tuple(part for part in parts if part is not None), total) for parts, total in sums if total is not None]
    for finer in FINER:
        if all(abs(_gap(show, parts, total, finer)) * 2 <= _read(show, total, finer).unit for parts, total in known):
            return msgspec.structs.replace(show, finer=finer)
    nudged: dict[Decimal, Decimal] = {}
    for parts, total in known:
        nudged.update(_nudged(show, parts, total, FINER[-1]))
    return msgspec.structs.replace(show, finer=FINER[-1], nudged=nudged)


def _gap(show: Display, parts: Sequence[Decimal], total: Decimal, finer: int) -> Decimal:
    """What the total as shown is above the sum of the parts as shown."""
    return _read(show, total, finer).shown - sum((_read(show, part, finer).shown for part in parts), Decimal(0))


def _nudged(
    show: Display, parts: Sequence[Decimal], total: Decimal, finer: int
) -> Iterator[tuple[Decimal, Decimal]]:  # fmt: skip
    gap, unit = _gap(show, parts, total, finer), _read(show, total, finer).unit
    up = gap > 0
    # Only what stands once among the parts: of two equal ones both would be written otherwise.
    read = [_read(show, part, finer) for part in parts if part and parts.count(part) == 1 and part != total]
    read = [one for one in read if (one.exact > one.shown) == up and one.exact != one.shown]
    read.sort(key=lambda one: -abs(one.exact - one.shown) / one.unit)
    for one in read:
        if abs(gap) * 2 <= unit:
            return
        if one.unit > abs(gap) * 2:
            continue
        step = one.unit if up else -one.unit
        gap -= step
        yield one.amount, one.shown + step


def _read(show: Display, amount: Decimal, finer: int) -> _Read:
    exact = show.amount(amount) or Decimal(0)
    size, unit = as_shown(abs(exact), show.locale, finer)
    return _Read(amount, exact, -size if exact < 0 else size, unit)
