"""The two ends of a bridge, and the books that stand for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property

import msgspec

from breakeven.errors import UnknownName, UsageProblem, WorkspaceInvalid
from breakeven.ledger.books.book import Book
from breakeven.ledger.cache import Cache
from breakeven.ledger.closing.closed import ClosedMonth, Frozen, overlaid
from breakeven.ledger.desk import Desk
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.measuring.measures import Reading
from breakeven.period import Period
from breakeven.store.state_closings import Closing, closings
from breakeven.store.state_methodology import archived
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.loader import from_texts


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    name: str
    """As it was written."""
    period: Period
    """Whole months."""
    as_of: datetime | None = None
    version: int | None = None
    """Of a closed month."""


class Standing:
    """One end as it stands: its desk, its book with what was closed in place, and its months."""

    def __init__(self, side: Side, desk: Desk, book: Book) -> None:
        self.side, self.desk, self.book = side, desk, book
        self.months = side.period.months()

    @cached_property
    def sealed(self) -> dict[date, ClosedMonth]:
        """The months of it that stand as they were closed."""
        return {month: closed for month, closed in self._frozen.months.items() if month in self.months}

    @property
    def _frozen(self) -> Frozen:
        return self.desk.frozen

    def methodology(self, month: date) -> str:
        """Version of the methodology that its amounts of a month were made by."""
        closed = self.sealed.get(month)
        return closed.seal.methodology if closed is not None else self.desk.workspace.methodology.version

    @property
    def said(self) -> str | None:
        """Who closed it."""
        return "; ".join(dict.fromkeys(closed.said() for _, closed in sorted(self.sealed.items()))) or None


class Version(Standing):
    """One version of a closed month: what is known of it is what was known when it was closed."""

    def __init__(self, side: Side, desk: Desk, frozen: Frozen) -> None:
        super().__init__(side, desk, overlaid(desk.live_book(), frozen))
        self._chosen = frozen

    @property
    def _frozen(self) -> Frozen:
        return self._chosen


@contextmanager
def standing(ledger: Ledger, side: Side, now: datetime) -> Iterator[Standing]:
    """One end, held at one moment of the facts; of a closed version what was known when it was closed.

    Raises UnknownName for a version that does not exist, UsageProblem for one of a month that is open.
    """
    if side.version is not None:
        row = _closing(ledger, side)
        with ledger.desk(now, datetime.fromisoformat(row.closed_at)) as desk:
            yield Version(side, in_workspace(desk, row.methodology), Frozen(ledger.state, [row]))
        return
    with ledger.desk(now, side.as_of) as desk:
        yield Standing(side, desk, desk.book())


def _closing(ledger: Ledger, side: Side) -> Closing:
    rows = [row for row in closings(ledger.state) if row.period == side.period.name]
    if not rows:
        raise UsageProblem(f"{side.period.name} is not closed: it has no version {side.version}")
    for row in rows:
        if row.version == side.version:
            return row
    raise UnknownName(f"version of {side.period.name}", f"v{side.version}", [f"v{row.version}" for row in rows])


def in_workspace(desk: Desk, methodology: str) -> Desk:
    """The desk with the workspace that was in force under a methodology; the same desk where it was not kept."""
    if methodology == desk.workspace.methodology.version:
        return desk
    find = desk.reading.cache.get
    found = find(("archived", methodology), desk.state.version, lambda: _archived(desk, methodology))
    return desk if found is None else over(desk, found)


def over(desk: Desk, workspace: Workspace) -> Desk:
    """The same moment of the facts with another workspace; its answers are kept apart."""
    version = workspace.methodology.version
    if version == desk.workspace.methodology.version:
        return desk
    cache = desk.reading.cache.get(("over", version), None, Cache)
    return Desk(
        Reading(desk.reading.moment, workspace, cache, desk.reading.now, desk.reading.as_of), desk.evaluator, desk.state
    )


def _archived(desk: Desk, methodology: str) -> Workspace | None:
    texts = archived(desk.state, methodology)
    try:
        return from_texts(texts) if texts else None
    except WorkspaceInvalid:
        return None  # written for an earlier breakeven: its figures stand, its formulas cannot be run
