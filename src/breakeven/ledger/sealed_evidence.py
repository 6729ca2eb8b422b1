"""Evidence of closed months: grade, realisation and reason of an entry stay as they were sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

import msgspec

from breakeven.ledger.book import Book
from breakeven.ledger.chain import KINDS
from breakeven.ledger.closed import ClosedMonth
from breakeven.ledger.desk import Desk
from breakeven.ledger.grading import Graded
from breakeven.ledger.realisation import Realised
from breakeven.ledger.results import Entry
from breakeven.workspace.definitions import Grade, Realisation

Sealed = Mapping[str, str]
"""A sealed entry: name of the field → its text."""


def keep_sealed(desk: Desk, book: Book, grades: Mapping[str, Graded], realised: dict[str, Realised]) -> None:
    """Put the grades and realisations of closed months in place of those that the present would give them."""
    place = {name: row for row, name in enumerate(book.names)} if desk.sealed and desk.frozen else {}
    shares: dict[str, dict[int, Mapping[Realisation, Decimal]]] = {}
    for month, closed in desk.frozen.months.items() if place else ():
        for entry in _entries(closed):
            row, made = place.get((month, entry["project"])), grades.get(entry["category"])
            if row is not None and made is not None and row in made.place:
                made.grades[made.place[row]] = cast("Grade", entry["grade"])
                shares.setdefault(entry["category"], {})[row] = _shares(entry, realised[entry["category"]].usual)
    for name, of in shares.items():
        kept = realised[name]
        realised[name] = msgspec.structs.replace(kept, shares={**kept.shares, **of})


def as_sealed(desk: Desk, made: Sequence[Entry]) -> list[Entry]:
    """Entries with what the seal of their month says about them; their state is that of today."""
    if not (desk.sealed and desk.frozen):
        return list(made)
    known: dict[tuple[date, str, str], tuple[ClosedMonth, Sealed]] = {}
    for month in {entry.period for entry in made} & set(desk.frozen.months):
        closed = desk.frozen.months[month]
        known.update({(month, one["project"], one["category"]): (closed, one) for one in _entries(closed)})
    return [_kept(entry, known.get((entry.period, entry.project, entry.category))) for entry in made]


def _kept(entry: Entry, found: tuple[ClosedMonth, Sealed] | None) -> Entry:
    if found is None:
        return entry
    closed, said = found
    return msgspec.structs.replace(
        entry, evidence=said["grade"], reason=said["reason"], realisation=said["realisation"],
        parts={name: Decimal(part) for name, part in _pairs(said["parts"])}, records=int(said["records"]),
        formula=None if entry.formula is None else closed.formulas.get(entry.category, entry.formula),
        methodology=closed.seal.methodology, data_version=closed.seal.data_version,
        note="; ".join(part for part in (entry.note, closed.said()) if part),
    )  # fmt: skip


def _entries(closed: ClosedMonth) -> Iterator[Sealed]:
    return (dict(zip(KINDS["entry"], fields, strict=True)) for fields in closed.lines["entry"])


def _shares(entry: Sealed, usual: Realisation) -> dict[Realisation, Decimal]:
    """Realisation other than the usual one of today → its part of the amount."""
    amount = Decimal(entry["amount"])
    parts = dict(_pairs(entry["parts"])) or {entry["realisation"]: entry["amount"]}
    return {
        cast("Realisation", name): Decimal(part) / amount for name, part in parts.items() if name != usual and amount
    }


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """`cash=60 capacity=40` as pairs."""
    for part in text.split():
        name, _, number = part.partition("=")
        yield name, number
