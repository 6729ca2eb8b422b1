"""How value becomes real: cash, capacity or strategic, by category, or as the facts behind an amount state it.

An amount has the realisation of its category. Where benefit facts state another one, their part of the amount has that:
the amount less what the formula gives without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
import pyarrow as pa

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.measuring.measures import DECIMAL, Reading
from breakeven.ledger.numbers import EXACT
from breakeven.ledger.proof.provenance import parts_by
from breakeven.workspace.definitions import Realisation

_FINEST = Decimal("1e-12")


class Realised(msgspec.Struct, frozen=True):
    """The realisations of one value category."""

    usual: Realisation
    shares: Mapping[int, Mapping[Realisation, Decimal]]
    """Row → realisation other than the usual → its part of the amount, where facts state one."""

    def of(self, row: int, amount: Decimal) -> dict[Realisation, Decimal]:
        """The parts of a row's amount; they add up to it."""
        parts: dict[Realisation, Decimal] = {}
        for realisation, share in self.shares.get(row, {}).items():
            parts[realisation] = EXACT.multiply(amount, share).quantize(_FINEST, context=EXACT)
        rest = amount - sum(parts.values(), Decimal(0))
        return {self.usual: rest, **parts} if rest or not parts else parts

    def main(self, row: int, amount: Decimal) -> Realisation:
        """The realisation of the largest part."""
        parts = self.of(row, amount)
        return max(parts, key=lambda realisation: abs(parts[realisation]))


def realised(reading: Reading, evaluator: Evaluator, book: Book, name: str) -> Realised:
    """The realisations of a value category, for all rows of the book."""
    definition = book.definitions[name]
    definitions = closure(book.definitions, [name])
    leaves = inputs_of(definitions)
    by_fact = parts_by(reading, book, "realisation", leaves)
    others = sorted({
        stated for rows in by_fact.values() for parts in rows.values() for stated in parts
        if stated not in (None, definition.realisation)
    })  # fmt: skip
    if not others:
        return Realised(definition.realisation, {})
    formulas = {made: one.expression for made, one in definitions.items()}
    columns = {leaf: book.sheet.columns[leaf] for leaf in leaves}
    whole = evaluator.evaluate(formulas, pa.table(columns)).column(name).to_pylist()
    shares: dict[int, dict[Realisation, Decimal]] = {}
    for stated in others:
        less = {leaf: _without(columns[leaf], by_fact[leaf], str(stated)) for leaf in by_fact}
        rest = evaluator.evaluate(formulas, pa.table({**columns, **less})).column(name).to_pylist()
        for row, (amount, left) in enumerate(zip(whole, rest, strict=True)):
            if amount and left is not None and left != amount:
                share = EXACT.divide(amount - left, amount).quantize(_FINEST, context=EXACT)
                shares.setdefault(row, {})[stated] = share  # type: ignore[index]
    return Realised(definition.realisation, shares)


def _without(column: pa.Array, rows: Mapping[int, Mapping[str | None, Decimal]], stated: str) -> pa.Array:
    """A measure without the facts that state one realisation."""
    values = column.to_pylist()
    for row, parts in rows.items():
        if stated in parts and values[row] is not None:
            values[row] -= parts[stated]
    return pa.array(values, DECIMAL)
