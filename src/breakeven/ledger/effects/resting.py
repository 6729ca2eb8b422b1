"""What a figure does to a value that rests on it: the part of the value that counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import msgspec

from breakeven.ledger.numbers import EXACT, tidy
from breakeven.workspace.definitions import Direction, Resting

ONE, TWELFTH = Decimal(1), Decimal("1e-12")


class Decay(msgspec.Struct, frozen=True):
    """What one figure did to a value in a month."""

    rest: Resting
    baseline: Decimal
    """The baseline of the month: of a figure that adds up, an open month has its elapsed share."""
    value: Decimal | None
    """The figure; None: not measured."""
    factor: Decimal
    """Part of the value that counts, 0 to 1."""
    reason: str | None
    """Why the figure is unknown."""

    @property
    def words(self) -> str | None:
        """What is to be said of it; None: the figure stands where it should."""
        if self.value is None:
            return f"{self.rest.figure} is not measured ({self.reason}): nothing is taken away for it"
        if self.factor == ONE:
            return None
        share = (self.factor * 100).quantize(Decimal("0.01"))
        return f"{self.rest.figure} is {short(self.value)} against {short(self.baseline)}: {share} % counts"


Decays = Mapping[str, Mapping[tuple[date, str], tuple[Decay, ...]]]
"""Category → (month, project) → what its figures do, in the order in which they are declared."""


def factor(rest: Resting, value: Decimal, baseline: Decimal) -> Decimal:
    """Part of a value that counts."""
    down = rest.direction is Direction.DOWN
    worse = value - baseline if down else baseline - value
    if worse <= rest.tolerance or worse <= 0:
        return ONE
    share = baseline / value if down else value / baseline
    return min(ONE, max(rest.floor, share)).quantize(TWELFTH)


def whole_factor(decays: tuple[Decay, ...]) -> Decimal:
    """What counts of a value after all its figures."""
    share = ONE
    for decay in decays:
        share = (share * decay.factor).quantize(TWELFTH)
    return share


def counts(amount: Decimal, share: Decimal) -> Decimal:
    """Part of an amount that counts; of a loss nothing is taken away."""
    if amount <= 0 or share == ONE:
        return amount
    with localcontext(EXACT):
        return (amount * share).quantize(TWELFTH, rounding=ROUND_HALF_EVEN)


def short(number: Decimal) -> str:
    """A figure in words, at four decimals at the most."""
    return format(tidy(number.quantize(Decimal("0.0001"))), "f")
