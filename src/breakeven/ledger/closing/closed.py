"""Closed months in the book: what was sealed stands in its rows, whatever facts, formulas or projects came after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.errors import StoreDamaged
from breakeven.ledger.books.book import Book
from breakeven.ledger.cache import Cache
from breakeven.ledger.closing.chain import KINDS, Malformed, Seal, amount, read, sha256
from breakeven.ledger.closing.chain import Sealed as SealedText
from breakeven.ledger.measuring.grid import Grid, Sheet
from breakeven.ledger.measuring.measures import DECIMAL, MISSING, OF, RATE
from breakeven.ledger.window import Cell
from breakeven.period import add_months
from breakeven.store.state import State
from breakeven.store.state_closings import Closing, closings, content

Amounts = Mapping[str, Mapping[str, Decimal | None]]
"""Figure → project → its value in the month; None: unknown then."""
Sealed = Mapping[str, str]
"""A sealed entry: name of the field → its text."""


class ClosedMonth:
    """The version of a closed month that holds, read from its sealed text."""

    def __init__(self, sealed: SealedText, hash_: str, text: str) -> None:
        self.seal: Seal = sealed.seal
        self.hash, self.text = hash_, text
        self.lines = sealed.lines

    @cached_property
    def amounts(self) -> Amounts:
        """Inputs and figures."""
        return _by_name((*self.lines["input"], *self.lines["figure"]))

    @cached_property
    def claimed(self) -> Amounts:
        """Value categories before what the headline rule takes away, where that differs."""
        return _by_name(self.lines["claimed"])

    @cached_property
    def entries(self) -> tuple[Sealed, ...]:
        """The entries: name of the field → its text."""
        return tuple(dict(zip(KINDS["entry"], fields, strict=True)) for fields in self.lines["entry"])

    @cached_property
    def categories(self) -> frozenset[str]:
        """The value categories that it had."""
        return frozenset(name for name, section, _, _ in self.lines["formula"] if section == "value")

    @cached_property
    def formulas(self) -> Mapping[str, str]:
        """Figure → the formula that it was made with."""
        return {name: text for name, _, _, text in self.lines["formula"]}

    @cached_property
    def projects(self) -> tuple[str, ...]:
        """Projects that the month had."""
        return tuple(dict.fromkeys(project for project, _, _ in self.lines["input"]))

    @cached_property
    def unseen(self) -> Mapping[str, Mapping[str, object]]:
        """What measures could not see: name with the endings of `measuring/measures.py` → project → number or words."""
        found: dict[str, dict[str, object]] = {}
        for project, measure, missing, of, words in self.lines["unseen"]:
            for ending, value in ((MISSING, missing and int(missing)), (OF, of and int(of)), (RATE, words)):
                if value:
                    found.setdefault(measure + ending, {})[project] = value
        return found

    def said(self) -> str:
        """Who closed it and when, for the explanation of a figure."""
        seal = self.seal
        again = "" if seal.version == 1 else f", restated: {seal.reason}"
        return f"closed {seal.closed_at:%Y-%m-%d} by {seal.closed_by}, version {seal.version}{again}"


class Frozen:
    """All closed months at a moment, each in its latest version; false where there are none."""

    def __init__(self, state: State, rows: Sequence[Closing], cache: Cache | None = None) -> None:
        self._state, self._rows, self._cache = state, rows, cache if cache is not None else Cache()

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def key(self) -> tuple[str, ...]:
        """What a cache of anything made from it is keyed by."""
        return tuple(row.hash for row in self._rows)

    def within(self, first: date, last: date) -> list[ClosedMonth]:
        """Those that begin in [first, last), in order."""
        return [self.months[month] for month in sorted(self.months) if first <= month < last]

    @cached_property
    def months(self) -> Mapping[date, ClosedMonth]:
        """By first day; read when they are asked for.

        Raises StoreDamaged where a text is not what was hashed: a figure from it would be worth nothing.
        """
        found = [self._cache.get(("closed month", row.hash), None, lambda row=row: self._opened(row))  # type: ignore[misc]
                 for row in self._rows]  # fmt: skip
        return {month.seal.month: month for month in found}

    def _opened(self, row: Closing) -> ClosedMonth:
        text, way = content(self._state, row.period, row.version), "see breakeven ledger verify"
        if sha256(text) != row.hash:
            raise StoreDamaged(f"the closed month {row.period} is not what was sealed ({way})")
        try:
            return ClosedMonth(read(text), row.hash, text)
        except Malformed as error:
            raise StoreDamaged(f"the closed month {row.period} cannot be read, {error} ({way})") from error


def frozen_rows(state: State, as_of: datetime | None = None, cache: Cache | None = None) -> Frozen:
    """The closed months that existed at `as_of` (None: now); `cache` keeps what is read, by its hash."""
    kept = cache if cache is not None else Cache()
    rows = kept.get(("closings", as_of), state.version, lambda: closings(state, as_of))
    latest = {row.period: row for row in rows}  # rows come by version, the last one stays
    return Frozen(state, list(latest.values()), kept)


def overlaid(book: Book, frozen: Frozen) -> Book:
    """The book with what is closed in place; rows of a closed month that its seal does not have hold nothing."""
    if not frozen:
        return book
    made = _with_rows(book, frozen)
    rows = [(row, *name) for row, name in enumerate(made.names) if name[0] in frozen.months]
    mask = pa.array([name[0] in frozen.months for name in made.names], pa.bool_())
    sheet = made.sheet
    for name, column in sheet.columns.items():
        held = {month: closed.amounts.get(name, {}) for month, closed in frozen.months.items()}
        values = pa.array([held[month].get(project) for _, month, project in rows], DECIMAL)
        sheet.columns[name] = pc.replace_with_mask(column, mask, values)
    for name in made.claimed:
        held = {month: _claimed(closed, name) for month, closed in frozen.months.items()}
        values = pa.array([held[month].get(project) for _, month, project in rows], DECIMAL)
        made.claimed[name] = pc.replace_with_mask(made.claimed[name], mask, values)
    _notes(made, frozen, rows, mask)
    for row, month, project in rows:
        if project not in frozen.months[month].projects:
            made.expected[row] = False
    sheet.forget()
    return made


def _claimed(closed: ClosedMonth, name: str) -> Mapping[str, Decimal | None]:
    return {**closed.amounts.get(name, {}), **closed.claimed.get(name, {})}


def _notes(made: Book, frozen: Frozen, rows: Sequence[tuple[int, date, str]], mask: pa.Array) -> None:
    """What amounts leave out and what was done to them, as it was said then."""
    sheet = made.sheet
    names = {name for closed in frozen.months.values() for name in closed.unseen}
    seen = {name for name in sheet.notes if name.endswith((MISSING, OF, RATE))}
    for name in sorted(seen | names):
        kind = pa.string() if name.endswith(RATE) else pa.int64()
        column = sheet.notes.get(name, pa.nulls(len(mask), kind))
        held = {month: closed.unseen.get(name, {}) for month, closed in frozen.months.items()}
        values = pa.array([held[month].get(project) for _, month, project in rows], kind)
        sheet.notes[name] = pc.replace_with_mask(column, mask, values.cast(column.type))
    place = {(month, project): row for row, month, project in rows}
    closed_rows = {row for row, _, _ in rows}
    for said in made.notes.values():
        for row in closed_rows.intersection(said):
            del said[row]
    for month, closed in frozen.months.items():
        for project, name, words in closed.lines["note"]:
            if (month, project) in place:
                made.note(name, place[month, project], words)


def _with_rows(book: Book, frozen: Frozen) -> Book:
    """A copy of the book that has a row for everything sealed: a project may be gone, a first month too."""
    other = copy(book)
    other.__dict__.pop("names", None)
    other.__dict__.pop("month_place", None)
    old = book.sheet
    months = sorted({*book.months, *frozen.months})
    wanted = [(project,) for closed in frozen.months.values() for project in closed.projects]
    keys = list(dict.fromkeys([*old.grid.keys, *wanted]))
    other.sheet = Sheet(old.reading, old.grid, old.projects)
    other.sheet.columns, other.sheet.notes = dict(old.columns), dict(old.notes)
    other.claimed, other.notes = dict(book.claimed), {name: dict(said) for name, said in book.notes.items()}
    other.corrections = {}
    other.ran_in, other.expected = list(book.ran_in), list(book.expected)
    if len(months) > len(book.months) or len(keys) > len(old.grid.keys):
        _widen(other, book, months, keys)
    return other


def _widen(other: Book, book: Book, months: list[date], keys: list[tuple[str | None, ...]]) -> None:
    old = book.sheet
    known = {cell.key: cell for cell in old.grid.cells}
    starts = [datetime.combine(month, time()) for month in months]
    cells = [
        known.get(start, Cell(f"{month:%Y-%m}", start, month, add_months(month, 1)))
        for month, start in zip(months, starts, strict=True)
    ]
    grid = Grid(cells, old.grid.dims, keys)
    place = {(book.months[cell], key): row for row, (cell, key) in enumerate(old.grid.rows)}
    was = [place.get((months[cell], key)) for cell, key in grid.rows]
    index = pa.array(was, pa.int32())
    other.months = months
    other.sheet = Sheet(old.reading, grid, old.projects)
    other.sheet.columns = {name: column.take(index) for name, column in old.columns.items()}
    other.sheet.notes = {name: column.take(index) for name, column in old.notes.items()}
    other.claimed = {name: column.take(index) for name, column in book.claimed.items()}
    other.ran_in = [True if row is None else book.ran_in[row] for row in was]
    other.expected = [False if row is None else book.expected[row] for row in was]
    now = {row: new for new, row in enumerate(was) if row is not None}
    other.notes = {name: {now[row]: words for row, words in said.items()} for name, said in book.notes.items()}


def parts_of(entry: Sealed) -> dict[str, Decimal]:
    """Realisation → part of the amount."""
    return dict(pairs(entry["parts"])) or {entry["realisation"]: Decimal(entry["amount"])}


def pairs(text: str) -> Iterator[tuple[str, Decimal]]:
    """`cash=60 capacity=40` as pairs."""
    for part in text.split():
        name, _, number = part.partition("=")
        yield name, Decimal(number)


def _by_name(lines: Sequence[tuple[str, ...]]) -> dict[str, dict[str, Decimal | None]]:
    found: dict[str, dict[str, Decimal | None]] = {}
    for project, name, text in lines:
        found.setdefault(name, {})[project] = amount(text)
    return found
