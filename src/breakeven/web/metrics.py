"""/metrics: what Prometheus scrapes, in its own text or in OpenMetrics, as the request prefers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.background_tasks import BackgroundTask
from litestar.handlers import HTTPRouteHandler

from breakeven import __version__
from breakeven.exposition.families import Family
from breakeven.exposition.operations import Operations, operations
from breakeven.exposition.present import moment, present
from breakeven.exposition.rendering import EOF, Dialect, Renderer, dialect_of
from breakeven.ingest.rejected import Rejected
from breakeven.period import add_months
from breakeven.store.state_closings import closings
from breakeven.web.services import Services

OLDEST = timedelta(minutes=2)
"""Age up to which figures are shown while newer ones are made."""


class Company(msgspec.Struct, frozen=True):
    """The company's part of the page as it was made once."""

    families: tuple[Family, ...]
    moment: tuple[object, ...]
    """The state of facts and decisions that it shows, and the minute."""
    made: datetime
    texts: Mapping[Dialect, str]


def metrics_route(services: Services) -> HTTPRouteHandler:
    """The route, with what it keeps between two scrapes."""
    made = Exposition(services)

    @get("/metrics", include_in_schema=False, sync_to_thread=True)
    def metrics(request: Request[Any, Any, Any]) -> Response[str]:
        dialect, now = dialect_of(request.headers.get("accept", "")), services.clock()
        headers = {"Content-Type": str(dialect), "Vary": "Accept", "Cache-Control": "no-store"}
        text = made.page(dialect, now)
        again = BackgroundTask(made.renew, now) if made.behind(now) else None
        return Response(text, headers=headers, background=again)

    return metrics


class Exposition:
    """One workspace as /metrics shows it.

    To make the figures of a company takes seconds, and Prometheus gives a scrape little time. So a scrape shows those
    that were made last, unless they are old, and then has newer ones made for the next: they are one scrape behind.
    """

    def __init__(self, services: Services) -> None:
        self._services, self._started = services, services.clock()
        self._renderer = Renderer()
        self._making = Lock()
        self._company: Company | None = None
        self._asked: set[Dialect] = set()
        self._closed: tuple[object, tuple[datetime, datetime] | None] = (None, None)

    def page(self, dialect: Dialect, now: datetime) -> str:
        """Everything there is to scrape."""
        company = self._company
        if company is None or now - company.made > OLDEST:
            with self._making:
                company = self._company
                if company is None or now - company.made > OLDEST:
                    company = self._make(now)
        if dialect not in company.texts:
            self._asked.add(dialect)
            company = self._written(company)
        seen = self._renderer.page(operations(self._seen(now, company.made), self._services.metrics_labels), dialect)
        return company.texts[dialect] + seen + (EOF if dialect is Dialect.OPENMETRICS else "")

    def behind(self, now: datetime) -> bool:
        """Whether there are newer figures than those that are shown."""
        with self._services.ledger.desk(now) as desk:
            return self._company is None or self._company.moment != moment(desk)

    def renew(self, now: datetime) -> None:
        """Make the figures anew, unless that is being done."""
        if self._making.acquire(blocking=False):
            try:
                self._make(now)
            finally:
                self._making.release()

    def _make(self, now: datetime) -> Company:
        with self._services.ledger.desk(now) as desk:
            families = present(desk, self._services.metrics_labels)
            return self._written(Company(families, moment(desk), now, {}))

    def _written(self, company: Company) -> Company:
        texts = {each: company.texts.get(each) or self._renderer.page(company.families, each) for each in self._asked}
        self._company = msgspec.structs.replace(company, texts=texts)
        return self._company

    def _seen(self, now: datetime, made: datetime) -> Operations:
        services = self._services
        return Operations(
            now=now, made=made, started=self._started, version=__version__, data_version=services.store.versions().data,
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
