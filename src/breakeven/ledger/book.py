"""The book: value and cost of every month and project, from the first record to the open month.

Stage 1 of two. Here are made, per month and project: the cost lines, the value categories and the metrics that add up
(`total: sum`), all by one SQL statement. Whatever is asked for later (a quarter, the portfolio) is summed from this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import UNASSIGNED
from breakeven.formula import Evaluator
from breakeven.ledger.allocate import UNALLOCATED, allocate, ran, running_in, weights, write_off
from breakeven.ledger.grid import ZERO, Grid, Sheet, prorated, sheet
from breakeven.ledger.measures import DECIMAL, Question, Reading, span_of
from breakeven.ledger.window import Cell, Window, window
from breakeven.measures import MEASURES
from breakeven.period import Grain, add_months
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Definition, Total

LINE_MEASURES: Mapping[str, tuple[str, ...]] = {
    "cost_direct": ("direct_cost",),
    "cost_metered": ("ai_cost", "interactions"),
    "cost_allocated": ("cost",),
    "cost_implementation": (),
}
"""Cost line → the measures it is made of."""


def closure(definitions: Mapping[str, Definition], wanted: Iterable[str], inputs: Collection[str] = ()
            ) -> dict[str, Definition]:  # fmt: skip
    """The wanted definitions and those they need, in order of evaluation; what is in `inputs` is not looked into."""
    needed: set[str] = set()
    waiting = [name for name in wanted if name in definitions and name not in inputs]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [n for n in definitions[name].expression.names if n in definitions and n not in inputs]
    return {name: definition for name, definition in definitions.items() if name in needed}


def inputs_of(definitions: Mapping[str, Definition]) -> list[str]:
    """Names that definitions use and do not make."""
    used = (name for definition in definitions.values() for name in definition.expression.names)
    return [name for name in dict.fromkeys(used) if name not in definitions]


class Book:
    """Stage 1, evaluated. Rows are months × projects; `unallocated` is among the projects where there is such cost."""

    def __init__(
        self, made: Sheet, definitions: Mapping[str, Definition], months: list[date], ran_in: list[bool]
    ) -> None:
        self.sheet, self.definitions, self.months = made, definitions, months
        self.ran_in = ran_in
        """Whether the project of each row ran in its month."""
        lost = UNASSIGNED if made.reading.workspace.projects else None
        self.expected = [run and made.grid.names[row][1] != lost for row, run in enumerate(ran_in)]
        """Whether a row should be known: of `unassigned` nobody states baselines, once there are projects."""
        self.uncounted: dict[str, dict[str, Decimal]] = {}
        """Value category → project → amount in months in which the project did not run; it is not counted."""

    def read_again(self, reading: Reading) -> Self:
        """The same book for another request: its facts are the same, the moment it was read at is over."""
        other = copy(self)
        other.sheet = self.sheet.read_again(reading)
        return other

    @property
    def projects(self) -> list[str]:
        """Keys of the rows."""
        return [str(key[0]) for key in self.sheet.grid.keys]

    @cached_property
    def month_place(self) -> dict[date, int]:
        """Month → its place among the cells."""
        return {month: place for place, month in enumerate(self.months)}

    def places(self, first: date, last: date) -> range:
        """Places of the months in [first, last)."""
        found = [place for month, place in self.month_place.items() if first <= month < last]
        return range(found[0], found[-1] + 1) if found else range(0)


def make_book(reading: Reading, evaluator: Evaluator) -> Book:
    """Evaluate stage 1 for all months and projects."""
    methodology = reading.workspace.methodology.definitions
    sums = [name for name, definition in methodology.items() if definition.total is Total.SUM]
    definitions = closure(methodology, sums)
    inputs = inputs_of(definitions)
    lines = [measure for line in COST_LINES for measure in LINE_MEASURES[line] if measure != "cost"]
    measures = tuple(dict.fromkeys([name for name in inputs if name in MEASURES] + lines))
    months, span = _months(reading, measures)
    cells = [Cell(f"{m:%Y-%m}", datetime.combine(m, time()), m, add_months(m, 1)) for m in months]
    made = sheet(reading, Question(measures, span, Grain.MONTH, ("project",)), cells)
    shares = _shares(reading, made, months, span)
    if any(project == UNALLOCATED for _, project in shares):
        made = _with_unallocated(reading, made)
    _cost_lines(reading, made, months, shares)
    for name in inputs:
        if name in reading.workspace.assumptions:
            made.assume(reading.workspace.assumptions[name])
    projects = reading.workspace.projects
    running = {
        (cell, key): name != UNALLOCATED and ran(projects.get(str(name)), month)
        for cell, month in enumerate(months)
        for key, name in enumerate(made.grid.projects)
    }
    book = Book(made, definitions, months, [running[row] for row in made.grid.rows])
    _evaluate(book, evaluator, inputs)
    return book


def _months(reading: Reading, measures: Iterable[str]) -> tuple[list[date], Window]:
    today = reading.today
    kinds = {MEASURES[name].relation for name in measures} | {"cost"}
    found = span_of(reading, sorted(kinds))
    starts = [p.implementation.start for p in reading.workspace.projects.values() if p.implementation]
    first = min([*starts, *([found[0]] if found else []), today]).replace(day=1)
    end = add_months(today, 1)
    months = [first]
    while add_months(months[-1], 1) < end:
        months.append(add_months(months[-1], 1))
    return months, window(first, end, reading.workspace.calendar)


def _shares(reading: Reading, made: Sheet, months: list[date], span: Window) -> dict[tuple[date, str], Decimal]:
    """(month, project) → its part of the pools."""
    pools = reading.take(Question(("cost",), span, Grain.MONTH, ("pool",)))[0]
    pooled = [row for row in pools.to_pylist() if row["pool"] is not None and row["cost"]]
    found: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
    if not pooled:
        return found
    counts = made.columns["interactions"].to_pylist()
    used: defaultdict[date, dict[str, Decimal]] = defaultdict(dict)
    for (cell, key), count in zip(made.grid.rows, counts, strict=True):
        if count:
            used[months[cell]][str(made.grid.projects[key])] = count
    for row in pooled:
        month = row["period"].date()
        pool = reading.workspace.pools.get(row["pool"])
        for project, part in allocate(row["cost"], weights(pool, running_in(reading, month), used[month])).items():
            found[month, project] += part
    return found


def _with_unallocated(reading: Reading, made: Sheet) -> Sheet:
    """The sheet with one more key; what stands in its rows is unknown."""
    grid = Grid(made.grid.cells, made.grid.dims, [*made.grid.keys, (UNALLOCATED,)])
    place = {row: i for i, row in enumerate(made.grid.rows)}
    index = pa.array([place.get(row) for row in grid.rows], pa.int32())
    wider = Sheet(reading, grid, made.projects)
    wider.columns = {name: column.take(index) for name, column in made.columns.items()}
    wider.notes = {name: column.take(index) for name, column in made.notes.items()}
    return wider


def _cost_lines(reading: Reading, made: Sheet, months: list[date], shares: Mapping[tuple[date, str], Decimal]) -> None:
    grid, columns = made.grid, made.columns
    names = [(months[cell], str(grid.projects[key])) for cell, key in grid.rows]
    direct = columns["direct_cost"]
    unused = pc.fill_null(pc.equal(columns["interactions"], ZERO), False)
    columns["cost_direct"] = direct
    columns["cost_metered"] = pc.if_else(pc.and_(pc.is_null(columns["ai_cost"]), unused), ZERO, columns["ai_cost"])
    # Without pools there is nothing to have a part of: a zero would pretend that some cost is known.
    pooled = {month for month, _ in shares}
    parts = [shares.get(name, Decimal(0) if name[0] in pooled else None) for name in names]
    columns["cost_allocated"] = pa.array(parts, DECIMAL)
    planned = {
        (month, project.id): prorated(part, month, reading)
        for project in reading.workspace.projects.values()
        for month, part in write_off(project).items()
    }
    columns["cost_implementation"] = pa.array([planned.get(name) for name in names], DECIMAL)


def _evaluate(book: Book, evaluator: Evaluator, inputs: list[str]) -> None:
    formulas = {name: definition.expression for name, definition in book.definitions.items()}
    if not formulas:
        return
    made, active = book.sheet, pa.array(book.ran_in, pa.bool_())
    answer = evaluator.evaluate(formulas, made.table(inputs))
    for name, definition in book.definitions.items():
        column = answer.column(name).combine_chunks()
        if definition.section == "value":
            outside = pc.and_(pc.invert(active), pc.fill_null(pc.not_equal(column, ZERO), False))
            for row in pc.indices_nonzero(outside).to_pylist():
                project = str(made.grid.projects[made.grid.rows[row][1]])
                lost = book.uncounted.setdefault(name, {})
                lost[project] = lost.get(project, Decimal(0)) + column[row].as_py()
            column = pc.if_else(active, column, pa.scalar(None, DECIMAL))
        made.columns[name] = column
