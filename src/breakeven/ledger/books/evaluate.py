"""Figures at the level that is asked for: stage 2 of two.

Measures are taken at that level, value categories, cost lines and metrics that add up are summed from the months and
projects of stage 1, and all other metrics are made from these, by one SQL statement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime, time
from functools import cached_property
from typing import Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.books.cost_lines import LINE_MEASURES
from breakeven.ledger.measuring.grid import Grid, Key, Sheet, sheet
from breakeven.ledger.measuring.measures import DECIMAL, Only, Question, Reading, dimensions
from breakeven.ledger.window import COARSE, Cell, Window, cells
from breakeven.measures import MEASURES, Additivity
from breakeven.period import Grain
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Definition, Total, Workspace


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, and the level at which they are wanted."""

    names: tuple[str, ...]
    span: Window
    grain: Grain
    dims: tuple[str, ...] = ()
    projects: tuple[str, ...] | None = None
    name: str = "all"
    """What a cell of grain all is called."""
    only: Only = ()
    """Values that columns other than the project must have."""

    @property
    def by_month(self) -> bool:
        """Whether the level consists of whole months and projects, so that the book can be summed to it."""
        return self.grain in COARSE and self.span.whole_months and set(self.dims) <= {"project"} and not self.only


class Level:
    """Figures over cells and keys, and where they come from."""

    def __init__(self, ask: Ask, made: Sheet, definitions: Mapping[str, Definition], book: Book | None,
                 parts: Sheet | None, monthly: frozenset[str]) -> None:  # fmt: skip
        self.ask, self.sheet, self.definitions = ask, made, definitions
        self.book, self.parts = book, parts
        """What summed figures are summed from: the book, or sheets of the same kind at a finer level."""
        self._leaves: dict[str, list[str]] = {}
        self._sums = frozenset(_sums(made.reading.workspace))
        self.monthly = monthly
        """Figures that are unknown here because they are made per month and project."""
        self.gaps: dict[tuple[str, int], str | None] = {}
        """What was found to be missing in a figure's row; figures share their parts."""

    def read_again(self, reading: Reading, book: Callable[[], Book]) -> Self:
        """The same level for another request."""
        other = copy(self)
        other.sheet = self.sheet.read_again(reading)
        other.book = book() if self.book is not None else None
        other.parts = self.parts.read_again(reading) if self.parts is not None else None
        return other

    @property
    def grid(self) -> Grid:
        """The rows."""
        return self.sheet.grid

    @cached_property
    def part_rows(self) -> list[list[int]]:
        """For each row the rows of stage 1 that it is the sum of."""
        found: list[list[int]] = [[] for _ in range(len(self.grid))]
        source = self.source
        if source is None:
            return found
        for row, target in enumerate(_targets(source.grid, self.grid, self.ask.projects)):
            if target is not None:
                found[target].append(row)
        return found

    def leaves(self, name: str) -> list[str]:
        """The measures that a figure is made of in the end."""
        if name not in self._leaves:
            self._leaves[name] = leaves(name, self.workspace)
        return self._leaves[name]

    @property
    def source(self) -> Sheet | None:
        """The sheet of stage 1."""
        return self.book.sheet if self.book is not None else self.parts

    def summed(self, name: str) -> bool:
        """Whether a figure is summed from stage 1 here."""
        source = self.source
        return source is not None and name in source.columns and (name in COST_LINES or name in self._sums)

    @property
    def workspace(self) -> Workspace:
        """What is declared."""
        return self.sheet.reading.workspace


