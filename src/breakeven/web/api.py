"""The JSON API for reading: the same shapes as the command line prints. Blocking work runs in threads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Router, get
from litestar.datastructures import CacheControlHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from breakeven.errors import UnknownName
from breakeven.facts import KINDS, Reason
from breakeven.ingest.rejected import PAGE, Filter, Rejected, RejectedRecord
from breakeven.ledger.headlines import headline_of
from breakeven.ledger.results import Explanation, MetricTable, Statement
from breakeven.views.shapes.json_shapes import explain_json, metric_json, spelt_out, statement_json
from breakeven.web import allocation, cases, closing, evidence, filters, quality, scenarios
from breakeven.web.bridge import bridge_route
from breakeven.web.completeness import completeness
from breakeven.web.decay import decay
from breakeven.web.decisions import decisions
from breakeven.web.experiments import experiment_list, one_experiment
from breakeven.web.filters import Given
from breakeven.web.reconciling import reconciliation
from breakeven.web.records import facts
from breakeven.web.replaying import replay_route
from breakeven.web.repricing import reprice_route
from breakeven.web.sources import source_list

ReasonText = Annotated[
    str | None,
    QueryParameter(description="Only this reason.", schema_extra={"enum": [str(reason) for reason in Reason]}),
]
KindText = Annotated[str | None, QueryParameter(description="Only this fact kind.", schema_extra={"enum": [*KINDS]})]


class CatalogueItem(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that can be asked for."""

    name: str
    unit: str
    label: str
    kind: str
    """metric, value, cost, timeline or measure."""
    direction: str
    """up, down or neutral: which way is good."""
    description: str
    formula: str | None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Every figure that can be asked for."""

    items: list[CatalogueItem]
    next: None = None


class ProjectItem(msgspec.Struct, frozen=True, kw_only=True):
    """A project that is declared or that facts name."""

    id: str
    name: str
    declared: bool
    """False: facts name it, the workspace does not."""
    category: str | None = None
    owner: str | None = None
    stage: str | None = None
    start: date | None = None
    end: date | None = None
    budget: Decimal | None = None
    """Per month, in the workspace's currency."""


class Projects(msgspec.Struct, frozen=True, kw_only=True):
    """Every project."""

    items: list[ProjectItem]
    next: None = None


class RejectedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Records that were not accepted, the latest first."""

    waiting: int
    """How many wait to be mended, of those asked for."""
    by_reason: dict[str, int]
    """Of all that wait."""
    items: list[RejectedRecord]
    next: str | None


@get("/statement", sync_to_thread=True, responses={200: ResponseSpec(Statement, False, "The statement")})
def statement(
    services: Given, period: filters.PeriodText = "ytd", project: filters.ProjectText = None,
    as_of: filters.AsOfText = None, rates: filters.RatesText = None, headline: filters.HeadlineText = "",
) -> dict[str, Any]:  # fmt: skip
    """Value, cost and return of a period of whole months, with targets and what is unknown."""
    now = services.clock()
    past = filters.moment(services, as_of, now)
    span = filters.period(services, period, now, past)
    day = filters.rates_day(services, rates, now)
    return statement_json(services.ledger.statement(
        span, now=now, project=project, as_of=past, rates_of=day, headline=headline_of(headline),
    ))  # fmt: skip


@get("/metrics", sync_to_thread=True)
def catalogue(services: Given) -> Catalogue:
    """Every figure that can be asked for: metrics, value categories, cost lines and measures."""
    return Catalogue(items=[
        CatalogueItem(name=one.name, unit=spelt_out(one.unit, services.workspace.currency), label=one.label,
                      kind=one.kind, direction=one.direction, description=one.description, formula=one.formula)
        for one in services.ledger.figures().values()
    ])  # fmt: skip


@get("/metrics/{name:str}", sync_to_thread=True, responses={200: ResponseSpec(MetricTable, False, "The figure")})
def metric(
    services: Given, name: FromPath[str], grain: filters.GrainText = "month", by: filters.ByText = "none",
    period: filters.OptionalPeriod = None, start: filters.FromText = None, end: filters.ToText = None,
    projects: filters.ProjectTexts = None, as_of: filters.AsOfText = None, rates: filters.RatesText = None,
    headline: filters.HeadlineText = "", last: filters.LastText = None, models: filters.ModelTexts = None,
    teams: filters.TeamTexts = None,
) -> dict[str, Any]:  # fmt: skip
    """A figure over time, by project, model or another field of the records."""
    now = services.clock()
    past = filters.moment(services, as_of, now)
    ending = None if last is None else filters.last_window(services, last, past or now, (period, start, end))
    asked = filters.question(services, now, grain=grain, by=by, period=period, start=start, end=end, projects=projects,
                             as_of=past)  # fmt: skip
    (table,) = services.ledger.metrics([name], now=now, grain=asked.grain, window=ending or asked.window, by=asked.by,
                                       projects=asked.projects, as_of=past,
                                       only=filters.only(model=models, team=teams),
                                       rates_of=filters.rates_day(services, rates, now),
                                       headline=headline_of(headline))  # fmt: skip
    return metric_json(table)


@get("/explain/{figure:str}", sync_to_thread=True, responses={200: ResponseSpec(Explanation, False, "The tree")})
def explain(
    services: Given, figure: FromPath[str], period: filters.PeriodText = "ytd", project: filters.ProjectText = None,
    as_of: filters.AsOfText = None, rates: filters.RatesText = None, headline: filters.HeadlineText = "",
) -> dict[str, Any]:  # fmt: skip
    """A figure taken apart: formula, values, records, assumptions and who answers for them."""
    now = services.clock()
    past = filters.moment(services, as_of, now)
    span = filters.period(services, period, now, past)
    day = filters.rates_day(services, rates, now)
    explanation = services.ledger.explain(
        figure, period=span, now=now, project=project, as_of=past, rates_of=day, headline=headline_of(headline)
    )
    return explain_json(explanation, services.workspace.currency)


@get("/projects", sync_to_thread=True)
def projects(services: Given) -> Projects:
    """Declared projects, and those that only facts name."""
    items = []
    for name in services.ledger.projects(now=services.clock()):
        known = services.workspace.projects.get(name)
        if known is None:
            items.append(ProjectItem(id=name, name=name, declared=False))
        else:
            items.append(ProjectItem(
                id=name, name=known.name, declared=True, category=known.category, owner=known.owner, stage=known.stage,
                start=known.start, end=known.end, budget=known.budget,
            ))  # fmt: skip
    return Projects(items=items)


@get("/rejected", sync_to_thread=True)
def rejected(
    services: Given, reason: ReasonText = None, kind: KindText = None, source: filters.SourceText = None,
    limit: filters.LimitNumber = PAGE, after: filters.PageText = None,
) -> RejectedPage:  # fmt: skip
    """Records that were not accepted and wait to be mended, the latest first."""
    if kind is not None and kind not in (*KINDS, "unknown"):
        raise UnknownName("kind of fact", kind, KINDS)
    which, waiting = Filter(reason=reason, kind=kind, source=source), Rejected(services.store)
    offset = filters.page_place(after, Annotated[int, msgspec.Meta(ge=0)]) or 0
    found = waiting.page(which, offset=offset, limit=limit + 1)
    by_reason: dict[str, int] = {}
    for name, _, _, count in waiting.counts():
        by_reason[name] = by_reason.get(name, 0) + count
    return RejectedPage(waiting=waiting.count(which), by_reason=by_reason, items=found[:limit],
                        next=filters.page_token(offset + limit) if len(found) > limit else None)  # fmt: skip


def api() -> Router:
    """The routes under /v1 that read."""
    return Router(
        "/v1",
        route_handlers=[
            statement,
            catalogue,
            metric,
            explain,
            facts,
            projects,
            rejected,
            reconciliation,
            bridge_route,
            completeness,
            experiment_list,
            one_experiment,
            decay,
            decisions,
            replay_route,
            reprice_route,
            source_list,
            quality.quality_route,
            *allocation.HANDLERS,
            *closing.HANDLERS,
            *evidence.HANDLERS,
            *cases.HANDLERS,
            *scenarios.HANDLERS,
        ],
        guards=[filters.known_parameters],
        cache_control=CacheControlHeader(no_store=True),
        tags=["figures and facts"],
    )
