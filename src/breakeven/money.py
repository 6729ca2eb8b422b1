"""Money: currencies, dated exchange rates, and parts that add up to their whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

import msgspec
from babel.numbers import list_currencies

CENT = Decimal("0.01")
CURRENCIES: frozenset[str] = frozenset(list_currencies())
"""ISO 4217 codes, present and past, as CLDR lists them."""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One dated exchange rate: 1 unit of `currency` is `rate` units of the workspace's currency."""

    currency: str
    rate: Decimal
    start: date
    """First day on which it holds."""
    source: str
    """Where it comes from, for the auditor."""


def cents(amount: Decimal) -> Decimal:
    """An amount to the cent, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def split(amount: Decimal, weights: Sequence[Decimal], unit: Decimal = CENT) -> list[Decimal]:
    """Parts of `amount` in proportion to `weights`, in whole `unit`s, that add up to `amount` rounded to `unit`.

    Largest-remainder method (Hamilton): each part is rounded down, the units left over go to the largest remainders,
    the earlier weight first where remainders are equal. Raises ValueError for a negative weight, or where all are zero.
    """
    whole = sum(weights, Decimal(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative and must not all be zero")
    total = int((amount / unit).to_integral_value(ROUND_HALF_UP))
    sign, size = (-1, -total) if total < 0 else (1, total)
    exact = [size * weight / whole for weight in weights]
    floors = [int(part.to_integral_value(ROUND_FLOOR)) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (floors[i] - exact[i], i))
    left = size - sum(floors)
    for i in by_remainder[:left]:
        floors[i] += 1
    return [sign * part * unit for part in floors]
