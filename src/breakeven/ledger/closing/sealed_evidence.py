"""Evidence of closed months: grade, realisation and reason of an entry stay as they were sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

import msgspec

from breakeven.ledger.books.book import Book
from breakeven.ledger.closing.closed import ClosedMonth, Sealed, pairs, parts_of
from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import tidy
from breakeven.ledger.proof.grading import Graded
from breakeven.ledger.proof.realisation import Realised
from breakeven.ledger.proof.standing import decisions, standing
from breakeven.ledger.results import Entry
from breakeven.workspace.definitions import Grade, Realisation


def keep_sealed(desk: Desk, book: Book, grades: Mapping[str, Graded], realised: dict[str, Realised]) -> None:
    """Put the grades and realisations of closed months in place of those that the present would give them."""
    place = {name: row for row, name in enumerate(book.names)} if desk.sealed and desk.frozen else {}
    shares: dict[str, dict[int, Mapping[Realisation, Decimal]]] = {}
    for month, closed in desk.frozen.months.items() if place else ():
        for entry in closed.entries:
            row, made = place.get((month, entry["project"])), grades.get(entry["category"])
            if row is not None and made is not None and row in made.place:
                made.grades[made.place[row]] = cast("Grade", entry["grade"])
                shares.setdefault(entry["category"], {})[row] = _shares(entry, realised[entry["category"]].usual)
    for name, of in shares.items():
        kept = realised[name]
        realised[name] = msgspec.structs.replace(kept, shares={**kept.shares, **of})


def gone(desk: Desk, book: Book) -> list[tuple[int, Sealed]]:
    """Row and sealed entry of value categories that closed months have and the methodology has not any more."""
    if not (desk.sealed and desk.frozen):
        return []
    present = {made.name for made in desk.workspace.methodology.values()}
    if all(closed.categories <= present for closed in desk.frozen.months.values()):
        return []
    place = {name: row for row, name in enumerate(book.names)}
    return [
        (place[month, entry["project"]], entry)
        for month, closed in desk.frozen.months.items()
        for entry in closed.entries
        if entry["side"] == "value" and entry["category"] not in present
    ]


def gone_values(desk: Desk, first: date, last: date, projects: Sequence[str] | None) -> dict[str, Decimal]:
    """Such category → what the headline counts of it in the months that begin in [first, last)."""
    book, found = desk.book(), dict[str, Decimal]()
    for row, entry in gone(desk, book):
        month, project = book.names[row]
        if first <= month < last and (projects is None or project in projects):
            found[entry["category"]] = found.get(entry["category"], Decimal(0)) + Decimal(entry["counted"])
    return {name: tidy(amount) for name, amount in found.items()}


def gone_entries(desk: Desk, book: Book, rows: Collection[int]) -> list[Entry]:
    """Their entries, of some rows of the book."""
    found, said = [], decisions(desk)
    for row, entry in gone(desk, book):
        if row not in rows:
            continue
        month, project = book.names[row]
        closed, amount = desk.frozen.months[month], tidy(Decimal(entry["amount"]))
        name = f"{month:%Y-%m}/{project}/{entry['category']}"
        state, note = standing(said.get(name), amount, over=True)
        found.append(Entry(
            id=name, period=month, project=project, side="value", category=entry["category"], amount=amount,
            formula=closed.formulas.get(entry["category"]), evidence=cast("Grade", entry["grade"]),
            reason=entry["reason"], realisation=cast("Realisation", entry["realisation"]),
            parts=parts_of(entry) if entry["parts"] else {}, state=state, state_note=note,
            counted=tidy(Decimal(entry["counted"])), note=closed.said(), methodology=closed.seal.methodology,
            data_version=closed.seal.data_version, records=int(entry["records"]),
        ))  # fmt: skip
    return found


def as_sealed(desk: Desk, made: Sequence[Entry]) -> list[Entry]:
    """Entries with what the seal of their month says about them; their state is that of today."""
    if not (desk.sealed and desk.frozen):
        return list(made)
    known: dict[tuple[date, str, str], tuple[ClosedMonth, Sealed]] = {}
    for month in {entry.period for entry in made} & set(desk.frozen.months):
        closed = desk.frozen.months[month]
        known.update({(month, one["project"], one["category"]): (closed, one) for one in closed.entries})
    return [_kept(entry, known.get((entry.period, entry.project, entry.category))) for entry in made]


def _kept(entry: Entry, found: tuple[ClosedMonth, Sealed] | None) -> Entry:
    if found is None:
        return entry
    closed, said = found
    return msgspec.structs.replace(
        entry, evidence=said["grade"], reason=said["reason"], realisation=said["realisation"],
        parts=dict(pairs(said["parts"])), records=int(said["records"]),
        formula=None if entry.formula is None else closed.formulas.get(entry.category, entry.formula),
        methodology=closed.seal.methodology, data_version=closed.seal.data_version,
        note="; ".join(part for part in (entry.note, closed.said()) if part),
    )  # fmt: skip


def _shares(entry: Sealed, usual: Realisation) -> dict[Realisation, Decimal]:
    """Realisation other than the usual one of today → its part of the amount."""
    amount = Decimal(entry["amount"])
    return {
        cast("Realisation", name): part / amount for name, part in parts_of(entry).items() if name != usual and amount
    }
