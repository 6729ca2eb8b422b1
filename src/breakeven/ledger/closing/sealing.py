"""What is sealed of a month: every input and figure of stage 1, what was done to them, the entries, the formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure
from breakeven.ledger.books.evaluate import Ask
from breakeven.ledger.closing.chain import amount_text
from breakeven.ledger.closing.closed_totals import TOTALS
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk
from breakeven.ledger.measuring.measures import MISSING, OF, RATE
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.proof.entry_inputs import Inputs
from breakeven.ledger.proof.evidence import proof
from breakeven.ledger.results import Entry
from breakeven.period import Grain, add_months
from breakeven.workspace.definitions import Definition

Line = tuple[str, Sequence[str]]
"""Kind of a body line, and its fields; see `ledger/closing/chain.py`."""


def month_entries(desk: Desk, month: date) -> tuple[Entry, ...]:
    """The entries of a month with the provenance of their inputs."""
    made = entries(desk, (month, add_months(month, 1)))
    return Inputs(desk, desk.book(), proof(desk), sources=False).added(made)


def month_lines(desk: Desk, month: date, made: Sequence[Entry]) -> list[Line]:
    """The body of a month's sealed text; `desk` sees the month as if it were open."""
    book = desk.book()
    rows = [(row, project) for row, (of, project) in enumerate(book.names) if of == month]
    found: list[Line] = []
    for name, column in book.sheet.columns.items():
        kind = "figure" if name in book.definitions else "input"
        found += ((kind, (project, name, amount_text(column[row].as_py()))) for row, project in rows)
    found += _totals(desk, month)
    found += _claimed(book, rows)
    found += _notes(book, rows)
    found += _unseen(book, rows)
    found += (_entry(entry) for entry in made)
    found += (_formula(one) for one in sealed_formulas(desk).values())
    return found


def sealed_formulas(desk: Desk) -> dict[str, Definition]:
    """The formulas that lead from inputs to the headline."""
    definitions = desk.workspace.methodology.definitions
    return {**closure(definitions, (VALUE, INVESTMENT, NET, ROI)), **desk.book().definitions}


def _totals(desk: Desk, month: date) -> Iterator[Line]:
    """Totals of each project that are made anew at every level: their formula may be another one later."""
    names = tuple(name for name in TOTALS if name in desk.workspace.methodology.definitions)
    names = tuple(name for name in names if name not in desk.book().definitions)
    span = desk.window(month, add_months(month, 1))
    level = desk.level(Ask(names=names, span=span, grain=Grain.MONTH, dims=("project",)))
    for row, (_, key) in enumerate(level.grid.rows):
        for name in names:
            value = level.sheet.value(name, row)
            yield "figure", (str(level.grid.projects[key]), name, amount_text(value))


def _claimed(book: Book, rows: Sequence[tuple[int, str]]) -> Iterator[Line]:
    for name, column in book.claimed.items():
        counted = book.sheet.columns[name]
        for row, project in rows:
            if column[row] != counted[row]:
                yield "claimed", (project, name, amount_text(column[row].as_py()))


def _notes(book: Book, rows: Sequence[tuple[int, str]]) -> Iterator[Line]:
    for name, said in book.notes.items():
        for row, project in rows:
            if row in said:
                yield "note", (project, name, said[row])


def _unseen(book: Book, rows: Sequence[tuple[int, str]]) -> Iterator[Line]:
    """What measures could not see in some rows: their number of how many, and the exchange rate that is missing."""
    notes = book.sheet.notes
    for measure in sorted({name.partition("?")[0] for name in notes}):
        columns = [notes.get(measure + ending) for ending in (MISSING, OF, RATE)]
        for row, project in rows:
            missing, of, words = (_value(column, row) for column in columns)
            if missing or words:
                yield "unseen", (project, measure, str(int(missing)) if missing else "",
                                 str(int(of)) if missing and of else "", words or "")  # fmt: skip


def _value(column: pa.Array | None, row: int) -> Any:
    return None if column is None else column[row].as_py()


def _entry(entry: Entry) -> Line:
    return "entry", (
        entry.project, entry.side, entry.category, amount_text(entry.amount), amount_text(entry.counted),
        entry.evidence, entry.realisation, _pairs(entry.parts), entry.state, str(entry.records),
        " ".join(f"{one.name}={one.provenance}" for one in entry.inputs), entry.reason,
    )  # fmt: skip


def _pairs(parts: Mapping[str, Decimal]) -> str:
    return " ".join(f"{name}={amount_text(part)}" for name, part in sorted(parts.items()))


def _formula(made: Definition) -> Line:
    return "formula", (made.name, made.section, made.unit, " ".join(made.formula.split()))
