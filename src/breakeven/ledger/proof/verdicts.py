"""What finance said about the amounts of a book: accepted, disputed, and decisions that hold no more."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.ledger.books.book import Book
from breakeven.ledger.closing.closed import parts_of
from breakeven.ledger.closing.sealed_evidence import gone
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.numbers import tidy
from breakeven.ledger.proof.realisation import Realised
from breakeven.ledger.proof.standing import decisions, money, standing
from breakeven.store.state_validations import Validation
from breakeven.workspace.builtins import COST_LINES

ACCEPTED, DISPUTED, COST = "accepted", "disputed", "cost"
"""Value that is validated, value that is disputed, cost that is validated."""
Parts = Mapping[str, Decimal]
_TYPES = {"row": pa.int32(), "verdict": pa.string(), "realisation": pa.string(), "amount": DECIMAL}


class Note(msgspec.Struct, frozen=True):
    """What is to be said of an entry."""

    month: str
    project: str
    text: str


class Verdicts(msgspec.Struct, frozen=True):
    """All decisions about the entries of a book."""

    amounts: pa.Table
    """Row of the book, verdict, realisation, amount."""
    notes: tuple[Note, ...]
    """By entry."""


def verdicts(desk: Desk, book: Book, realised: Mapping[str, Realised]) -> Verdicts:
    """What the desk may know of decisions, against the amounts of its book."""
    said = decisions(desk)
    rows = {f"{month:%Y-%m}/{owner}": row for row, (month, owner) in enumerate(book.names)} if said else {}
    left = {(row, one["category"]): one for row, one in gone(desk, book)} if said else {}
    lines: dict[str, list[Any]] = {name: [] for name in _TYPES}
    notes = []
    for entry, decision in sorted(said.items()):
        month, owner, name = entry.split("/", 2)
        row = rows.get(f"{month}/{owner}")
        amount, parts = _amount(book, realised, left.get((row, name)) if row is not None else None, name, row)
        verdict, note = _judged(desk, book, decision, row, name, amount)
        if note is not None:
            notes.append(Note(month, owner, f"{entry}: {note}"))
        for realisation, part in parts.items() if verdict is not None else ():
            for column, value in zip(lines.values(), (row, verdict, realisation, part), strict=True):
                column.append(value)
    return Verdicts(pa.table({name: pa.array(lines[name], of) for name, of in _TYPES.items()}), tuple(notes))


def _amount(
    book: Book, realised: Mapping[str, Realised], sealed: Mapping[str, str] | None, name: str, row: int | None
) -> tuple[Decimal | None, Parts]:
    """The amount of an entry and its parts by realisation; None: there is no such entry."""
    if sealed is not None:
        return Decimal(sealed["amount"]), parts_of(sealed)
    columns = book.sheet.columns if name in COST_LINES else book.claimed
    if row is None or name not in columns:
        return None, {}
    amount: Decimal | None = columns[name][row].as_py()
    if not amount:
        return None, {}
    if name in COST_LINES:
        return amount, {"cash": amount}
    return amount, {str(of): part for of, part in realised[name].of(row, amount).items()}


def _judged(
    desk: Desk, book: Book, decision: Validation, row: int | None, name: str, amount: Decimal | None
) -> tuple[str | None, str | None]:
    """The verdict that holds, and what is to be said."""
    if amount is None or row is None:
        if decision.state != "validated":
            return None, None
        when = f"{decision.at:%Y-%m-%d}"
        return None, f"validated {money(decision.amount)} by {decision.who} on {when}; there is no such entry now"
    # At the rates of one day an amount is another one without anybody having changed it.
    compared = tidy(amount) if desk.reading.rates_of is None else decision.amount
    state, note = standing(decision, compared, over=book.names[row][0] < desk.reading.open_month)
    cost = name in COST_LINES
    if state == "validated":
        return COST if cost else ACCEPTED, None
    if state == "disputed":
        return None if cost else DISPUTED, note
    return None, note if decision.state == "validated" else None
