"""The way to break-even as two lines: what was brought and what was spent so far, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from breakeven.ledger.results import MonthPoint, Result
from breakeven.period import add_months


class SoFar(Result, frozen=True, kw_only=True):
    """Where both sums stood at the end of a day; their difference is the cumulative net value of the statement."""

    on: date
    """Last day of the month, or today in the open one; the first point is the day on which it began, at nothing."""
    value: Decimal
    cost: Decimal


def so_far(points: Sequence[MonthPoint], today: date) -> tuple[SoFar, ...]:
    """The months of a statement's way, added up."""
    if not points:
        return ()
    value, cost = Decimal(0), Decimal(0)
    found = [SoFar(on=points[0].month, value=value, cost=cost)]
    for point in points:
        value, cost = value + point.value, cost + point.cost
        last = add_months(point.month, 1) - timedelta(days=1)
        found.append(SoFar(on=min(last, max(today, point.month)), value=value, cost=cost))
    return tuple(found)
