"""Totals of closed months stay when their formulas change: what today's formula gives otherwise is put right."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.closing.closed import Frozen
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.workspace.definitions import Workspace

TOTALS = ("total_monthly_value", "investment")
"""Totals that a statement is headed by; net value and ROI are made from them."""


def add_corrections(book: Book, frozen: Frozen, workspace: Workspace, evaluator: Evaluator) -> None:
    """Note in a book with closed months by how much today's totals miss those that were sealed."""
    definitions = workspace.methodology.definitions
    for name in TOTALS:
        made = definitions.get(name)
        if made is None or name in book.definitions:
            continue
        text = " ".join(made.formula.split())
        others = {month for month, one in frozen.months.items() if one.formulas.get(name) != text}
        needed = closure(definitions, [name], book.sheet.columns)
        inputs = inputs_of(needed)
        if not others or not set(inputs) <= set(book.sheet.columns):
            continue
        formulas = {part: one.expression for part, one in needed.items()}
        today = evaluator.evaluate(formulas, book.sheet.table(inputs)).column(name).to_pylist()
        changes: list[Decimal | None] = []
        for row, (month, project) in enumerate(book.names):
            sealed = frozen.months[month].amounts.get(name, {}).get(project) if month in others else None
            change = (sealed or Decimal(0)) - (today[row] or Decimal(0)) if month in others else Decimal(0)
            changes.append(change or None)
        if any(changes):
            book.corrections[name] = pa.array(changes, DECIMAL)
