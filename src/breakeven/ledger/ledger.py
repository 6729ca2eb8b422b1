"""The ledger's front: statements, metrics, explanations and entries of one workspace over one store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import msgspec

from breakeven.errors import DataMoved, UsageProblem
from breakeven.facts import PERIODIC
from breakeven.formula import Evaluator
from breakeven.ledger.cache import Cache
from breakeven.ledger.catalogue import Figure, figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.effects.effects import with_effects
from breakeven.ledger.explain import explain
from breakeven.ledger.freshness import Freshnesses
from breakeven.ledger.headlines import with_headline
from breakeven.ledger.invoicing.currency import at_rates_of
from breakeven.ledger.measuring.measures import Reading, span_of
from breakeven.ledger.metrics import NONE, metrics
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.results import Entry, Explanation, Freshness, MetricTable, Statement
from breakeven.ledger.statement import statement
from breakeven.ledger.window import Moment
from breakeven.period import Grain, Period
from breakeven.store.base import Store
from breakeven.store.state import State
from breakeven.workspace.definitions import Headline, Workspace


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What tells a view of the ledger from every other one, so that it can be had again."""

    data: int
    """Data version."""
    facts: datetime
    """When the last of its facts was recorded; its present where there are none."""
    present: datetime
    """Its present: plans are prorated to it, and decisions until then are known."""


def pin_of(desk: Desk) -> Pin:
    """The pin of a desk."""
    reading = desk.reading
    versions = reading.moment.versions
    return Pin(data=versions.data, facts=versions.changed_at or reading.now, present=reading.now)


class Ledger:
    """Answers for one workspace over one store; safe to use from many threads.

    `now` is an aware instant; each answer is made from one moment of the data and says its data version. A reloaded
    workspace needs a new Ledger. What has no method here takes a `desk`.
    """

    def __init__(
        self, workspace: Workspace, store: Store, evaluator: Evaluator | None = None, state: State | None = None
    ) -> None:
        self.workspace, self._store = workspace, store
        self.state = state if state is not None else State.open()
        self._evaluator = evaluator if evaluator is not None else Evaluator(threads=1)
        self._cache, self._pasts = Cache(), Cache(limit=8)
        self._freshness = Freshnesses()
        self._catalogue: Mapping[str, Figure] = figures(workspace)

    def under(self, workspace: Workspace) -> Ledger:
        """The same facts and decisions under another workspace: an earlier methodology of this one."""
        return Ledger(workspace, self._store, self._evaluator, self.state)

    @contextmanager
    def desk(self, now: datetime, as_of: datetime | None = None) -> Iterator[Desk]:
        """One request's view of the facts: the present, or what was known at `as_of` (an aware instant).

        Raises UsageProblem where `as_of` lies in the future.
        """
        if as_of is not None and as_of > now:
            raise UsageProblem(f"as of {as_of:%Y-%m-%d %H:%M %Z} lies in the future")
        present, cache = (now, self._cache) if as_of is None else (as_of, self._past(as_of))
        with self._store.snapshot(as_of) as moment:
            reading = with_effects(Reading(moment, self.workspace, cache, present, as_of), self._evaluator)
            yield Desk(reading, self._evaluator, self.state)

    @contextmanager
    def pinned(self, pin: Pin) -> Iterator[Desk]:
        """The view that was once had, again: the facts of its data version, its plans and decisions as of its present.

        Raises DataMoved where the facts of then cannot be told from later ones.
        """
        key = (pin.facts, pin.present)
        with self._store.snapshot(pin.facts) as moment:
            if moment.versions.data != pin.data:
                raise DataMoved(f"data version {pin.data} cannot be had again (it would be {moment.versions.data}):"
                                " records of an earlier time were stored meanwhile; begin again")  # fmt: skip
            cache = self._pasts.get(key, 0, Cache)
            reading = Reading(moment, self.workspace, cache, pin.present, pin.present)
            yield Desk(with_effects(reading, self._evaluator), self._evaluator, self.state)

    def _past(self, as_of: datetime) -> Cache:
        """The answers as of an instant, apart from those of the present; of the last few instants."""
        return self._pasts.get(as_of, 0, Cache)

    def statement(
        self, period: Period, *, now: datetime, project: str | None = None, as_of: datetime | None = None,
        rates_of: date | None = None, headline: Headline | None = None,
    ) -> Statement:  # fmt: skip
        """The statement of whole months; `project` None is the portfolio; `rates_of` a day for constant currency.

        `headline`: another rule of what counts. Raises UsageProblem for a period that is not of whole months,
        UnknownName for a project.
        """
        with self.desk(now, as_of) as desk:
            return statement(at_rates_of(with_headline(desk, headline), rates_of), period, project)

    def metrics(
        self,
        names: Sequence[str],
        *,
        now: datetime,
        grain: Grain = Grain.MONTH,
        window: tuple[Moment, Moment] | None = None,
        by: str | Sequence[str] = NONE,
        projects: Sequence[str] | None = None,
        as_of: datetime | None = None,
        rates_of: date | None = None,
        headline: Headline | None = None,
        only: Mapping[str, Sequence[str | None]] | None = None,
    ) -> tuple[MetricTable, ...]:
        """Figures over time, one table a name; see `ledger/metrics.py`.

        `window`: first day and the day after the last, or two instants. Raises UnknownName, UsageProblem.
        """
        with self.desk(now, as_of) as desk:
            seen = at_rates_of(with_headline(desk, headline), rates_of)
            return metrics(seen, names, grain=grain, span=window, by=by, projects=projects, only=only)

    def explain(
        self, name: str, *, period: Period, now: datetime, project: str | None = None, as_of: datetime | None = None,
        rates_of: date | None = None, headline: Headline | None = None,
    ) -> Explanation:  # fmt: skip
        """A figure taken apart, down to records and assumptions. Raises UnknownName, UsageProblem."""
        with self.desk(now, as_of) as desk:
            return explain(at_rates_of(with_headline(desk, headline), rates_of), name, period, project)

    def entries(
        self, window: tuple[date, date] | None = None, *, now: datetime, project: str | None = None
    ) -> tuple[Entry, ...]:
        """The amounts of every month that begins in the window (None: all); they sum to the statements."""
        with self.desk(now) as desk:
            return entries(desk, window, project)

    def figures(self) -> Mapping[str, Figure]:
        """The catalogue: every figure that can be asked for, by name."""
        return self._catalogue

    def projects(self, *, now: datetime) -> tuple[str, ...]:
        """Declared projects, and those that facts name."""
        with self.desk(now) as desk:
            return tuple(desk.known_projects())

    def facts_span(self, *, now: datetime, as_of: datetime | None = None) -> tuple[date, date] | None:
        """First local day with a record and the day after the last; None without records."""
        with self.desk(now, as_of) as desk:
            return span_of(desk.reading, PERIODIC)

    def freshness(self, now: datetime) -> tuple[Freshness, ...]:
        """What each source last said, by kind."""
        with self._store.snapshot() as moment:
            return self._freshness.read(moment, now)
