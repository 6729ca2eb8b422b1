"""The route of completeness."""

from __future__ import annotations

from litestar import get

from breakeven.ledger.completeness.score import Completeness
from breakeven.ledger.completeness.score import completeness as made
from breakeven.web import filters
from breakeven.web.filters import Given


@get("/completeness", sync_to_thread=True)
def completeness(
    services: Given, period: filters.PeriodText = "ytd", project: filters.ProjectText = None
) -> Completeness:
    """How complete traffic, cost and benefit of each project are, what is missing, and how to connect it."""
    now = services.clock()
    span = filters.period(services, period, now)
    with services.ledger.desk(now) as desk:
        return made(desk, span, project)
