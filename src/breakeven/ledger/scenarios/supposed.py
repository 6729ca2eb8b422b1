"""The desk of a supposed workspace: the same facts and formulas, other assumptions.

Its book is made from the present one: only what depends on a changed assumption is evaluated again. A scenario is
hypothetical and reaches into closed months too: there the sealed inputs hold, with the change applied to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from decimal import Decimal

import pyarrow as pa

from breakeven.ledger.books.book import Book
from breakeven.ledger.books.valuation import revalued
from breakeven.ledger.cache import Apart
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import DECIMAL, Reading
from breakeven.ledger.scenarios.changes import Change, supposed
from breakeven.ledger.scenarios.uncertain import values_in_force
from breakeven.workspace.definitions import Assumption, AssumptionValue

_STEP = Decimal("1e-12")


class SupposedDesk(Desk):
    """What the ledger would answer if the assumptions were other ones. Nothing of it is kept between requests."""

    def __init__(self, desk: Desk, changes: Sequence[Change]) -> None:
        reading = copy(desk.reading)
        reading.workspace = supposed(desk.workspace, changes)
        reading.cache = Apart(desk.reading.cache)
        super().__init__(reading, desk.evaluator, desk.state, sealed=desk.sealed, recounted=desk.recounted)
        self._supposed = supposed_book(desk, reading, changes)

    def book(self) -> Book:
        """Stage 1 as it would be."""
        return self._supposed


def supposed_book(desk: Desk, reading: Reading, changes: Sequence[Change]) -> Book:
    """The present book with what depends on the changes made anew; `reading` has the supposed workspace."""
    book = desk.book().read_again(reading)
    columns = supposed_columns(desk, reading.workspace.assumptions, changes)
    changed = {change.name for change in changes}
    for pool in reading.workspace.benefit_pools:
        if pool.assumption in changed:
            # The assumption stands in no formula: the category is made anew because one of its inputs is put in again.
            used = book.definitions[pool.category].expression.names[0]
            columns.setdefault(used, book.sheet.columns[used])
    if columns:
        book = revalued(book, desk.evaluator, columns)
    book.corrections = {}  # those are of formulas that a closed month was sealed with; a scenario asks today's
    return book


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
    if not desk.sealed or not desk.frozen:
        return column
    name = changes[0].name
    values, before = column.to_pylist(), book.sheet.columns[name].to_pylist()
    stated = values_in_force(book.sheet, desk.workspace.assumptions[name])
    for row, (month, project) in enumerate(book.names):
        if month in desk.frozen.months and before[row] is not None:
            mine = [change for change in changes if change.project in (None, project)]
            values[row] = _changed(before[row], stated[row], mine)
    return pa.array(values, DECIMAL)


def _changed(value: Decimal, stated: AssumptionValue | None, changes: Sequence[Change]) -> Decimal:
    """A sealed value under some changes; an end of a range is as far from it as from the value that is stated now."""
    for change in changes:
        if change.value is not None:
            value = change.value
        elif change.times is not None:
            value = (value * change.times).quantize(_STEP)
        elif stated is not None:
            end = change.of(stated).value
            value = (value * end / stated.value).quantize(_STEP) if stated.value else end
    return value