def make_level(reading: Reading, evaluator: Evaluator, ask: Ask, book: Callable[[], Book]) -> Level:
    """Evaluate stage 2; `book` gives stage 1 if it is needed."""
    methodology = reading.workspace.methodology.definitions
    sums = frozenset(_sums(reading.workspace))
    stage_2 = closure(methodology, ask.names, sums)
    leaves = list(dict.fromkeys([*inputs_of(stage_2), *(name for name in ask.names if name not in stage_2)]))
    summed = [name for name in leaves if name in sums or name in COST_LINES]
    measures = tuple(name for name in leaves if name in MEASURES)
    cut = cells(ask.span, ask.grain, reading.workspace.calendar, ask.name)
    stage_1 = book() if summed and ask.by_month else None
    fine = [name for name in summed if flexible(name, reading.workspace)] if stage_1 is None else []
    parts = _parts(reading, evaluator, ask, fine) if fine else None
    also = _also(ask, stage_1, parts)
    made = sheet(reading, Question(measures, ask.span, ask.grain, ask.dims, ask.projects, ask.only), cut, also)
    source = stage_1.sheet if stage_1 is not None else parts
    names = [name for name in summed if source is not None and name in source.columns]
    if source is not None:
        made.columns.update(_summed(source, made.grid, names, ask.projects))
    unknown = frozenset(summed) - frozenset(names)
    for name in unknown:
        made.columns[name] = pa.nulls(len(made.grid), DECIMAL)
    for name in leaves:
        if name in reading.workspace.assumptions:
            made.assume(reading.workspace.assumptions[name])
    evaluated(made, stage_2, evaluator)
    if stage_1 is not None and stage_1.corrections:
        _correct(made, stage_2, stage_1, ask.projects, evaluator)
    return Level(ask, made, stage_2, stage_1, parts, unknown)


def evaluated(made: Sheet, definitions: Mapping[str, Definition], evaluator: Evaluator) -> None:
    """Add definitions to a sheet that has all their inputs."""
    if not definitions:
        return
    formulas = {name: definition.expression for name, definition in definitions.items()}
    answer = evaluator.evaluate(formulas, made.table(inputs_of(definitions)))
    for name in definitions:
        made.columns[name] = answer.column(name).combine_chunks()


def _correct(
    made: Sheet, definitions: Mapping[str, Definition], book: Book, projects: tuple[str, ...] | None,
    evaluator: Evaluator,
) -> None:  # fmt: skip
    """Totals of closed months as they were closed, where the formula of a total is another one since."""
    source = copy(book.sheet)
    source.columns = {name: column for name, column in book.corrections.items() if name in definitions}
    for name, change in _summed(source, made.grid, list(source.columns), projects).items():
        pairs = zip(made.columns[name].to_pylist(), change.to_pylist(), strict=True)
        made.columns[name] = pa.array([one if more is None else (one or 0) + more for one, more in pairs], DECIMAL)
    after = {name: one for name, one in closure(definitions, definitions, source.columns).items()
             if name not in source.columns}  # fmt: skip
    touched = set(source.columns)
    for name, one in after.items():
        if not touched.isdisjoint(one.expression.names):
            touched.add(name)
    evaluated(made, {name: one for name, one in after.items() if name in touched}, evaluator)


def _sums(workspace: Workspace) -> list[str]:
    return [name for name, made in workspace.methodology.definitions.items() if made.total is Total.SUM]


def leaves(name: str, workspace: Workspace) -> list[str]:
    """The measures that a figure is made of in the end."""
    names = [name] if name in COST_LINES else inputs_of(closure(workspace.methodology.definitions, [name]))
    found = [leaf for part in names for leaf in LINE_MEASURES.get(part, (part,))]
    return [leaf for leaf in dict.fromkeys(found) if leaf in MEASURES]


def flexible(name: str, workspace: Workspace) -> bool:
    """Whether a figure that adds up can also be made for days, models or teams: nothing in it is stated per month."""
    if name in COST_LINES:
        return False
    needed = closure(workspace.methodology.definitions, [name])
    if any(made.section == "value" for made in needed.values()):
        return False
    for leaf in inputs_of(needed):
        if leaf in COST_LINES or (leaf in MEASURES and MEASURES[leaf].additivity is Additivity.LEVEL):
            return False
        if leaf in workspace.assumptions and workspace.assumptions[leaf].per is not None:
            return False
    return True


