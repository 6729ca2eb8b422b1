"""The desk of a supposed workspace: the same facts and formulas, other assumptions.

Its book is made from the present one: only what depends on a changed assumption is evaluated again. A scenario is
hypothetical and reaches into closed months too: there the sealed inputs hold, with the change applied to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from decimal import Decimal

import pyarrow as pa

from breakeven.ledger.book import Book
from breakeven.ledger.closed import frozen_rows
from breakeven.ledger.desk import Desk
from breakeven.ledger.evaluate import Ask, Level, make_level
from breakeven.ledger.grid import Sheet
from breakeven.ledger.measures import DECIMAL
from breakeven.ledger.scenarios.changes import Change, supposed
from breakeven.ledger.valuation import revalued
from breakeven.workspace.definitions import Assumption

_STEP = Decimal("1e-12")


class SupposedDesk(Desk):
    """What the ledger would answer if the assumptions were other ones. Nothing of it is kept between requests."""

    def __init__(self, desk: Desk, changes: Sequence[Change]) -> None:
        reading = copy(desk.reading)
        reading.workspace = supposed(desk.workspace, changes)
        super().__init__(reading, desk.evaluator, desk.state)
        book = desk.book().read_again(reading)
        self._book = revalued(book, desk.evaluator, supposed_columns(desk, reading.workspace.assumptions, changes))
        self._levels: dict[Ask, Level] = {}

    def level(self, ask: Ask) -> Level:
        """Figures at a level of the supposed book."""
        if ask not in self._levels:
            self._levels[ask] = make_level(self.reading, self.evaluator, ask, self.book)
        return self._levels[ask]


def supposed_columns(
    desk: Desk, assumptions: Mapping[str, Assumption], changes: Sequence[Change]
) -> dict[str, pa.Array]:
    """The columns of the book that the changes touch."""
    book = desk.book()
    made = Sheet(desk.reading, book.sheet.grid, book.sheet.projects)
    for name in dict.fromkeys(change.name for change in changes):
        if name in book.sheet.columns:
            made.assume(assumptions[name])
            own = [change for change in changes if change.name == name]
            made.columns[name] = _sealed(desk, book, own, made.columns[name])
    return made.columns


def _sealed(desk: Desk, book: Book, changes: Sequence[Change], column: pa.Array) -> pa.Array:
    """The column with the sealed values of closed months, changed, in their place."""
    frozen = frozen_rows(desk.state, desk.reading.as_of)
    if not frozen:
        return column
    values, before = column.to_pylist(), book.sheet.columns[changes[0].name].to_pylist()
    for row, (month, project) in enumerate(book.names):
        value = before[row]
        if month not in frozen.months or value is None:
            continue
        for change in changes:
            if change.project in (None, project):
                value = change.value if change.times is None else (value * change.times).quantize(_STEP)
        values[row] = value
    return pa.array(values, DECIMAL)
