"""The routes of data quality."""

from __future__ import annotations

from litestar import get

from breakeven.ledger.arriving.quality import quality, quality_of
from breakeven.ledger.arriving.results import Quality
from breakeven.web import filters
from breakeven.web.filters import Given


@get("/quality", sync_to_thread=True)
def quality_route(services: Given, as_of: filters.AsOfText = None) -> Quality:
    """Every source by kind: freshness, volume, delay, repeats, refusals, fields; prices, projects, and findings."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return quality(desk.reading)


@get("/quality/{source:str}", sync_to_thread=True)
def quality_source(services: Given, source: str, as_of: filters.AsOfText = None) -> Quality:
    """The same of one source, with samples of what was refused."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return quality_of(desk.reading, source)


HANDLERS = (quality_route, quality_source)
