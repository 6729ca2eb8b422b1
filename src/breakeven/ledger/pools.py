"""Pools of shared cost: what each holds in a month, and who gets which part."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from breakeven.ledger.allocate import allocate, running_in, weights
from breakeven.ledger.cost_lines import Amounts
from breakeven.ledger.grid import Sheet
from breakeven.ledger.measures import Question, Reading
from breakeven.ledger.window import Window
from breakeven.period import Grain


def pools_of(reading: Reading, span: Window) -> dict[tuple[date, str], Decimal]:
    """(Month, pool) → the cost on its bills."""
    answer = reading.take(Question(("cost",), span, Grain.MONTH, ("pool",)))[0].to_pylist()
    return {(row["period"].date(), row["pool"]): row["cost"] for row in answer if row["pool"] is not None}


def shares(
    reading: Reading, made: Sheet, months: list[date], span: Window, pooled: Amounts
) -> dict[tuple[date, str], Decimal]:
    """(Month, project) → its part of the pools."""
    found: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
    if not any(pooled.values()):
        return found
    counts = made.columns["interactions"].to_pylist()
    used: defaultdict[date, dict[str, Decimal]] = defaultdict(dict)
    for (cell, key), count in zip(made.grid.rows, counts, strict=True):
        if count:
            used[months[cell]][str(made.grid.projects[key])] = count
    for (month, name), amount in pooled.items():
        pool = reading.workspace.pools.get(name)
        for project, part in allocate(amount, weights(pool, running_in(reading, month), used[month])).items():
            found[month, project] += part
    return found
