"""What people see: the pages, and static files. Complete without JavaScript."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from breakeven.views.charting.rendering import EVERY, ChartRenderer
from breakeven.views.pages import PAGES, Kind
from breakeven.web.addresses import Address, address
from breakeven.web.assets import Assets
from breakeven.web.downloads import downloads
from breakeven.web.embedding import embedding
from breakeven.web.notes import notes
from breakeven.web.records import files
from breakeven.web.replaying import replay
from breakeven.web.reporting.jobs import Jobs
from breakeven.web.reporting.routes import KINDS, reporting
from breakeven.web.search import searching
from breakeven.web.services import Front, Services
from breakeven.web.site import Site
from breakeven.web.what_if import what_if

HOME, FIRST = "/board", "/start"
Asking = Request[Any, Any, Any]


def pages(services: Services, drawer: ChartRenderer | None = None) -> Front:
    """Routes, and fragments for the hub; to be called once, before the hub starts.

    `drawer` draws the charts and is left open; by default one of the pages' own, which ends with them.
    """
    charts, assets = drawer if drawer is not None else ChartRenderer(), Assets()
    site, jobs = Site(services, charts, assets.addresses), Jobs()
    services.hub.show(site.numbers)
    services.hub.show(site.charts, EVERY.total_seconds())

    @get("/", include_in_schema=False, sync_to_thread=True)
    def home(request: Asking) -> Redirect:
        """The board is the first page; where nothing is recorded yet, the first steps are."""
        first = HOME if services.ledger.freshness(services.clock()) else FIRST
        return Redirect(f"{first}?{request.url.query}" if request.url.query else first)

    handlers = [
        home,
        *(route(site, kind, services) for kind in PAGES if kind.name not in KINDS),
        *reporting(site, services, jobs),
        replay,
        *notes(site, services),
        *what_if(site, services),
        downloads(site, charts, services.clock),
        *files(site.asking, services.clock),
        searching(site, services.clock),
        *((embedding(site, services.secret, services.clock),) if services.secret else ()),
        assets.handler(),
    ]
    if drawer is not None:
        return Front(handlers=handlers, error_page=site.error, stop=jobs.close)

    def stop() -> None:
        jobs.close()
        charts.close()

    return Front(handlers=handlers, error_page=site.error, start=charts.warm, stop=stop)


def route(site: Site, kind: Kind, services: Services) -> HTTPRouteHandler:
    """The route of one page."""

    @get(litestar_path(kind.path), name=kind.name, include_in_schema=False, sync_to_thread=True)
    def page(request: Asking) -> Response[bytes]:
        at = asked_address(kind, request)
        if at.plain:
            return answer(site.explained(at, services.clock()).text, request, media="text/plain")
        return answer(site.page(at, services.clock()), request)

    return page


def asked_address(kind: Kind, request: Asking) -> Address:
    """The address that a request asks for. Raises UnknownName for a parameter that no page has."""
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    return address(kind, values_of(request.path_params), query)


def values_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The parts of the path that vary."""
    return {name: str(value) for name, value in parameters.items()}


def litestar_path(path: str) -> str:
    """The path as the framework writes it: {project:str}."""
    return path.replace("}", ":str}")


def answer(page: str, request: Asking, status: int = 200, media: str = "text/html") -> Response[bytes]:
    """A page as it goes over the wire, packed where the browser takes it; asked for anew each time."""
    content, headers = page.encode(), {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = gzip.compress(content, 3), headers | {"Content-Encoding": "gzip"}
    return Response(content, media_type=media, status_code=status, headers=headers)
