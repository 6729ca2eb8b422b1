"""Shared cost and overlaps over HTTP: the same answers as the commands print."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from breakeven.ledger.sharing.allocations import RuleTable, under_every_rule
from breakeven.ledger.sharing.pool_report import Allocation, allocation
from breakeven.ledger.sharing.suspects import Overlaps, overlaps
from breakeven.web import filters
from breakeven.web.filters import Given

PoolText = Annotated[str | None, QueryParameter(description="One pool instead of all.")]


@get("/allocation", sync_to_thread=True)
def pools_route(
    services: Given, period: filters.PeriodText = "last-month", pool: PoolText = None,
    project: filters.ProjectText = None, as_of: filters.AsOfText = None,
) -> Allocation:  # fmt: skip
    """Pools of shared cost: what each held, by which rule and weights it was split, and who got which part."""
    now = services.clock()
    past = filters.moment(services, as_of, now)
    with services.ledger.desk(now, past) as desk:
        return allocation(desk, filters.period(services, period, now, past), pool, project)


@get("/allocation/rules", sync_to_thread=True)
def rules_route(
    services: Given, period: filters.PeriodText = "last-month", pool: PoolText = None,
    project: filters.ProjectText = None, as_of: filters.AsOfText = None,
) -> RuleTable:  # fmt: skip
    """Investment, net value and ROI of every project under every rule, and the rules that flip its sign."""
    now = services.clock()
    past = filters.moment(services, as_of, now)
    with services.ledger.desk(now, past) as desk:
        return under_every_rule(desk, filters.period(services, period, now, past), pool, project)


@get("/overlaps", sync_to_thread=True)
def overlaps_route(
    services: Given, period: filters.PeriodText = "last-month", as_of: filters.AsOfText = None
) -> Overlaps:
    """Benefits that projects share as declared, and claims that look as if they were made twice."""
    now = services.clock()
    past = filters.moment(services, as_of, now)
    with services.ledger.desk(now, past) as desk:
        return overlaps(desk, filters.period(services, period, now, past))


HANDLERS = (pools_route, rules_route, overlaps_route)
