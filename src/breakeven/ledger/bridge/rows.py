"""Rows of a bridge: one for each place of a month within its period and each project, on both ends.

The first month of one end stands beside the first month of the other. A state is what the figures of those rows are at
one point of the way from one end to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from decimal import Decimal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.books.book import Book
from breakeven.ledger.measuring.grid import Grid, Sheet
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.reasons import row_gap
from breakeven.ledger.sharing.allocate import ran
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Definition, Workspace

Key = tuple[int, str]
"""Place of the month within the period (0 is the first), and project."""
Amounts = Mapping[str, Sequence[Decimal | None]]
"""Figure → its amount in each row; None: there is none, or it is not known."""
PLANNED = frozenset(("cost_allocated", "cost_implementation"))
"""Cost lines that a project without an amount does not have: nothing is unknown about them."""


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a book that lie in the months of one end."""

    book: Book
    months: Sequence[date]
    rows: Mapping[Key, int]
    """Place and project → row of the book."""


def ends(book: Book, months: Sequence[date]) -> Ends:
    """The rows of some months."""
    place = {month: i for i, month in enumerate(months)}
    found = {(place[month], project): row for row, (month, project) in enumerate(book.names) if month in place}
    return Ends(book=book, months=months, rows=found)


def part_of(book: Book, rows: Sequence[int], definitions: Mapping[str, Definition]) -> Book:
    """A book of some rows of a book, with some of its figures, so that it is evaluated faster."""
    grid, index = book.sheet.grid, pa.array(rows, pa.int64())
    small = Sheet(book.sheet.reading, Grid(grid.cells, grid.dims, grid.keys, [grid.rows[row] for row in rows]),
                  book.sheet.projects)  # fmt: skip
    small.columns = {name: column.take(index) for name, column in book.sheet.columns.items()}
    small.notes = {name: column.take(index) for name, column in book.sheet.notes.items()}
    other = copy(book)
    other.__dict__.pop("names", None)
    other.sheet, other.definitions = small, dict(definitions)
    other.ran_in, other.expected = ([flags[row] for row in rows] for flags in (book.ran_in, book.expected))
    other.claimed = {name: column.take(index) for name, column in book.claimed.items()}
    place = {row: i for i, row in enumerate(rows)}
    other.notes = {name: {place[row]: words for row, words in said.items() if row in place}
                   for name, said in book.notes.items()}  # fmt: skip
    other.uncounted = {}
    return other


Lists = dict[tuple[int, int], tuple[pa.Array, list[Decimal | None]]]
"""Columns as they were listed before, by the identity of column and rows."""


def amounts(
    one: Ends, keys: Sequence[Key], names: Iterable[str], listed: Lists | None = None
) -> dict[str, list[Decimal | None]]:
    """The figures of an end's rows, in the order of the keys; columns that were listed before are not listed again."""
    known = listed if listed is not None else {}
    index = pa.array([one.rows.get(key) for key in keys], pa.int64())
    columns = one.book.sheet.columns
    found = {}
    for name in names:
        if name in columns:
            column, place = columns[name], (id(columns[name]), id(one.rows))
            if place not in known:
                known[place] = column, column.take(index).to_pylist()
            found[name] = known[place][1]
    return found


def moved(one: Ends, other: Ends, names: Iterable[str]) -> dict[str, pa.Array]:
    """Columns of one book with the other end's values in the rows that both have; only those that are different."""
    found = {}
    to = [other.rows.get(key) for key in one.rows]
    both = [(row, twin) for row, twin in zip(one.rows.values(), to, strict=True) if twin is not None]
    if not both:
        return {}
    size = len(one.book.sheet.grid)
    twins = dict(both)
    index = pa.array([twins.get(row) for row in range(size)], pa.int64())
    mask = pa.array([row in twins for row in range(size)], pa.bool_())
    for name in names:
        before = one.book.sheet.columns[name]
        if name in other.book.sheet.columns:
            after = pc.if_else(mask, other.book.sheet.columns[name].take(index), before)
            if not after.equals(before):
                found[name] = after
    return found


def added(one: Ends, before: Ends, after: Ends, names: Iterable[str]) -> dict[str, pa.Array]:
    """Columns of an end with what differs between two others added to its rows."""
    found = {}
    for name in names:
        was, now = (side.book.sheet.columns.get(name) for side in (before, after))
        if was is None or now is None or name not in one.book.sheet.columns:
            continue
        values: list[Decimal | None] = one.book.sheet.columns[name].to_pylist()
        for key, row in one.rows.items():
            x, y = (
                side[of[key]].as_py() if key in of else None for side, of in ((was, before.rows), (now, after.rows))
            )
            if x != y:
                known = values[row]
                values[row] = known + y - x if known is not None and x is not None and y is not None else y
        column = pa.array(values, DECIMAL)
        if not column.equals(one.book.sheet.columns[name]):
            found[name] = column
    return found


def standing_of(one: Ends, key: Key, name: str, amount: Decimal | None, workspace: Workspace) -> str | None:
    """Why an amount is unknown; None where it is known, or where there is nothing that could be."""
    if amount is not None or name in PLANNED:
        return None
    place, project = key
    if place >= len(one.months):
        return None
    month, row = one.months[place], one.rows.get(key)
    if row is not None:
        if not one.book.expected[row]:
            return None
        return row_gap(one.book.sheet, workspace, name, row)
    first = one.book.months[0]
    if month >= first or project not in workspace.projects or not ran(workspace.projects[project], month):
        return None
    return f"records start in {first:%Y-%m}"


def inputs(book: Book) -> list[str]:
    """Columns of a book that no formula makes."""
    return [name for name in book.sheet.columns if name not in book.definitions]


def lines_and_categories(workspace: Workspace) -> tuple[str, ...]:
    """What the amounts of a statement are made of."""
    return (*(made.name for made in workspace.methodology.values()), *COST_LINES)
