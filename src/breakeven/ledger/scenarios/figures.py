"""One figure of a statement for many suppositions: the book is revalued for each, the level is made once for all."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.errors import UnknownName
from breakeven.ledger.books.evaluate import Ask, Level
from breakeven.ledger.desk import NET, Desk
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.scenarios.changes import Change, supposed
from breakeven.ledger.scenarios.scope import Scope, check_scope
from breakeven.ledger.scenarios.supposed import supposed_book
from breakeven.period import Grain
from breakeven.workspace.builtins import BUILTINS, COST_LINES

DEFAULT = NET
"""Figure that is looked at where none is named."""


def check_figure(desk: Desk, name: str) -> tuple[str, str]:
    """Label and unit of a figure that scenarios can look at. Raises UnknownName with the valid ones."""
    definitions = desk.workspace.methodology.definitions
    if name in definitions:
        return definitions[name].label, definitions[name].unit
    if name in COST_LINES:
        return BUILTINS[name].label, BUILTINS[name].unit
    raise UnknownName("figure", name, [*definitions, *COST_LINES])


def scope_level(desk: Desk, scope: Scope, names: Sequence[str]) -> Level:
    """Figures of the whole scope, one row."""
    span = desk.window(scope.period.start, scope.period.end)
    projects = check_scope(desk, scope)
    return desk.level(Ask(names=tuple(names), span=span, grain=Grain.ALL, projects=projects, name=scope.period.name))


class FigureOf:
    """A figure of a scope as a function of suppositions."""

    def __init__(self, desk: Desk, scope: Scope, name: str) -> None:
        self.desk, self.name = desk, name
        self.label, self.unit = check_figure(desk, name)
        self.level = scope_level(desk, scope, (name,))
        self.book = desk.book()
        self._rows = pa.array(self.level.part_rows[0], pa.int32())

    @property
    def present(self) -> Decimal | None:
        """Without any change."""
        return self.level.sheet.value(self.name, 0)

    def values(self, suppositions: Sequence[Sequence[Change]]) -> list[Decimal | None]:
        """The figure under each supposition; None where it is unknown."""
        inputs = [name for name in self.level.sheet.columns if name not in self.level.definitions]
        rows = [self._inputs(inputs, changes) for changes in suppositions]
        table = {name: pa.concat_arrays([row[name] for row in rows]) for name in inputs} if rows else {}
        if self.name in self.level.definitions and rows:
            formulas = {name: made.expression for name, made in self.level.definitions.items()}
            given = pa.table({**table, "row": pa.array(range(len(rows)))})
            table[self.name] = self.desk.evaluator.evaluate(formulas, given).column(self.name)
        found: list[Decimal | None] = table[self.name].to_pylist() if rows else []
        return found

    def _inputs(self, names: Sequence[str], changes: Sequence[Change]) -> dict[str, pa.Array]:
        """What the level's formulas are made from, under a supposition; one row."""
        reading = copy(self.desk.reading)
        reading.workspace = supposed(self.desk.workspace, changes)
        book = supposed_book(self.desk, reading, changes)
        at_level = Sheet(self.desk.reading, self.level.grid, self.level.ask.projects)
        for name in dict.fromkeys(change.name for change in changes):
            if name in self.level.sheet.columns:
                at_level.assume(reading.workspace.assumptions[name])
        found = {**{name: self.level.sheet.columns[name] for name in names}, **at_level.columns}
        for name in names:
            if self.level.summed(name) and book.sheet.columns[name] is not self.book.sheet.columns[name]:
                total = pc.sum(book.sheet.columns[name].take(self._rows)).as_py()
                found[name] = pa.array([total], DECIMAL)
        return found
