"""The range of single entries: P10 and P90 of what is claimed, for each value category, month and project.

Entries of one month and project share what they share; ranges of several entries cannot be added up (see `ranges.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Entry
from breakeven.ledger.scenarios.draws import Drawn, Span, percentiles
from breakeven.ledger.scenarios.range_model import Below
from breakeven.period import add_months

SEED, DRAWS = 1, 10_000
BLOCK = 50
"""Rows of the book that are looked at together: with 10 000 draws and five categories 20 MB."""

EntryRange = tuple[Decimal, Decimal]
"""P10 and P90, to the cent."""


def entry_ranges(
    desk: Desk, window: tuple[date, date] | None = None, project: str | None = None, *, seed: int = SEED,
    draws: int = DRAWS,
) -> dict[tuple[date, str, str], EntryRange]:  # fmt: skip
    """(Month, project, value category) → its range, for the entries that depend on something uncertain.

    `window`: first day and the day after the last; None: all months. Raises UnknownName for a project.
    """
    desk.check_projects(None if project is None else (project,))
    book = desk.book()
    first, last = window if window is not None else (book.months[0], add_months(book.months[-1], 1))
    rows = [row for row, (month, owner) in enumerate(book.names)
            if first <= month < last and project in (None, owner)]  # fmt: skip
    return _of_rows(desk, rows, seed, draws)


def with_ranges(desk: Desk, found: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries with their ranges; what depends on nothing uncertain has its amount as both ends."""
    wanted = {(entry.period, entry.project) for entry in found if entry.side == "value"}
    rows = [row for row, place in enumerate(desk.book().names) if place in wanted]
    ranges = _of_rows(desk, rows, SEED, DRAWS)
    made = []
    for entry in found:
        low, high = ranges.get((entry.period, entry.project, entry.category), (entry.amount, entry.amount))
        made.append(msgspec.structs.replace(entry, p10=low, p90=high))
    return tuple(made)


def _of_rows(desk: Desk, rows: Sequence[int], seed: int, draws: int) -> dict[tuple[date, str, str], EntryRange]:
    categories = [made.name for made in desk.workspace.methodology.values()]
    return dict(
        found for place in range(0, len(rows), BLOCK)
        for found in _ranges(desk, rows[place : place + BLOCK], categories, Span(0, draws), seed)
    )  # fmt: skip


def _ranges(
    desk: Desk, rows: Sequence[int], categories: Sequence[str], span: Span, seed: int
) -> Iterator[tuple[tuple[date, str, str], EntryRange]]:
    below = Below(desk, {row: row for row in rows}, categories, counted=False)
    for name, found in below.sums(Drawn(below.variates.listed, seed, span)).items():
        for row, values in found.items():
            low, high = percentiles(values, (0.1, 0.9))
            if low is not None and high is not None:
                yield (*desk.book().names[row], name), (_cents(low), _cents(high))


def _cents(number: float) -> Decimal:
    return Decimal(repr(round(number, 2))).quantize(Decimal("0.01"))
