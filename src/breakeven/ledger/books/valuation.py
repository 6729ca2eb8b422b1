"""From inputs to money: the formulas of stage 1 over all months and projects, and what is done to their results.

Value categories are made first, then reduced (decay, shared benefits, what the headline does not count), then the
metrics that add up are made from them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.effects.decay import decayed
from breakeven.ledger.measuring.grid import ZERO
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.proof.headline import counted
from breakeven.ledger.sharing.overlaps import shared_benefits
from breakeven.workspace.definitions import Definition


def valued(book: Book, evaluator: Evaluator, changed: Collection[str] | None = None) -> None:
    """Add the figures of stage 1 to a book that has all inputs; `changed`: only those that depend on these inputs."""
    definitions = book.definitions
    categories = [name for name, definition in definitions.items() if definition.section == "value"]
    first = closure(definitions, categories)
    rest = {name: definition for name, definition in definitions.items() if name not in first}
    # A category that uses another one uses it as its formula gives it; kept is only what of it counts.
    nested = any(not set(categories).isdisjoint(one.expression.names) for one in first.values())
    made = _evaluated(book, first, evaluator, None if nested else changed)
    for name in categories:
        if name in made:
            book.notes.pop(name, None)
            book.claimed[name] = _claim(book, name)
    book.sheet.columns.update(book.claimed)
    for name, (column, notes) in counted(book.sheet.reading, evaluator, book).items():
        book.sheet.columns[name] = column
        for row, words in notes.items():
            book.note(name, row, words)
    again = None if changed is None else {*changed, *made}
    _evaluated(book, rest, evaluator, again)


def revalued(book: Book, evaluator: Evaluator, inputs: Mapping[str, pa.Array]) -> Book:
    """The book as it would be with other columns of some inputs; what does not depend on them is not made again."""
    other = copy(book)
    other.sheet = book.sheet.read_again(book.sheet.reading)
    other.sheet.columns = {**book.sheet.columns, **inputs}
    other.sheet.forget()
    other.claimed, other.notes = dict(book.claimed), {name: dict(notes) for name, notes in book.notes.items()}
    other.uncounted = {name: dict(lost) for name, lost in book.uncounted.items()}
    valued(other, evaluator, frozenset(inputs))
    return other


def _evaluated(
    book: Book, definitions: Mapping[str, Definition], evaluator: Evaluator, changed: Collection[str] | None
) -> list[str]:
    """Evaluate definitions into the book's sheet; gives the names of those that were made."""
    if changed is not None:
        touched = set(changed)
        for name, definition in definitions.items():
            if not touched.isdisjoint(definition.expression.names):
                touched.add(name)
        definitions = {name: definition for name, definition in definitions.items() if name in touched}
    if not definitions:
        return []
    formulas = {name: definition.expression for name, definition in definitions.items()}
    answer = evaluator.evaluate(formulas, book.sheet.table(inputs_of(definitions)))
    for name in definitions:
        book.sheet.columns[name] = answer.column(name).combine_chunks()
    return list(definitions)


def _claim(book: Book, name: str) -> pa.Array:
    """What a category claims: the value of months in which the project ran, less decay and what others claim too."""
    column = decayed(book, name, _while_running(book, name, book.sheet.columns[name]))
    column, notes = shared_benefits(book.sheet.reading.workspace, book.sheet, book.months, name, column)
    for row, words in notes.items():
        book.note(name, row, words)
    return column


def _while_running(book: Book, name: str, column: pa.Array) -> pa.Array:
    """Value of months in which the project ran; the rest is noted as not counted."""
    active, grid = pa.array(book.ran_in, pa.bool_()), book.sheet.grid
    book.uncounted.pop(name, None)
    outside = pc.and_(pc.invert(active), pc.fill_null(pc.not_equal(column, ZERO), False))
    for row in pc.indices_nonzero(outside).to_pylist():
        project = str(grid.projects[grid.rows[row][1]])
        lost = book.uncounted.setdefault(name, {})
        lost[project] = lost.get(project, Decimal(0)) + column[row].as_py()
    return pc.if_else(active, column, pa.scalar(None, DECIMAL))
