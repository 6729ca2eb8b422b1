"""Sheets: columns of numbers over the same rows, each row one cell of time and one key (a project, a model, a team…).

A sheet is where measures, assumptions and figures meet before a formula is evaluated over all rows at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import UNASSIGNED
from breakeven.ledger.measuring.measures import DECIMAL, MISSING, OF, RATE, Presence, Question, Reading
from breakeven.ledger.window import Cell, elapsed_share
from breakeven.measures import MEASURES
from breakeven.workspace.definitions import Assumption, AssumptionValue

Key = tuple[str | None, ...]
"""Values of a grid's dimensions."""

DENSE = 20_000
"""Up to this many rows every combination of cell and key has a row; above it only those with records."""
ZERO = pa.scalar(Decimal(0), DECIMAL)


class Grid:
    """The rows of a sheet."""

    def __init__(self, cells: Sequence[Cell], dims: Sequence[str], keys: Sequence[Key],
                 rows: Sequence[tuple[int, int]] | None = None) -> None:  # fmt: skip
        self.cells, self.dims, self.keys = tuple(cells), tuple(dims), tuple(keys)
        every = ((cell, key) for cell in range(len(cells)) for key in range(len(keys)))
        self.rows: tuple[tuple[int, int], ...] = tuple(every if rows is None else rows)
        """Index of the cell and of the key of each row; all of a cell's rows together."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def names(self) -> list[tuple[object, ...]]:
        """What answers of the store call each row: the cell's start and the values of the dimensions."""
        return [(self.cells[cell].key, *self.keys[key]) for cell, key in self.rows]

    @cached_property
    def projects(self) -> list[str | None]:
        """The project of each key; None where the grid is not cut by project."""
        if "project" not in self.dims:
            return [None] * len(self.keys)
        place = self.dims.index("project")
        return [key[place] for key in self.keys]

    @cached_property
    def places(self) -> tuple[pa.Array, pa.Array]:
        """Cell and key of each row, as columns."""
        cells, keys = zip(*self.rows, strict=True) if self.rows else ((), ())
        return pa.array(cells, pa.int32()), pa.array(keys, pa.int32())

    def per_cell(self, values: Sequence[object], kind: pa.DataType) -> pa.Array:
        """One value for each cell as a column."""
        return pa.array([values[cell] for cell, _ in self.rows], kind)


