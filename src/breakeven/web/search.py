"""The search: a page for people, JSON for the box at the top of every page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from breakeven.views.asking.filters import Filters
from breakeven.views.pages import MONEY, Kind
from breakeven.views.search import PARAMETER, found, search
from breakeven.web.addresses import address
from breakeven.web.site import Site

PAGE = Kind(name="search", path="/search", title="Search", build=search, honours=MONEY, parameters=(PARAMETER,),
            live=False)  # fmt: skip
PAGE_PARAMETERS = {field.name for field in msgspec.structs.fields(Filters)} | {PARAMETER}


def searching(site: Site, clock: Callable[[], datetime]) -> HTTPRouteHandler:
    """The route of the search."""

    @get(PAGE.path, name=PAGE.name, include_in_schema=False, sync_to_thread=True)
    def look(request: Request[Any, Any, Any]) -> Response[bytes]:
        """What fits `q`, under the filters of the page where it was typed."""
        query: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            query.setdefault(name, []).append(value)
        headers = {"Cache-Control": "private, no-cache", "Vary": "Accept"}
        if "text/html" in request.headers.get("accept", "text/html"):
            page = site.page(address(PAGE, {}, query), clock())
            return Response(page.encode(), media_type="text/html", headers=headers)
        # Parameters of the page where the box stands are no filters, and no fault of whoever types.
        at = address(PAGE, {}, {name: query[name] for name in PAGE_PARAMETERS & set(query)})
        answer = site.ask(at, clock(), lambda question: found(question, at.own.get(PARAMETER, "")))
        return Response(msgspec.json.encode(answer), media_type="application/json", headers=headers)

    return look
