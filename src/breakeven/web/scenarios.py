"""Ranges, what-if, tornado, break-even and saved scenarios over HTTP; the same functions as the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from breakeven.errors import UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.scenarios.break_even import Asked, break_even
from breakeven.ledger.scenarios.changes import read_change
from breakeven.ledger.scenarios.figures import DEFAULT
from breakeven.ledger.scenarios.range_results import StatementRange
from breakeven.ledger.scenarios.ranges import DRAWS, SEED, statement_range
from breakeven.ledger.scenarios.results import BreakEven, Compared, Scenario, Tornado, WhatIf
from breakeven.ledger.scenarios.saved import changes_of, compare, forget, listed, save, show
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.tornado import tornado
from breakeven.ledger.scenarios.what_if import what_if
from breakeven.views.shapes.scenario_shapes import scenario_json
from breakeven.web import filters
from breakeven.web.filters import Given
from breakeven.web.services import Services

TAGS = ["ranges and scenarios"]
DrawsNumber = Annotated[int, QueryParameter(description="How many draws.")]
SeedNumber = Annotated[int, QueryParameter(ge=0, description="The same seed gives the same answer.")]
ChangeTexts = Annotated[
    list[str] | None, QueryParameter(name="set", description="What is supposed: hourly_rate=180; may be given again.")
]
NameTexts = Annotated[list[str] | None, QueryParameter(name="name", description="A scenario; may be given again.")]
WhoText = Annotated[str, QueryParameter(name="by", description="Who deletes it; stands in the audit log.")]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    period: str = "ytd"
    """2026-10, 2026-Q3, 2026, ytd, last-12-months, all…"""
    project: str | None = None
    """The statement of one project instead of all."""
    as_of: str | None = None
    """As it was known at the end of a day (2026-10-31) or at a time."""


class WhatIfBody(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is supposed."""

    changes: list[str]
    """hourly_rate=180, hourly_rate=+10%, hourly_rate=*1.2, hourly_rate@support-bot=180."""
    by_project: bool = False
    """Whether each project's value, cost and return are wanted too."""


