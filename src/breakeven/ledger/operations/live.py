"""How models run in a stretch of time that ends now: totals, each model, and the course by minute, hour or day.

Every figure is that of `ledger/metrics.py` for the same window; what is kept is only that each is asked for once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from breakeven.ledger.books.evaluate import cuttable
from breakeven.ledger.catalogue import figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import Only, Question
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.held import held_desk
from breakeven.ledger.operations.stretches import Stretch
from breakeven.ledger.results import MetricRow, Number, Result
from breakeven.ledger.window import Moment, window
from breakeven.period import Grain
from breakeven.store.schema import INTERACTION

FIGURES = (
    "interactions", "errors", "error_rate", "latency_p50_ms", "latency_p95_ms", "ai_cost", "cost_per_prediction",
    "cost_per_successful_outcome", "successful_outcomes", "outcomes_known", "interaction_revenue",
    "revenue_per_interaction", "conversion_rate", "resolution_rate", "interaction_hours_saved",
    "interaction_csat_sum", "interaction_csat_count", "unpriced_interactions", "unmetered_interactions",
)  # fmt: skip
"""What is said of interactions; those that a methodology does not have are left out."""
COURSE = ("interactions", "error_rate", "cost_per_prediction", "revenue_per_interaction", "conversion_rate", "ai_cost",
          "latency_p95_ms", "interaction_csat_sum", "interaction_csat_count")  # fmt: skip
"""What is shown cell by cell."""
CSAT, PER_HOUR = "interaction_csat", "interactions_per_hour"
"""Figures that are made here: mean satisfaction in interactions, and interactions in an hour of the stretch."""


class Scope(Result, frozen=True, kw_only=True):
    """What is looked at."""

    projects: tuple[str, ...] | None = None
    """None: all."""
    models: tuple[str | None, ...] | None = None
    """None: all; a model that is None is one that the source does not name."""
    teams: tuple[str | None, ...] | None = None

    @property
    def only(self) -> dict[str, tuple[str | None, ...]]:
        """As `metrics` takes it."""
        found = {"model": self.models, "team": self.teams}
        return {name: values for name, values in found.items() if values is not None}

    @property
    def key(self) -> Only:
        """As a question of measures has it."""
        return tuple(sorted(self.only.items()))


class Said(Result, frozen=True, kw_only=True):
    """One value, and why it is unknown or what it does not include."""

    value: Number | None
    reason: str | None = None


Figures = Mapping[str, Said]


class ModelFigures(Result, frozen=True, kw_only=True):
    """One model in a window."""

    model: str | None
    """None: interactions that name no model."""
    figures: Figures


class Running(Result, frozen=True, kw_only=True):
    """A window: everything together, and model by model, the most used first."""

    total: Figures
    models: tuple[ModelFigures, ...]


class Cell(Result, frozen=True, kw_only=True):
    """One minute, hour or day."""

    period: str
    figures: Figures


def asked_for(desk: Desk, names: Sequence[str] = FIGURES, dims: Sequence[str] = ("model",)) -> tuple[str, ...]:
    """The figures that the methodology has and that can be cut by some dimensions."""
    known = figures(desk.workspace)
    today = desk.reading.today
    span = window(today, today.replace(year=today.year + 1, day=1), desk.workspace.calendar)
    found = []
    for name in names:
        allowed = cuttable(name, desk.workspace, span, Grain.DAY) if name in known else frozenset[str]()
        if allowed is None or set(dims) <= allowed:
            found.append(name)
    return tuple(found)


def running(
    desk: Desk, span: tuple[Moment, Moment], scope: Scope, *, hours: Decimal | None = None, at: Desk | None = None
) -> Running:
    """A window in all, kept until one of its interactions changes.

    `hours`: how much of it is over, for what is said per hour; `at`: a desk from `held`.
    """
    reading, asked = desk.reading, window(*span, desk.workspace.calendar)
    silent = reading.presence(INTERACTION).first is None
    version = (reading.unchanged(asked), hours, silent)
    # The week before is also the usual week: asked with and without a rate per hour, each is kept.
    key = ("running", asked, scope, hours is None)
    return reading.cache.get(key, version, lambda: _running(desk, span, scope, hours, at))


def _running(desk: Desk, span: tuple[Moment, Moment], scope: Scope, hours: Decimal | None, at: Desk | None) -> Running:
    at = at if at is not None else held(desk, span, scope)
    names = asked_for(desk)
    total = _rows(at, names, span, scope, "none")
    by_model = _rows(at, names, span, scope, "model")
    models = [
        ModelFigures(model=model, figures=_made(figures_of, hours))
        for model, figures_of in by_model.items()
        if figures_of["interactions"].value
    ]
    models.sort(key=lambda one: (-float(one.figures["interactions"].value or 0), one.model is None, one.model or ""))
    return Running(total=_made(total.get(None, {}), hours), models=tuple(models))


def held(desk: Desk, span: tuple[Moment, Moment], scope: Scope, grain: Grain = Grain.ALL) -> Desk:
    """A desk that has the window's measures by model, and by cell of a grain, at hand."""
    finest = Question((), window(*span, desk.workspace.calendar), grain, ("model",), scope.projects, scope.key)
    return held_desk(desk, asked_for(desk), finest)