def cuttable(name: str, workspace: Workspace, span: Window, grain: Grain) -> frozenset[str] | None:
    """Dimensions by which a figure can be cut; None: any (an assumption)."""
    if name in MEASURES:
        return dimensions(MEASURES[name], span, grain)
    definitions = workspace.methodology.definitions
    if name not in definitions:
        return None if name in workspace.assumptions else frozenset(("project",))
    if definitions[name].total is Total.SUM and not flexible(name, workspace):
        return frozenset(("project",))
    found: frozenset[str] | None = None
    for part in definitions[name].expression.names:
        allowed = cuttable(part, workspace, span, grain)
        found = allowed if found is None else found if allowed is None else found & allowed
    return found


def _parts(reading: Reading, evaluator: Evaluator, ask: Ask, names: Sequence[str]) -> Sheet:
    """Figures that add up, per project, at a level that is finer than a month or cut by something else."""
    definitions = closure(reading.workspace.methodology.definitions, names)
    inputs = inputs_of(definitions)
    grain = Grain.MONTH if ask.grain in COARSE else ask.grain
    dims = tuple(dict.fromkeys(("project", *ask.dims)))
    cut = cells(ask.span, grain, reading.workspace.calendar)
    measures = tuple(name for name in inputs if name in MEASURES)
    made = sheet(reading, Question(measures, ask.span, grain, dims, ask.projects, ask.only), cut)
    for name in inputs:
        if name in reading.workspace.assumptions:
            made.assume(reading.workspace.assumptions[name])
    evaluated(made, definitions, evaluator)
    return made


def _also(ask: Ask, book: Book | None, parts: Sheet | None) -> Iterable[Key]:
    """Keys of stage 1 that the level has too."""
    if not ask.dims:
        return ()
    if book is not None:
        return [(project,) for project in book.projects if ask.projects is None or project in ask.projects]
    if parts is None:
        return ()
    places = [parts.grid.dims.index(dim) for dim in ask.dims]
    return dict.fromkeys(tuple(key[place] for place in places) for key in parts.grid.keys)


def _targets(source: Grid, target: Grid, projects: tuple[str, ...] | None) -> list[int | None]:
    """For each row of stage 1 the row of the level that it belongs to."""
    cell_of = _holders(source.cells, target.cells)
    places = [source.dims.index(dim) for dim in target.dims]
    key_place = {key: place for place, key in enumerate(target.keys)}
    key_of = [key_place.get(tuple(key[place] for place in places)) for key in source.keys]
    if projects is not None:
        key_of = [key if project in projects else None for key, project in zip(key_of, source.projects, strict=True)]
    row_of = {row: i for i, row in enumerate(target.rows)}
    return [row_of.get((cell_of[cell], key_of[key])) for cell, key in source.rows]  # type: ignore[arg-type]


def _holders(source: Sequence[Cell], among: Sequence[Cell]) -> list[int | None]:
    """For each cell of stage 1 the place of the cell of the level that holds it."""
    keys, found = [cell.key for cell in among], list[int | None]()
    for cell in source:
        begins = max(cell.key, datetime.combine(cell.first, time()))
        place = bisect_right(keys, begins) - 1
        found.append(place if place >= 0 and begins.date() < among[place].last else None)
    return found


def _summed(source: Sheet, target: Grid, names: Sequence[str], projects: tuple[str, ...] | None) -> dict[str, pa.Array]:
    """Columns of stage 1 added up to the rows of a level; unknown where no part is known."""
    if not names:
        return {}
    rows = pa.array(_targets(source.grid, target, projects), pa.int32())
    frame = pa.table({"row": rows, **{name: source.columns[name] for name in names}})
    frame = frame.filter(pc.is_valid(frame.column("row")))
    known = pc.ScalarAggregateOptions(skip_nulls=True, min_count=1)
    sums = frame.group_by("row", use_threads=False).aggregate([(name, "sum", known) for name in names])
    place = {row: i for i, row in enumerate(sums.column("row").to_pylist())}
    index = pa.array([place.get(row) for row in range(len(target))], pa.int32())
    return {name: sums.column(f"{name}_sum").combine_chunks().cast(DECIMAL).take(index) for name in names}