class Sheet:
    """Columns over a grid, and what is known about their gaps."""

    def __init__(self, reading: Reading, grid: Grid, projects: tuple[str, ...] | None) -> None:
        self.reading, self.grid = reading, grid
        self.projects = projects
        """The only projects it is about; None: all."""
        self.columns: dict[str, pa.Array] = {}
        """DECIMAL(38, 12) by figure; NULL is unknown."""
        self.notes: dict[str, pa.Array] = {}
        """The columns with the endings of `ledger/measuring/measures.py`."""
        self._unknown: dict[str, frozenset[int]] = {}

    def table(self, names: Sequence[str]) -> pa.Table:
        """Some columns as a table."""
        if names:
            return pa.table({name: self.columns[name] for name in names})
        return pa.table({"row": pa.array(range(len(self.grid)))})

    def read_again(self, reading: Reading) -> Self:
        """The same columns for another request: what is looked up later is read at its moment."""
        other = copy(self)
        other.reading = reading
        return other

    def forget(self) -> None:
        """Look at the columns anew: some were exchanged."""
        self._unknown = {}

    def unknown(self, name: str) -> frozenset[int]:
        """Rows in which a figure is unknown."""
        if name not in self._unknown:
            self._unknown[name] = frozenset(pc.indices_nonzero(pc.is_null(self.columns[name])).to_pylist())
        return self._unknown[name]

    def incomplete(self, measure: str) -> frozenset[int]:
        """Rows in which a measure could not see everything."""
        noted = measure + "?"
        if noted not in self._unknown:
            found: set[int] = set()
            if measure + MISSING in self.notes:
                some = pc.fill_null(pc.greater(self.notes[measure + MISSING], 0), False)
                found.update(pc.indices_nonzero(some).to_pylist())
            if measure + RATE in self.notes:
                found.update(pc.indices_nonzero(pc.is_valid(self.notes[measure + RATE])).to_pylist())
            self._unknown[noted] = frozenset(found)
        return self._unknown[noted]

    def value(self, name: str, row: int) -> Decimal | None:
        """One number."""
        found: Decimal | None = self.columns[name][row].as_py()
        return found

    def add(self, answer: pa.Table) -> None:
        """Take the columns of an answer of the store; where it has nothing, zero or unknown as the measure says."""
        keys = zip(*(answer.column(name).to_pylist() for name in ("period", *self.grid.dims)), strict=True)
        place = {key: row for row, key in enumerate(keys)}
        index = pa.array([place.get(name) for name in self.grid.names], pa.int32())
        known: dict[tuple[str, str], pa.Array] = {}
        for name in answer.column_names:
            if name == "period" or name in self.grid.dims:
                continue
            column = answer.column(name).combine_chunks().take(index)
            if "?" in name:
                self.notes[name] = column
                continue
            measure = MEASURES[name]
            if measure.zero_when_silent:
                source = (measure.relation, measure.reported_by)
                if source not in known:
                    known[source] = self._known(self.reading.presence(*source))
                silent = pc.and_(pc.is_null(column), known[source])
                if name + RATE in answer.column_names:
                    lost = answer.column(name + RATE).combine_chunks().take(index)
                    silent = pc.and_(silent, pc.is_null(lost))
                column = pc.if_else(silent, ZERO, column)
            self.columns[name] = column

    def _known(self, presence: Presence) -> pa.Array:
        """Cells in which silence is a zero: from the first record of the kind to today."""
        first, today = presence.first, self.reading.today
        known = [first is not None and cell.last > first and cell.first <= today for cell in self.grid.cells]
        return self.grid.per_cell(known, pa.bool_())

    def assume(self, assumption: Assumption) -> None:
        """Take an assumption: the project's own value where there is one, else the common one, as it stood then."""
        stated, index = self.stated(assumption)
        amounts = [None if value is None else value.value for _, value in stated]
        if assumption.per == "month":
            firsts = [self.grid.cells[cell].first for cell, _ in stated]
            amounts = [
                None if amount is None else prorated(amount, first, self.reading)
                for amount, first in zip(amounts, firsts, strict=True)
            ]
        self.columns[assumption.name] = pa.array(amounts, DECIMAL).take(index)

    def stated(self, assumption: Assumption) -> tuple[list[tuple[int, AssumptionValue | None]], pa.Array]:
        """The value in force in each cell for each scope (None: nothing is stated), and the rows' places among them."""
        by_scope: dict[str | None, list[AssumptionValue]] = {None: []}
        for value in sorted(assumption.values, key=lambda value: value.start):
            by_scope.setdefault(value.project, []).append(value)
        sole = self.projects[0] if self.projects is not None and len(self.projects) == 1 else None
        scopes = [sole if project is None else project for project in self.grid.projects]
        scopes = [project if project in by_scope else None for project in scopes]
        number = {scope: place for place, scope in enumerate(dict.fromkeys(scopes))}
        found: list[tuple[int, AssumptionValue | None]] = []
        for place, cell in enumerate(self.grid.cells):
            first, last = assumption_day(cell, self.reading.today), cell.last - timedelta(days=1)
            found += [(place, _on(by_scope, scope, first) or _on(by_scope, scope, last)) for scope in number]
        cells, keys = self.grid.places
        of_key = pa.array([number[scope] for scope in scopes], pa.int32()).take(keys)
        return found, pc.add(pc.multiply(cells, pa.scalar(len(number), pa.int32())), of_key)


def _on(by_scope: Mapping[str | None, Sequence[AssumptionValue]], scope: str | None, day: date
        ) -> AssumptionValue | None:  # fmt: skip
    """As `Assumption.on`, over values that are in order already."""
    for values in (by_scope[scope], by_scope[None]):
        count = bisect_right(values, day, key=lambda value: value.start)
        if count:
            return values[count - 1]
    return None


def prorated(amount: Decimal, month: date, reading: Reading) -> Decimal:
    """The part of an amount planned for a month that falls into the time until now."""
    if month < reading.open_month:
        return amount
    over, whole = elapsed_share(month.replace(day=1), reading.workspace.calendar, reading.now)
    return amount if over == whole else (amount * over / whole).quantize(Decimal("1e-12"))