def course(desk: Desk, asked: Stretch, scope: Scope, names: Sequence[str] = COURSE) -> tuple[Cell, ...]:
    """A stretch cell by cell, those to come left out."""
    tables = metrics(desk, asked_for(desk, names), grain=asked.grain, span=asked.span, projects=scope.projects,
                     only=scope.only)  # fmt: skip
    found: dict[str, dict[str, Said]] = {}
    for table in tables:
        for row in table.rows:
            found.setdefault(row.period, {})[table.metric] = _said(row)
    return tuple(Cell(period=period, figures=_made(said, None)) for period, said in found.items())


def course_by_model(
    desk: Desk, asked: Stretch, scope: Scope, name: str, models: Sequence[str | None]
) -> dict[str | None, tuple[tuple[str, Number | None], ...]]:
    """One figure of some models cell by cell."""
    only = {**scope.only, "model": tuple(models)}
    (table,) = metrics(desk, [name], grain=asked.grain, span=asked.span, by="model", projects=scope.projects, only=only)
    found: dict[str | None, list[tuple[str, Number | None]]] = {model: [] for model in models}
    for row in table.rows:
        found[row.model].append((row.period, row.value))
    return {model: tuple(points) for model, points in found.items()}


def last_seen(desk: Desk) -> datetime | None:
    """Time of the latest interaction; None: there is none."""
    last = desk.reading.presence(INTERACTION).last
    if last is None:
        return None
    since = f"time >= TIMESTAMPTZ '{desk.workspace.calendar.instant(last)}'"
    (row,) = desk.reading.moment.query(f"SELECT max(time) AS last FROM {INTERACTION} WHERE {since}").to_pylist()
    found: datetime | None = row["last"]
    return found


def _rows(
    desk: Desk, names: Sequence[str], span: tuple[Moment, Moment], scope: Scope, by: str
) -> dict[str | None, dict[str, Said]]:
    tables = metrics(desk, names, grain=Grain.ALL, span=span, by=by, projects=scope.projects, only=scope.only)
    found: dict[str | None, dict[str, Said]] = {}
    for table in tables:
        for row in table.rows:
            found.setdefault(row.model, {})[table.metric] = _said(row)
    return found


def _said(row: MetricRow) -> Said:
    return Said(value=row.value, reason=row.reason)


def _made(said: Mapping[str, Said], hours: Decimal | None) -> Figures:
    """With the figures that are made here."""
    found = dict(said)
    number, count = said.get("interaction_csat_sum"), said.get("interaction_csat_count")
    if number is not None and count is not None:
        known = number.value is not None and count.value
        mean = float(Decimal(str(number.value)) / Decimal(str(count.value))) if known else None
        found[CSAT] = Said(value=mean, reason=None if known else "not measured: no interaction says satisfaction")
    calls = said.get("interactions")
    if hours is not None and calls is not None:
        rate = None if calls.value is None or hours <= 0 else float(Decimal(str(calls.value)) / hours)
        found[PER_HOUR] = Said(value=rate, reason=calls.reason)
    return found
