"""How much each amount of a category depends on each of its inputs: all moves of all inputs in one statement.

Inputs are moved one at a time: an assumption with a range to its low and its high, any other input by 10 % down and up,
a zero to one. Shares of an amount are floats: they compare, they are no money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import inputs_of
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.proof.provenance import bounds
from breakeven.workspace.definitions import Assumption, Definition

LEAST_MOVE = 0.05
"""Part of the amount that a range must move for its assumption to matter."""
MOVE = 0.1
"""How far an input without a range is moved."""
DIGITS = 4
"""Decimals of a share."""
_WIDEST = 9e25
"""Just fits a DECIMAL(38, 12)."""
_ZERO, _ONE = pa.scalar(Decimal(0), DECIMAL), pa.scalar(Decimal(1), DECIMAL)


class Moved(msgspec.Struct, frozen=True):
    """What one input does to the amounts of some rows."""

    value: pa.Array
    """DECIMAL; NULL: it is unknown."""
    ranged: pa.Array
    """Whether it has a range."""
    matters: pa.Array
    """Whether the amount depends on it."""
    moves: pa.Array
    """Part of the amount that its move changes, DOUBLE; NULL: it cannot be said."""


def sensitivity(
    book: Book, evaluator: Evaluator, definitions: Mapping[str, Definition], name: str, rows: Sequence[int]
) -> dict[str, Moved]:
    """Input → what it does to the amounts of a category in some rows of the book."""
    leaves, index = inputs_of(definitions), pa.array(rows, pa.int32())
    values = {leaf: book.sheet.columns[leaf].take(index) for leaf in leaves}
    ranges = {leaf: _ranges(book, leaf, rows) for leaf in leaves}
    stacked = [values]
    for leaf in leaves:
        stacked += [{**values, leaf: column} for column in _moved(values[leaf], *ranges[leaf])]
    table = pa.table({leaf: pa.chunked_array([part[leaf] for part in stacked]) for leaf in leaves})
    formulas = {made: definition.expression for made, definition in definitions.items()}
    answer = evaluator.evaluate(formulas, table.combine_chunks()).column(name).combine_chunks()
    amounts = [answer.slice(first, len(rows)) for first in range(0, len(answer), len(rows))]
    assumptions = book.sheet.reading.workspace.assumptions
    return {
        leaf: _effect(
            values[leaf], ranges[leaf][0], amounts[0], amounts[1 + 2 * place], amounts[2 + 2 * place],
            neutral=_is_factor(assumptions.get(leaf)),
        )
        for place, leaf in enumerate(leaves)
    }  # fmt: skip


def _is_factor(assumption: Assumption | None) -> bool:
    """Whether an input is an assumption without a unit: as 1 it changes nothing."""
    return assumption is not None and assumption.unit == "1"


def _ranges(book: Book, leaf: str, rows: Sequence[int]) -> tuple[pa.Array, pa.Array]:
    """Low and high of an input by row, NULL where no range is declared."""
    assumption = book.sheet.reading.workspace.assumptions.get(leaf)
    if assumption is None or all(value.low is None for value in assumption.values):
        return pa.nulls(len(rows), DECIMAL), pa.nulls(len(rows), DECIMAL)
    found = bounds(book, assumption, rows)
    low, high = ([None if one is None else one[side] for one in found] for side in (0, 1))
    return pa.array(low, DECIMAL), pa.array(high, DECIMAL)


def _moved(value: pa.Array, low: pa.Array, high: pa.Array) -> tuple[pa.Array, pa.Array]:
    """An input moved down and up."""
    zero, number = pc.equal(value, _ZERO), pc.cast(value, pa.float64())
    found = []
    for end, factor, from_zero in ((low, 1 - MOVE, _ZERO), (high, 1 + MOVE, _ONE)):
        moved = pc.max_element_wise(pc.min_element_wise(pc.multiply(number, factor), _WIDEST), -_WIDEST)
        moved = pc.if_else(zero, from_zero, pc.cast(moved, DECIMAL))
        # Comparing with NULL gives NULL: what is unknown stays unknown.
        found.append(pc.if_else(pc.is_null(value), value, pc.coalesce(end, moved)))
    return found[0], found[1]


def _effect(
    value: pa.Array, low: pa.Array, base: pa.Array, down: pa.Array, up: pa.Array, *, neutral: bool
) -> Moved:  # fmt: skip
    ranged = pc.and_(pc.is_valid(low), pc.is_valid(value))
    # A frozen amount may stand where its formula gives none now: then every known input counts.
    baseless = pc.fill_null(pc.equal(base, _ZERO), True)
    lost = pc.or_(pc.is_null(down), pc.is_null(up))
    unsaid = pc.or_(pc.or_(baseless, lost), pc.is_null(value))
    first, last, whole = (pc.cast(one, pa.float64()) for one in (down, up, base))
    moves = pc.round(pc.divide(pc.abs(pc.subtract(last, first)), pc.abs(whole)), DIGITS)
    changed = pc.or_(pc.not_equal(down, base), pc.not_equal(up, base))
    if neutral:
        changed = pc.and_(changed, pc.not_equal(value, _ONE))
    free = pc.if_else(pc.equal(value, _ZERO), pc.less(up, base), changed)
    matters = pc.if_else(ranged, pc.greater_equal(moves, LEAST_MOVE), free)
    matters = pc.fill_null(pc.if_else(pc.or_(baseless, lost), True, matters), False)
    return Moved(value, ranged, pc.and_(matters, pc.is_valid(value)), pc.if_else(unsaid, None, moves))
