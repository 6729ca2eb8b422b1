"""The routes of the page on reports; complete without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_422_UNPROCESSABLE_ENTITY, HTTP_503_SERVICE_UNAVAILABLE

from breakeven.errors import Busy, UsageProblem
from breakeven.reports import form_named
from breakeven.views.pages import PAGES, Kind
from breakeven.web.addresses import Address, address
from breakeven.web.issued import archive_of
from breakeven.web.reporting.asking import Wish, issued, made, order_of
from breakeven.web.reporting.jobs import Jobs
from breakeven.web.reporting.shown import page_of, sent, under_way_of
from breakeven.web.reporting.side_by_side import comparison, comparison_page
from breakeven.web.schedules import courier_of
from breakeven.web.services import Services
from breakeven.web.site import Site

HTML = "text/html"
PARTS = "reports_parts.html"
JOBS = "/reports#panel-jobs"
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in PAGES if kind.name in ("reports", "report-compare")}
"""The pages whose routes are here."""
INLINE = frozenset({"html", "mail", "pdf", "md", "json"})
"""Forms that a browser shows by itself."""
UNCACHED = {"Cache-Control": "no-store"}
Asking = Request[Any, Any, Any]
Fields = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def reporting(site: Site, services: Services, jobs: Jobs) -> list[HTTPRouteHandler]:
    """The routes."""
    return [*_pages(site, services, jobs), *_making(site, services, jobs), *_files(services)]


def _pages(site: Site, services: Services, jobs: Jobs) -> list[HTTPRouteHandler]:
    @get("/reports", name="reports", include_in_schema=False, sync_to_thread=True)
    def page(request: Asking) -> Response[str]:
        """What can be made, what was issued, what is scheduled."""
        at = _address(KINDS["reports"], request)
        said = site.variant(at, services.clock(), lambda question: page_of(services, question, jobs))
        return Response(said, media_type=HTML, headers=UNCACHED)

    @get("/reports/compare", name="report-compare", include_in_schema=False, sync_to_thread=True)
    def compare(request: Asking) -> Response[Any]:
        """Two issues side by side, or how far comparing them is; with another number than two, how to choose."""
        kind = KINDS["report-compare"]
        at, now = _address(kind, request), services.clock()
        chosen = [number for number in at.own.get("issue", "").split("\n") if number]
        if len(chosen) != 2 or services.archive is None:
            return Response(site.variant(at, now, kind.build), media_type=HTML)
        first, second = (_number(text) for text in chosen)
        found = comparison(services, services.archive, jobs, first, second, now)
        if found is None:
            return Redirect(JOBS, status_code=HTTP_303_SEE_OTHER)
        return Response(site.variant(at, now, lambda question: comparison_page(question, found)), media_type=HTML)

    return [page, compare]


def _making(site: Site, services: Services, jobs: Jobs) -> list[HTTPRouteHandler]:
    @post("/reports/make", include_in_schema=False, sync_to_thread=True)
    def make(data: Fields) -> Response[Any]:
        """Begin a report and show the page, where it says how far it is; 422 with what cannot be used."""
        now, archive = services.clock(), archive_of(services)
        try:
            wish = Wish.read(data)
            order = order_of(services, wish, now)
            jobs.start(f"{order.title}, {order.filters.period}", wish.form,
                       lambda: issued(services, archive, order, now), now)  # fmt: skip
        except (UsageProblem, Busy) as error:
            fault, given = str(error), {name: data[name] for name in data if name != "paper"}
            at = address(KINDS["reports"], {}, {})
            said = site.variant(at, now, lambda question: page_of(services, question, jobs, fault=fault,
                                                                  wish=Wish.read(given)))  # fmt: skip
            status = HTTP_503_SERVICE_UNAVAILABLE if isinstance(error, Busy) else HTTP_422_UNPROCESSABLE_ENTITY
            return Response(said, media_type=HTML, status_code=status)
        return Redirect(JOBS, status_code=HTTP_303_SEE_OTHER)

    @get("/reports/jobs", include_in_schema=False, sync_to_thread=True)
    def under_way() -> Response[str]:
        """The list of what is being made, as it stands: the part of the page that changes."""
        found = under_way_of(services, jobs)
        running = any(not one.ended for one in found)
        headers = UNCACHED | {"X-Running": "yes" if running else "no"}
        return Response(str(site.macros(PARTS).jobs(found)), media_type=HTML, headers=headers)

    @post("/reports/jobs/{number:int}/cancel", include_in_schema=False, sync_to_thread=True)
    def cancel(number: FromPath[int]) -> Redirect:
        """Break a job off."""
        jobs.cancel(number)
        return Redirect(JOBS, status_code=HTTP_303_SEE_OTHER)

    @post("/reports/runs/cancel", include_in_schema=False, sync_to_thread=True)
    def cancel_run(data: Fields) -> Redirect:
        """Break off the report of a schedule that this server makes by itself."""
        courier_of(services).under_way.cancel(data.get("run", ""))
        return Redirect(JOBS, status_code=HTTP_303_SEE_OTHER)

    @post("/reports/schedules/{name:str}/send", include_in_schema=False, sync_to_thread=True)
    def send(name: FromPath[str], data: Fields) -> Redirect:
        """Begin to send the report of a schedule now; the same form sent twice sends once."""
        key, courier = data.get("key", ""), courier_of(services)
        courier.check(name, key)
        jobs.start(f"{name}, sent now", "send", lambda: sent(courier, name, key), services.clock(),
                   key=f"send {name} {key}" if key else "")  # fmt: skip
        return Redirect(JOBS, status_code=HTTP_303_SEE_OTHER)

    return [make, under_way, cancel, cancel_run, send]


def _files(services: Services) -> list[HTTPRouteHandler]:
    @get("/reports/preview", include_in_schema=False, sync_to_thread=True)
    def preview(request: Asking) -> Response[bytes]:
        """A report as it would be issued now; nothing is kept."""
        now = services.clock()
        wish = Wish.read(dict(request.query_params.items()))
        document, content = made(services, order_of(services, wish, now), now)
        return _file(content, wish.form, f"{document.kind}-{document.period_name}", shown=True)

    @get("/reports/issues/{number:int}/file", include_in_schema=False, sync_to_thread=True)
    def download(number: FromPath[int]) -> Response[bytes]:
        """The file of an issue, as it was handed out."""
        archive = archive_of(services)
        issue = archive.get(number)
        return _file(archive.content(number), issue.form, issue.name.rpartition(".")[0], shown=False)

    return [preview, download]


def _file(content: bytes, form: str, name: str, *, shown: bool) -> Response[bytes]:
    kind = form_named(form)
    place = "inline" if shown and form in INLINE else "attachment"
    media = "text/plain" if shown and form == "md" else kind.media
    headers = UNCACHED | {"Content-Disposition": f'{place}; filename="{name}.{kind.suffix}"'}
    return Response(content, media_type=media, headers=headers)


def _address(kind: Kind, request: Asking) -> Address:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    return address(kind, {}, query)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise UsageProblem(f"{text[:40]!r} is no number of a report")
    return int(text)
