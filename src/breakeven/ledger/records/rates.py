"""The exchange rate that converts an amount of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from breakeven.ledger.measuring.measures import Reading
from breakeven.money import Rate

_DIGITS = Decimal("1e-12")


def rate_of(reading: Reading, currency: str | None, day: date) -> Rate | None:
    """The rate in force on a local day; None: the amount is in the workspace's currency, or there is no rate.

    At constant currency every day has the rates of one.
    """
    known = [rate for rate in reading.workspace.rates if rate.currency == currency and rate.start <= day]
    return max(known, key=lambda rate: rate.start, default=None) if foreign(reading, currency) else None


def foreign(reading: Reading, currency: str | None) -> bool:
    """Whether amounts in a currency are converted."""
    return currency is not None and currency != reading.workspace.currency


def converted(reading: Reading, amount: Decimal | None, currency: str | None, day: date) -> Decimal | None:
    """An amount in the workspace's currency; None: it or its rate is not known."""
    if amount is None or not foreign(reading, currency):
        return amount
    rate = rate_of(reading, currency, day)
    return None if rate is None else (amount * rate.rate).quantize(_DIGITS)
