"""Pools of shared cost: what each holds in a month, and who gets which part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext

import pyarrow as pa

from breakeven.ledger.books.cost_lines import Amounts
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import RATE, Question, Reading
from breakeven.ledger.sharing.allocate import EXACT, UNALLOCATED
from breakeven.ledger.sharing.drivers import Drivers
from breakeven.ledger.sharing.splitting import Solved, Splitting
from breakeven.ledger.window import Window
from breakeven.period import Grain


def pools_of(reading: Reading, span: Window) -> dict[tuple[date, str], Decimal]:
    """(Month, pool) → the cost on its bills, as far as it is known."""
    answer = reading.take(Question(("cost",), span, Grain.MONTH, ("pool",)))[0].to_pylist()
    return {
        (row["period"].date(), row["pool"]): row["cost"]
        for row in answer
        if row["pool"] is not None and row["cost"] is not None
    }


def unconverted(reading: Reading, span: Window) -> dict[tuple[date, str], str]:
    """(Month, pool) → the exchange rate that some of its bills lack."""
    name = "cost" + RATE
    answer = reading.take(Question(("cost",), span, Grain.MONTH, ("pool",)))[0]
    rows = answer.to_pylist() if name in answer.column_names else []
    return {(row["period"].date(), row["pool"]): row[name] for row in rows if row["pool"] is not None and row[name]}


def pooled_cost(reading: Reading, span: Window, changes: Amounts) -> dict[tuple[date, str], Decimal]:
    """(Month, pool) → what is split: its bills, and what invoices change in them."""
    found = pools_of(reading, span)
    for place, change in changes.items():
        found[place] = (found.get(place) or Decimal(0)) + change
    return found


def shares(
    reading: Reading, made: Sheet, months: list[date], span: Window, pooled: Amounts
) -> dict[tuple[date, str], Decimal]:
    """(Month, project) → its part of the pools; `unallocated` among the projects.

    Bills that cannot be converted are noted in the sheet, in the rows of those who may share them.
    """
    _note_unconverted(reading, made, months, unconverted(reading, span))
    billed = by_month(pooled)
    if not billed:
        return {}
    splitting = Splitting(reading.workspace.pools, Drivers(reading, made, months, span))
    rows = {(months[cell], str(made.grid.projects[key])) for cell, key in made.grid.rows}
    return collected(splitting, {month: splitting.month(month, amounts) for month, amounts in billed.items()}, rows)


def collected(
    splitting: Splitting, solved: Mapping[date, Sequence[Solved]], rows: Collection[tuple[date, str]]
) -> dict[tuple[date, str], Decimal]:
    """The final parts of all pools by month and project.

    What would go to a project that has no row in the ledger is `unallocated` too: no amount is lost.
    """
    found: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for month, pools in solved.items():
            for one in pools:
                for name, part in splitting.final(one).items():
                    found[month, name if (month, name) in rows else UNALLOCATED] += part
    return dict(found)


def _note_unconverted(reading: Reading, made: Sheet, months: list[date], lost: Mapping[tuple[date, str], str]) -> None:
    if not lost:
        return
    said: dict[tuple[date, str | None], str] = {}
    for (month, name), words in sorted(lost.items(), reverse=True):
        pool = reading.workspace.pools.get(name)
        split = pool.on(month) if pool is not None else None
        named = () if split is None or split.everyone or split.feeds else split.projects
        for project in named or made.grid.projects:
            said[month, project] = words
    noted = [said.get((months[cell], made.grid.projects[key])) for cell, key in made.grid.rows]
    made.notes = {**made.notes, "cost" + RATE: pa.array(noted, pa.string())}


def by_month(pooled: Amounts) -> dict[date, dict[str, Decimal]]:
    """Month → pool → amount; what is zero or unknown is left out."""
    found: defaultdict[date, dict[str, Decimal]] = defaultdict(dict)
    for (month, pool), amount in pooled.items():
        if amount:
            found[month][pool] = amount
    return dict(found)
