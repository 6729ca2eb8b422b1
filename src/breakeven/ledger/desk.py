"""What answers one request: one moment of the facts, the book made from it, and levels made from the book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from breakeven.errors import UnknownName
from breakeven.facts import UNASSIGNED
from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.bookkeeping import definitions_of, make_book, measures_of
from breakeven.ledger.books.evaluate import Ask, Level, make_level
from breakeven.ledger.closing.closed import Frozen, frozen_rows, overlaid
from breakeven.ledger.closing.closed_totals import add_corrections
from breakeven.ledger.closing.recounting import Recounted, recounted_book
from breakeven.ledger.effects.decay import resting_kinds
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.sharing.drivers import driver_kinds
from breakeven.ledger.timeline import Series
from breakeven.ledger.window import Window, elapsed_share, window
from breakeven.measures import MEASURES
from breakeven.period import Grain, add_months
from breakeven.store.state import State
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Workspace

VALUE, INVESTMENT, NET, ROI = "total_monthly_value", "investment", "net_value", "roi_percent"
"""Metrics of the methodology that a statement is headed by."""


class Desk:
    """One request's view of the ledger; `sealed` false: as if no month were closed.

    `recounted`: closed months are counted by the headline rule of the workspace, not by the one they were sealed with.
    """

    def __init__(
        self, reading: Reading, evaluator: Evaluator, state: State, *, sealed: bool = True, recounted: bool = False
    ) -> None:  # fmt: skip
        self.reading, self.evaluator, self.state, self.sealed = reading, evaluator, state, sealed
        self.recounted = recounted
        self._live: Book | None = None
        self._book: Book | None = None

    @property
    def workspace(self) -> Workspace:
        """What is declared."""
        return self.reading.workspace

    @cached_property
    def frozen(self) -> Frozen:
        """The months that are closed at the moment of the desk."""
        found = frozen_rows(self.state, self.reading.as_of, self.reading.cache)
        return Recounted(found, self.workspace.headline) if self.recounted and found else found

    def as_if_open(self) -> Desk:
        """The same moment of the facts, as if no month were closed."""
        return Desk(self.reading, self.evaluator, self.state, sealed=False)

    def book(self) -> Book:
        """Stage 1, closed months as they were closed; kept until its facts change or a minute has passed."""
        if not self.sealed:
            return self.live_book()
        if self._book is None:
            version = (*self._moment(), self.state.version)
            kept = self.reading.cache.get(("book",), version, self._closed_book)
            self._book = kept.read_again(self.reading)
        return self._book

    def _closed_book(self) -> Book:
        if isinstance(self.frozen, Recounted):
            return recounted_book(self.live_book(), self.frozen, self.workspace, self.evaluator)
        made = overlaid(self.live_book(), self.frozen)
        add_corrections(made, self.frozen, self.workspace, self.evaluator)
        return made

    def live_book(self) -> Book:
        """Stage 1 as the facts have it now, as if no month were closed."""
        if self._live is None:
            kept = self.reading.cache.get(
                ("live book",), self._moment(), lambda: make_book(self.reading, self.evaluator)
            )
            self._live = kept.read_again(self.reading)
        return self._live

    def _moment(self) -> tuple[object, ...]:
        """What stage 1 depends on: the facts of its kinds, and the minute."""
        versions = self.reading.moment.versions.by_kind
        return (*(versions.get(kind, 0) for kind in self._kinds()), self._minute())

    def _minute(self) -> tuple[date, tuple[int, int]]:
        """What plans of the open month are prorated by."""
        return self.reading.today, elapsed_share(self.reading.open_month, self.workspace.calendar, self.reading.now)

    def _kinds(self) -> list[str]:
        used = measures_of(definitions_of(self.workspace.methodology))
        kinds = {MEASURES[name].relation for name in used}
        kinds |= resting_kinds(self.workspace) | driver_kinds(self.workspace)
        return sorted(kinds | {"cost", "interaction"})

    def moment(self) -> tuple[object, ...]:
        """What any answer depends on: all facts, what people decided, and the minute."""
        versions = self.reading.moment.versions.by_kind
        facts = (versions[kind] for kind in sorted(versions))
        return *facts, self._minute(), self.state.version, self.reading.as_of

    def level(self, ask: Ask) -> Level:
        """Figures at a level; kept until any fact changes or a minute has passed."""
        kept = self.reading.cache.get(
            ("level", ask, self.sealed),
            self.moment(),
            lambda: make_level(self.reading, self.evaluator, ask, self.book),
        )
        return kept.read_again(self.reading, self.book)

    def window(self, first: date, last: date) -> Window:
        """The window of some days."""
        return window(first, last, self.workspace.calendar)

    def headline(self) -> tuple[str, ...]:
        """What a statement needs: headline metrics as far as they are defined, value categories, cost lines."""
        definitions = self.workspace.methodology.definitions
        heads = (name for name in (VALUE, INVESTMENT, NET, ROI) if name in definitions)
        return (*heads, *(made.name for made in self.workspace.methodology.values()), *COST_LINES)

    def monthly(self, dims: tuple[str, ...] = (), projects: tuple[str, ...] | None = None) -> Level:
        """Headline figures of every month of the book."""
        months = self.book().months
        span = self.window(months[0], add_months(months[-1], 1))
        return self.level(Ask(names=self.headline(), span=span, grain=Grain.MONTH, dims=dims, projects=projects))

    def series(self, level: Level, key: int = 0) -> Series:
        """Value and cost of one key of `monthly`."""
        return self.every_series(level)[key]

    def every_series(self, level: Level) -> list[Series]:
        """Value and cost of every key of `monthly`, in one pass over its rows."""
        value, cost = headline_columns(level)
        rows: list[list[int]] = [[] for _ in level.grid.keys]
        for row, (_, key) in enumerate(level.grid.rows):
            rows[key].append(row)
        months = [cell.first for cell in level.grid.cells]
        cells = [cell for cell, _ in level.grid.rows]
        return [
            Series([months[cells[row]] for row in mine], [value[row] for row in mine], [cost[row] for row in mine],
                   self.workspace.calendar, self.reading.now)
            for mine in rows
        ]  # fmt: skip

    def known_projects(self) -> list[str]:
        """Declared projects, and those that facts name."""
        found = [name for name in self.book().projects if name != UNALLOCATED]
        return list(dict.fromkeys([*self.workspace.projects, *found, UNASSIGNED]))

    def check_projects(self, projects: Sequence[str] | None) -> tuple[str, ...] | None:
        """The projects as asked for. Raises UnknownName for one that is neither declared nor named by a fact."""
        if projects is None:
            return None
        known = self.known_projects()
        for project in projects:
            if project not in known and project != UNALLOCATED:
                raise UnknownName("project", project, known)
        return tuple(projects)


def headline_columns(level: Level) -> tuple[list[Decimal | None], list[Decimal | None]]:
    """Value and investment of each row: the methodology's figures, or the sums of what is known."""
    found = []
    categories = tuple(made.name for made in level.workspace.methodology.values())
    for name, parts in ((VALUE, categories), (INVESTMENT, COST_LINES)):
        if name in level.sheet.columns:
            found.append(level.sheet.columns[name].to_pylist())
        else:
            columns = [level.sheet.columns[part].to_pylist() for part in parts]
            found.append([_known_sum(row) for row in zip(*columns, strict=True)] or [None] * len(level.grid))
    return found[0], found[1]


def _known_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
