"""The route of decisions."""

from __future__ import annotations

from litestar import get

from breakeven.ledger.cases.log import DecisionLog, decision_log
from breakeven.web import filters
from breakeven.web.filters import Given


@get("/decisions", sync_to_thread=True)
def decisions(services: Given, projects: filters.ProjectTexts = None, as_of: filters.AsOfText = None) -> DecisionLog:
    """Decisions, open and taken, with the figure that each aimed at before and after it."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return decision_log(desk, projects)