class TornadoBody(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which figure is moved."""

    figure: str = DEFAULT
    swing: Decimal | None = None
    """Percent by which assumptions without a range are moved."""
    changes: tuple[str, ...] = ()
    """What is supposed beside that: hourly_rate=180."""


class BreakEvenBody(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for."""

    name: str
    """The assumption: hourly_rate, or hourly_rate@support-bot for its value in one project."""
    figure: str = "roi_percent"
    at: Decimal = Decimal(0)
    """The value that the figure is to reach."""
    low: Decimal | None = None
    """Where to begin; null: the declared low end, else 0."""
    high: Decimal | None = None
    """Where to end; null: the declared high end, else ten times the value."""


class ScenarioBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scenario to save."""

    name: str
    changes: list[str]
    by: str
    """Who saves it."""
    description: str = ""


class Scenarios(msgspec.Struct, frozen=True, kw_only=True):
    """All saved scenarios."""

    items: tuple[Scenario, ...]
    next: None = None


@contextmanager
def _asked(
    services: Services, period: str, project: str | None, as_of: str | None
) -> Iterator[tuple[Desk, Scope]]:  # fmt: skip
    now = services.clock()
    moment = filters.moment(services, as_of, now)
    span = filters.period(services, period, now, moment)
    with services.ledger.desk(now, moment) as desk:
        yield desk, Scope(period=span, project=project)


def _finite(*numbers: Decimal | None) -> None:
    """Raises UsageProblem for NaN, infinity and what no amount can be."""
    for number in numbers:
        if number is not None and (not number.is_finite() or abs(number) >= 10**20):
            raise UsageProblem(f"{number} is not a number below 10^20")


@get("/range", sync_to_thread=True, tags=TAGS, responses={200: ResponseSpec(StatementRange, False, "The ranges")})
def range_route(
    services: Given, period: filters.PeriodText = "ytd", project: filters.ProjectText = None,
    draws: DrawsNumber = DRAWS, seed: SeedNumber = SEED, changes: ChangeTexts = None,
    as_of: filters.AsOfText = None,
) -> dict[str, Any]:  # fmt: skip
    """P10, P50 and P90 of a statement's figures, and the chance that ROI is above 0."""
    with _asked(services, period, project, as_of) as (desk, scope):
        read = [read_change(text) for text in changes or ()]
        return scenario_json(statement_range(desk, scope.period, scope.project, seed, draws, read))


@post("/what-if", sync_to_thread=True, tags=TAGS, status_code=200,
      responses={200: ResponseSpec(WhatIf, False, "Before and after")})  # fmt: skip
def what_if_route(services: Given, data: JSONBody[WhatIfBody]) -> dict[str, Any]:
    """The statement as it is beside what it would be with other assumptions; nothing is changed."""
    with _asked(services, data.period, data.project, data.as_of) as (desk, scope):
        changes = [read_change(text) for text in data.changes]
        return scenario_json(what_if(desk, changes, scope, by_project=data.by_project))


@post("/tornado", sync_to_thread=True, tags=TAGS, status_code=200,
      responses={200: ResponseSpec(Tornado, False, "The bars, widest first")})  # fmt: skip
def tornado_route(services: Given, data: JSONBody[TornadoBody]) -> dict[str, Any]:
    """Each assumption at the two ends of its range, all others at their values."""
    _finite(data.swing)
    with _asked(services, data.period, data.project, data.as_of) as (desk, scope):
        changes = [read_change(text) for text in data.changes]
        return scenario_json(tornado(desk, scope, data.figure, data.swing, changes))


@post("/break-even", sync_to_thread=True, tags=TAGS, status_code=200,
      responses={200: ResponseSpec(BreakEven, False, "The values, or that there is none")})  # fmt: skip
def break_even_route(services: Given, data: JSONBody[BreakEvenBody]) -> dict[str, Any]:
    """The value of an assumption at which a figure has a wanted value."""
    _finite(data.at, data.low, data.high)
    name, _, owner = data.name.partition("@")
    asked = Asked(name, owner or None, data.figure, data.at, data.low, data.high)
    with _asked(services, data.period, data.project, data.as_of) as (desk, scope):
        return scenario_json(break_even(desk, asked, scope))


@get("/scenarios", sync_to_thread=True, tags=TAGS)
def scenario_list(services: Given) -> Scenarios:
    """All saved scenarios, by name."""
    with services.ledger.desk(services.clock()) as desk:
        return Scenarios(items=listed(desk))


@post("/scenarios", sync_to_thread=True, tags=TAGS)
def save_scenario(services: Given, data: JSONBody[ScenarioBody]) -> Scenario:
    """Keep changes under a name, in the place of what had it."""
    with services.ledger.desk(services.clock()) as desk:
        return save(desk, data.name, data.changes, by=data.by, description=data.description)


@get("/scenarios/compare", sync_to_thread=True, tags=TAGS,
     responses={200: ResponseSpec(Compared, False, "Side by side")})  # fmt: skip
def compare_scenarios(
    services: Given, names: NameTexts = None, period: filters.PeriodText = "ytd", project: filters.ProjectText = None,
    as_of: filters.AsOfText = None,
) -> dict[str, Any]:  # fmt: skip
    """Saved scenarios side by side over the present data; without names all of them."""
    with _asked(services, period, project, as_of) as (desk, scope):
        return scenario_json(compare(desk, names or (), scope))


@get("/scenarios/{name:str}", sync_to_thread=True, tags=TAGS,
     responses={200: ResponseSpec(WhatIf, False, "Before and after")})  # fmt: skip
def one_scenario(
    services: Given, name: FromPath[str], period: filters.PeriodText = "ytd", project: filters.ProjectText = None,
    as_of: filters.AsOfText = None,
) -> dict[str, Any]:  # fmt: skip
    """The what-if of a saved scenario, with the data of now."""
    with _asked(services, period, project, as_of) as (desk, scope):
        return scenario_json(what_if(desk, changes_of(desk, show(desk, name)), scope))


@delete("/scenarios/{name:str}", sync_to_thread=True, tags=TAGS, status_code=200)
def delete_scenario(services: Given, name: FromPath[str], by: WhoText) -> Scenario:
    """Forget a scenario; the answer is what it was."""
    with services.ledger.desk(services.clock()) as desk:
        return forget(desk, name, by=by)


HANDLERS = (
    range_route, what_if_route, tornado_route, break_even_route, scenario_list, save_scenario, compare_scenarios,
    one_scenario, delete_scenario,
)  # fmt: skip
"""Routes under /v1."""
