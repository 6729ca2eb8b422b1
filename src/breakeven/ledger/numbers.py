"""How figures are handed out: money and counts exact, without the zeros that the arithmetic carries along."""

from __future__ import annotations

from decimal import Context, Decimal

from breakeven.ledger.results import Number

EXACT = Context(prec=60)
"""Wide enough for any amount of 38 digits."""
CENT = Decimal("0.01")


def tidy(amount: Decimal) -> Decimal:
    """An amount without trailing zeros, but with two decimals at least."""
    short = amount.normalize(EXACT)
    exponent = short.as_tuple().exponent
    return short.quantize(CENT, context=EXACT) if isinstance(exponent, int) and exponent > -2 else short


def tidy_or_none(amount: Decimal | None) -> Decimal | None:
    """The same for what may be unknown."""
    return None if amount is None else tidy(amount)


def plain(value: Decimal | None, unit: str) -> Number | None:
    """A figure as its unit wants it: money as decimal, whole numbers as int, others as float."""
    if value is None:
        return None
    if "money" in unit:
        return tidy(value)
    return int(value) if value == value.to_integral_value(context=EXACT) else float(value)
