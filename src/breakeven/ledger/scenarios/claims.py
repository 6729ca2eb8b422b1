"""What is done to a value category after its formula, for draws: decay, shared benefits, the headline rule.

Decay and the headline rule multiply a row's value by what they do to it at present. A benefit that several projects
claim is shared by its rule in every draw: who claims, and whether the pool's baseline is exceeded, may differ.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.books.book import Book
from breakeven.ledger.effects.resting import whole_factor
from breakeven.ledger.measuring.grid import assumption_day
from breakeven.ledger.scenarios.collapse import FLOAT, share_of
from breakeven.ledger.scenarios.uncertain import Variates, variate_of
from breakeven.ledger.sharing.overlaps import places
from breakeven.ledger.window import Cell, elapsed_share
from breakeven.workspace.definitions import BenefitPool


class Limit(msgspec.Struct, frozen=True):
    """What a pool counts at most: the sum of some variates, times a scale."""

    places: tuple[int, ...]
    scale: float


class SharedMonth(msgspec.Struct, frozen=True):
    """The claims of one benefit pool in one month."""

    rows: tuple[int, ...]
    """Rows of the book, one a claimant."""
    weights: tuple[float, ...]
    kept: tuple[float, ...]
    """Share of what is left to each claimant that the headline rule counts."""
    inside: tuple[bool, ...]
    """Whether the claimant belongs to what is asked about."""
    limit: Limit | None


class Claims(msgspec.Struct, frozen=True):
    """A value category: what its rows count, and which of them share."""

    weights: pa.Array | None
    """None: every row counts in full."""
    shared: Sequence[SharedMonth]


def claims(book: Book, name: str, rows: Collection[int], variates: Variates, *, counted: bool = True) -> Claims:
    """What happens to the rows of a figure after its formula; nothing to what is no value category.

    `counted`: what counts towards the headline; else what is claimed.
    """
    if name not in book.claimed:
        return Claims(None, ())
    headline = share_of(book.sheet.columns[name], book.claimed[name]) if counted else None
    shared = list(_shared(book, name, set(rows), headline, variates))
    weights = _decay(book, name)
    if headline is not None:
        pooled = pa.array([row for month in shared for row in month.rows], pa.int32())
        outside = pc.invert(pc.is_in(pa.array(range(len(headline)), pa.int32()), pooled))
        headline = pc.if_else(outside, headline, 1.0)
        weights = headline if weights is None else pc.multiply(weights, headline)
    return Claims(weights, shared)


def _decay(book: Book, name: str) -> pa.Array | None:
    """What decay leaves of each row; 1 where nothing decays."""
    decays = book.decays.get(name)
    if not decays:
        return None
    return pa.array([float(whole_factor(decays[place])) if place in decays else 1.0 for place in book.names], FLOAT)


def _shared(book: Book, name: str, rows: set[int], headline: pa.Array | None, variates: Variates) -> list[SharedMonth]:
    sheet, found = book.sheet, []
    for pool, cell, claimants, _ in places(sheet.reading.workspace, sheet, book.months, name):
        if rows.isdisjoint(claimants.values()):
            continue
        found.append(SharedMonth(
            rows=tuple(claimants.values()), weights=tuple(float(pool.projects[project]) for project in claimants),
            kept=tuple(1.0 if headline is None else headline[row].as_py() for row in claimants.values()),
            inside=tuple(row in rows for row in claimants.values()),
            limit=_limit(book, pool, sheet.grid.cells[cell], variates),
        ))  # fmt: skip
    return found


def _limit(book: Book, pool: BenefitPool, cell: Cell, variates: Variates) -> Limit | None:
    """The pool's baseline by the rule of `overlaps.baseline`, as uncertain as its assumption is."""
    reading = book.sheet.reading
    over, whole = elapsed_share(cell.first.replace(day=1), reading.workspace.calendar, reading.now)
    if pool.assumption is None:
        return None if pool.baseline is None else Limit((variates.certain(float(pool.baseline)),), over / whole)
    assumption, day = reading.workspace.assumptions[pool.assumption], assumption_day(cell, reading.today)
    scopes = sorted(pool.projects) if assumption.per == "month" else (None,)
    stated = [assumption.on(day, scope) or assumption.on(cell.last - timedelta(days=1), scope) for scope in scopes]
    known = tuple(variates.place(variate_of(assumption.name, value)) for value in stated if value is not None)
    return Limit(known, over / whole) if known else None
