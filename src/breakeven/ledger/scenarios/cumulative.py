"""Cumulative net value month by month: the present, a scenario, and the scenario's range.

The lines are exact; the range is drawn on a surface of all months, where nothing that is unknown adds anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from breakeven.ledger.desk import INVESTMENT, VALUE, Desk
from breakeven.ledger.results import MonthPoint
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.draws import Drawn, Numbers, Span, Variate, rounded
from breakeven.ledger.scenarios.explored import Month
from breakeven.ledger.scenarios.scope import Scope, check_scope
from breakeven.ledger.scenarios.surface import Surface, monthly_surface
from breakeven.period import add_months

DRAWS = 400
"""Of a range that is looked at as a band: its ends are known to an eighth of its width."""
ENDS = (0.1, 0.9)


class Line(NamedTuple):
    months: tuple[Month, ...]
    draws: int
    """Of the range; 0: nothing is uncertain."""


def months(desk: Desk, at: Desk, scope: Scope, changes: Sequence[Change], seed: int) -> Line:
    """The months of a scope's projects from the first with an amount to the end of the period; `at`: the scenario."""
    projects = check_scope(desk, scope)
    until = min(scope.period.end, add_months(desk.reading.open_month, 1))
    before, after = (
        {point.month: point for point in each.series(each.monthly(projects=projects)).points(until)}
        for each in (desk, at)
    )
    listed = sorted({*before, *after})
    made = monthly_surface(desk, scope, projects, changes)
    variates = made.supposed(changes)
    uncertain = any(variate.spread for variate in variates)
    band = _band(made, variates, desk, seed) if uncertain and listed else {}
    return Line(tuple(_month(month, before, after, band, desk.reading.open_month) for month in listed),
                DRAWS if band else 0)  # fmt: skip


def _month(
    month: date, before: Mapping[date, MonthPoint], after: Mapping[date, MonthPoint],
    band: Mapping[date, tuple[Decimal | None, Decimal | None]], open_month: date,
) -> Month:  # fmt: skip
    was, would = (None if month not in each else each[month].cumulative for each in (before, after))
    low, high = band.get(month, (None, None))
    return Month(month=month, before=was, after=would, low=low, high=high, complete=month < open_month)


def _band(
    made: Surface, variates: Sequence[Variate], desk: Desk, seed: int
) -> dict[date, tuple[Decimal | None, Decimal | None]]:  # fmt: skip
    """P10 and P90 of the cumulative net value at the end of each month."""
    found = made.model.rows(Drawn(variates, seed, Span(0, DRAWS)), (VALUE, INVESTMENT))
    if VALUE not in found and INVESTMENT not in found:
        return {}
    value, cost = (_known(found[name] if name in found else made.model.fixed(name, DRAWS))
                   for name in (VALUE, INVESTMENT))  # fmt: skip
    ends = np.quantile(np.cumsum(value - cost, axis=0), ENDS, axis=1)
    return {month: (rounded(float(low), "money"), rounded(float(high), "money"))
            for month, low, high in zip(desk.book().months, *ends, strict=True)}  # fmt: skip


def _known(values: Numbers) -> Numbers:
    return np.where(np.isfinite(values), values, 0.0)
