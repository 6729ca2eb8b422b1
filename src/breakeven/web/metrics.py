"""/metrics: what Prometheus scrapes, in its own text or in OpenMetrics, as the request prefers."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from breakeven import __version__
from breakeven.exposition.families import Family
from breakeven.exposition.operations import Operations, operations
from breakeven.exposition.present import present
from breakeven.exposition.rendering import EOF, Dialect, Renderer, dialect_of
from breakeven.ingest.rejected import Rejected
from breakeven.period import add_months
from breakeven.store.state_closings import closings
from breakeven.web.services import Services


def metrics_route(services: Services) -> HTTPRouteHandler:
    """The route, with what it keeps between two scrapes."""
    made = Exposition(services)

    @get("/metrics", include_in_schema=False, sync_to_thread=True)
    def metrics(request: Request[Any, Any, Any]) -> Response[str]:
        dialect = dialect_of(request.headers.get("accept", ""))
        headers = {"Content-Type": str(dialect), "Vary": "Accept", "Cache-Control": "no-store"}
        return Response(made.page(dialect, services.clock()), headers=headers)

    return metrics


class Exposition:
    """One workspace as /metrics shows it. The company's part is written anew only when its figures are made anew."""

    def __init__(self, services: Services) -> None:
        self._services, self._started = services, services.clock()
        self._renderer = Renderer()
        self._written: dict[Dialect, tuple[tuple[Family, ...], str]] = {}
        self._closed: tuple[object, tuple[datetime, datetime] | None] = (None, None)

    def page(self, dialect: Dialect, now: datetime) -> str:
        """Everything there is to scrape."""
        seen = self._renderer.page(operations(self._seen(now), self._services.metrics_labels), dialect)
        return self._company(dialect, now) + seen + (EOF if dialect is Dialect.OPENMETRICS else "")

    def _company(self, dialect: Dialect, now: datetime) -> str:
        with self._services.ledger.desk(now) as desk:
            families = present(desk, self._services.metrics_labels)
        kept = self._written.get(dialect)
        if kept is not None and kept[0] is families:
            return kept[1]
        text = self._renderer.page(families, dialect)
        self._written[dialect] = (families, text)
        return text

    def _seen(self, now: datetime) -> Operations:
        services = self._services
        return Operations(
            now=now, started=self._started, version=__version__, data_version=services.store.versions().data,
            waiting=services.writer.waiting, alive=services.writer.alive, lag=services.writer.lag,
            tidy=services.upkeep.problem is None,
            freshness=services.ledger.freshness(now), refused=tuple(Rejected(services.store).by_reason()),
            queries=services.store.timings.read(), last_close=self._last_close(),
        )  # fmt: skip

    def _last_close(self) -> tuple[datetime, datetime] | None:
        """When a month was last closed, and the local end of the latest one."""
        state = self._services.ledger.state
        version = state.version
        if self._closed[0] != version:
            rows = closings(state)
            zone = ZoneInfo(self._services.workspace.calendar.time_zone)
            found = None
            if rows:
                end = add_months(max(date.fromisoformat(f"{row.period}-01") for row in rows), 1)
                found = max(datetime.fromisoformat(row.closed_at) for row in rows), datetime.combine(end, time(), zone)
            self._closed = (version, found)
        return self._closed[1]