def assumption_day(cell: Cell, today: date) -> date:
    """The day whose assumptions hold for a cell: the first of its last month that has begun."""
    last = min(cell.last - timedelta(days=1), max(today, cell.first))
    return max(cell.first, last.replace(day=1))


def sheet(reading: Reading, question: Question, cells: Sequence[Cell], also: Iterable[Key] = ()) -> Sheet:
    """The asked measures over the asked cells and all keys that were found, and those in `also`."""
    answers = reading.take(question)
    dims = question.dims
    found: dict[Key, None] = dict.fromkeys(also)
    for answer in answers:
        named = zip(*(answer.column(dim).to_pylist() for dim in dims), strict=True) if dims else [()]
        found.update(dict.fromkeys(named))
    keys = _ordered(found, question, reading) if dims else [()]
    rows = None
    if len(cells) * len(keys) > DENSE and dims:
        rows = _present(answers, cells, dims, keys)
    made = Sheet(reading, Grid(cells, dims, keys, rows), question.projects)
    for answer in answers:
        made.add(answer)
    return made


def _ordered(found: dict[Key, None], question: Question, reading: Reading) -> list[Key]:
    """Keys in a stable order: declared projects first, `unassigned` and unnamed last."""
    declared = list(reading.workspace.projects)
    if question.dims == ("project",):
        wanted = [p for p in declared if question.projects is None or p in question.projects]
        return [(p,) for p in wanted] + sorted((k for k in found if k[0] not in wanted), key=_last)
    return sorted(found, key=_last)


def _last(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None or part == UNASSIGNED, part or "") for part in key)


def _present(answers: Sequence[pa.Table], cells: Sequence[Cell], dims: Sequence[str], keys: Sequence[Key]
             ) -> list[tuple[int, int]]:  # fmt: skip
    cell_place = {cell.key: i for i, cell in enumerate(cells)}
    key_place = {key: i for i, key in enumerate(keys)}
    rows: set[tuple[int, int]] = set()
    for answer in answers:
        periods: list[datetime] = answer.column("period").to_pylist()
        named = zip(*(answer.column(dim).to_pylist() for dim in dims), strict=True)
        rows.update((cell_place[period], key_place[key]) for period, key in zip(periods, named, strict=True))
    return sorted(rows)


def measure_gap(sheet: Sheet, name: str, row: int) -> str | None:
    """Why a measure is unknown in a row, or what its value does not include; None if it is complete."""
    measure, cell = MEASURES[name], sheet.grid.cells[sheet.grid.rows[row][0]]
    said = []
    missing, of, rate = (sheet.notes.get(name + ending) for ending in (MISSING, OF, RATE))
    if missing is not None and of is not None and missing[row].as_py():
        said.append(f"{missing[row].as_py()} of {of[row].as_py()} {measure.missing_words}")
    if rate is not None and rate[row].as_py():
        said.append(rate[row].as_py())
    if said or sheet.value(name, row) is not None:
        return "; ".join(said) or None
    kind, words = measure.relation.replace("_", " "), measure.label[:1].lower() + measure.label[1:]
    if sheet.reading.presence(measure.relation).first is None:
        return f"not measured: no {kind} has been recorded"
    presence = sheet.reading.presence(measure.relation, measure.reported_by)
    if presence.first is None:
        return f"not measured: no {kind} record reports {words}"
    if cell.first > sheet.reading.today:
        return f"{cell.name} lies in the future"
    if cell.last <= presence.first:
        return f"not measured: {kind} records start on {presence.first}"
    if measure.expression.startswith("weekly:"):
        return f"no week begins in {cell.name}"
    return f"not measured in {cell.name}: no {kind} says {words}"


def assumption_gap(sheet: Sheet, assumption: Assumption, row: int) -> str:
    """Why an assumption is unknown in a row."""
    cell, key = sheet.grid.rows[row]
    project = sheet.grid.projects[key]
    if not assumption.values:
        return assumption.refusal or f"{assumption.name} is not stated"
    if assumption.per == "month" and project is None:
        return f"{assumption.name} is stated per month and project"
    scope = f" for {project}" if project else ""
    return f"{assumption.name} is not stated{scope} on {assumption_day(sheet.grid.cells[cell], sheet.reading.today)}"
