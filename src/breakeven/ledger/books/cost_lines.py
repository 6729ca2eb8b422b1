"""The four cost lines of stage 1, made from measures, pools and the projects' implementation plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.measuring.grid import ZERO, Grid, Sheet, prorated
from breakeven.ledger.measuring.measures import DECIMAL, Reading
from breakeven.ledger.sharing.allocate import UNALLOCATED, write_off

LINE_MEASURES: Mapping[str, tuple[str, ...]] = {
    "cost_direct": ("direct_cost",),
    "cost_metered": ("ai_cost", "interactions"),
    "cost_allocated": ("cost",),
    "cost_implementation": (),
}
"""Cost line → the measures it is made of."""

_WIDE = pa.decimal256(40, 12)
"""Room for a sum: Arrow wants one digit more than its parts have."""

Amounts = Mapping[tuple[date, str], Decimal]
"""(Month, project or pool) → an amount."""


def own_lines(made: Sheet, months: list[date], direct: Amounts, metered: Amounts) -> None:
    """Direct and metered cost; `direct` and `metered` are what an invoice changes in them."""
    columns = made.columns
    unused = pc.fill_null(pc.equal(columns["interactions"], ZERO), False)
    silent = pc.and_(pc.is_null(columns["ai_cost"]), unused)
    columns["cost_direct"] = _changed(made, months, columns["direct_cost"], direct)
    columns["cost_metered"] = _changed(made, months, pc.if_else(silent, ZERO, columns["ai_cost"]), metered)


def shared_line(made: Sheet, months: list[date], shares: Amounts) -> None:
    """Allocated cost. Without pools there is nothing to have a part of: a zero would pretend that some is known."""
    pooled = {month for month, _ in shares}
    parts = [shares.get(name, Decimal(0) if name[0] in pooled else None) for name in names(made, months)]
    made.columns["cost_allocated"] = pa.array(parts, DECIMAL)


def planned_line(reading: Reading, made: Sheet, months: list[date]) -> None:
    """The written-off implementation cost."""
    planned = {
        (month, project.id): prorated(part, month, reading)
        for project in reading.workspace.projects.values()
        for month, part in write_off(project).items()
    }
    made.columns["cost_implementation"] = pa.array([planned.get(name) for name in names(made, months)], DECIMAL)


def names(made: Sheet, months: list[date]) -> list[tuple[date, str]]:
    """Month and project of each row."""
    return [(months[cell], str(made.grid.projects[key])) for cell, key in made.grid.rows]


def with_unallocated(reading: Reading, made: Sheet) -> Sheet:
    """The sheet with one more key; what stands in its rows is unknown."""
    grid = Grid(made.grid.cells, made.grid.dims, [*made.grid.keys, (UNALLOCATED,)])
    place = {row: i for i, row in enumerate(made.grid.rows)}
    index = pa.array([place.get(row) for row in grid.rows], pa.int32())
    wider = Sheet(reading, grid, made.projects)
    wider.columns = {name: column.take(index) for name, column in made.columns.items()}
    wider.notes = {name: column.take(index) for name, column in made.notes.items()}
    return wider


def _changed(made: Sheet, months: list[date], column: pa.Array, changes: Amounts) -> pa.Array:
    if not changes:
        return column
    change = pa.array([changes.get(name) for name in names(made, months)], DECIMAL)
    total = pc.add(pc.fill_null(column, ZERO).cast(_WIDE), change.cast(_WIDE)).cast(DECIMAL)
    return pc.if_else(pc.is_null(change), column, total)
