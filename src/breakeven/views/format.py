"""Numbers as people read them."""

from __future__ import annotations

from decimal import Decimal


def exact_text(value: Decimal | float | None) -> str:
    """All digits of a number, without an exponent; – for what is unknown."""
    if value is None:
        return "–"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
