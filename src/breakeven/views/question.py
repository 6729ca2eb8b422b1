"""What one page is made from: a moment of the ledger, the filters, and answers that several panels share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from breakeven.ledger.arriving.pauses import limits
from breakeven.ledger.cases.notes import Note, notes_of
from breakeven.ledger.catalogue import Figure, figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.results import Entry, Freshness, Statement
from breakeven.ledger.statement import statement
from breakeven.period import Calendar, Period
from breakeven.views.asking.filters import Filters
from breakeven.views.format import Display
from breakeven.views.server import Server
from breakeven.views.sources import Sources, sources
from breakeven.workspace.definitions import Workspace


class Kept(Protocol):
    """A memory for answers that hardly change: `kept(key, make)` gives what was made less than a minute ago."""

    def __call__(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any: ...


class Question:
    """One asking of a page. Panels are functions of it; they ask the ledger through `desk` and compute nothing."""

    def __init__(
        self, desk: Desk, filters: Filters, *, path: str, period: Period, projects: tuple[str, ...] | None,
        show: Display, fresh: Sequence[Freshness], kept: Kept, given: Mapping[str, str],
        own: Mapping[str, str] | None = None,
        server: Server | None = None,
    ) -> None:  # fmt: skip
        self.desk, self.filters, self.path, self.period = desk, filters, path, period
        self.projects = projects
        """The projects that are asked for, category resolved; None: all."""
        self.show = show
        """How values are written: locale, currency of the page."""
        self.fresh = fresh
        self.kept = kept
        self.given = given
        """Values of the path, and parameters of the page's own."""
        self.own = given if own is None else own
        """Parameters of the page's own alone."""
        self._answered: dict[tuple[object, ...], Any] = {}
        self.server = server if server is not None else Server()
        """The process that serves the page."""

    def once(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        """An answer of this very page that several of its panels share."""
        if key not in self._answered:
            self._answered[key] = make()
        return self._answered[key]

    @property
    def workspace(self) -> Workspace:
        """What is declared."""
        return self.desk.workspace

    @property
    def calendar(self) -> Calendar:
        """The company's."""
        return self.workspace.calendar

    @property
    def now(self) -> datetime:
        """The instant that is asked about: the present, or that of `as_of`."""
        return self.desk.reading.now

    @property
    def window(self) -> tuple[date, date]:
        """First day of the period and the day after its last."""
        return self.period.start, self.period.end

    @property
    def until(self) -> date:
        """The last day that the page speaks of: the period's last, or today."""
        return min(self.desk.reading.today, self.period.end - timedelta(days=1))

    @cached_property
    def catalogue(self) -> Mapping[str, Figure]:
        """Every figure that can be asked for."""
        return figures(self.workspace)

    @cached_property
    def statement(self) -> Statement:
        """The statement of the period and the projects."""
        return statement(self.desk, self.period, self.projects)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """The amounts behind the statement, of complete and open months, at most a minute old."""
        found: Sequence[Entry] = self.kept(("entries", self.window), lambda: entries(self.desk, self.window))
        return [entry for entry in found if self.projects is None or entry.project in self.projects]

    @cached_property
    def sources(self) -> Sources:
        """Which sources have gone quiet at present."""
        return sources(self.fresh, limits(self.desk.reading))

    @cached_property
    def notes(self) -> Sequence[Note]:
        """What people wrote, the latest first."""
        return notes_of(self.desk.reading.moment)

    def name_of(self, project: str) -> str:
        """A project's name as people know it."""
        known = self.workspace.projects.get(project)
        return known.name if known is not None else project.capitalize() if project == "unassigned" else project

    def link(self, path: str, also: Mapping[str, str] | None = None, **changes: Any) -> str:
        """Address of a page under the same filters, some of them changed."""
        return self.filters.link(path, also, **changes)

    def explain(self, figure: str, project: str | None = None) -> str:
        """Address that opens a figure's explanation on this page."""
        wanted = f"{figure}@{project}" if project else figure
        return self.filters.link(self.path, {**self.own, "explain": wanted})
