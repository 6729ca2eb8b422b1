"""GET /v1/quality: the state of the data."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from breakeven.ledger.arriving.results import Quality
from breakeven.views.trust.data import data_quality
from breakeven.web import filters
from breakeven.web.filters import Given

SourceText = Annotated[
    str | None, QueryParameter(description="Only this source, with the latest 20 refused records of each reason.")
]


@get("/quality", sync_to_thread=True)
def quality_route(services: Given, source: SourceText = None, as_of: filters.AsOfText = None) -> Quality:
    """Every source by kind: freshness, volume, delay, repeats, refusals, fields; prices, projects, and findings."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return data_quality(desk, source)
