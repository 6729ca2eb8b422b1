"""Errors on their way out: problem details (RFC 9457) for programs, a page for people, never a traceback."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from breakeven.errors import (
    BreakevenError,
    Busy,
    FilterProblem,
    StoreError,
    UnknownName,
    UnsupportedMedia,
    UsageProblem,
)
from breakeven.ingest.events import MEDIA_TYPES
from breakeven.web.ways import Way, ways_out

PROBLEM = "application/problem+json"
ErrorPage = Callable[..., str]
"""(status, title, one sentence, and where there are some ways out) → a whole HTML page."""
Handler = Callable[[Request[Any, Any, Any], Any], Response[Any]]

FOR_PROGRAMS = ("/v1/", "/hooks/", "/health/", "/schema", "/live")
"""Addresses whose errors are problem details whatever the client would like to see."""


class Detail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem detail."""

    type: str = "about:blank"
    """urn:breakeven:problem:<name of the error>; about:blank: nothing more than the status says."""
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    """Path of the request."""
    problems: list[dict[str, Any]] = []
    """The single faults, where there are several: message, and where known file, line, column, fragment, hint."""
    valid: list[str] = []
    """The valid names, where one is unknown."""
    id: str = ""
    """What the log says about an error that was not expected is found by it."""


def exception_handlers(error_page: ErrorPage | None) -> dict[int | type[Exception], Handler]:
    """What the server does with every exception; `error_page` writes the page for people."""

    def answer(
        request: Request[Any, Any, Any], detail: Detail, headers: Mapping[str, str], ways: Sequence[Way] = ()
    ) -> Response[Any]:
        if _for_people(request):
            if error_page is not None:
                page = error_page(detail.status, detail.title, detail.detail, *((ways,) if ways else ()))
                return Response(page, media_type="text/html", status_code=detail.status, headers=headers)
            text = f"{detail.status} {detail.title}\n{detail.detail}\n"
            return Response(text, media_type="text/plain", status_code=detail.status, headers=headers)
        content = msgspec.json.encode(detail)
        return Response(content, media_type=PROBLEM, status_code=detail.status, headers=headers)

    def of_ours(request: Request[Any, Any, Any], error: BreakevenError) -> Response[Any]:
        detail = known(error, request.scope["path"])
        if isinstance(error, UnknownName) and error.name in request.path_params.values():
            # A name that is part of the address: there is nothing at that address.
            detail = msgspec.structs.replace(detail, status=404)
        return answer(request, detail, headers_of(error), ways_out(request.scope["path"], request.url.query, error))

    def of_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        if error.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            return of_others(request, error)
        return answer(request, of_framework(error, request.scope["path"]), error.headers or {})

    def of_depth(request: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
        """JSON is read by a recursive reader that gives up in time; what else recurses is given by nobody outside."""
        if request.method not in ("POST", "PUT", "PATCH"):
            return of_others(request, error)
        return of_ours(request, UsageProblem("the body is nested too deeply to be read"))

    def of_others(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        return answer(request, unexpected(error, request.scope["path"]), {})

    return {BreakevenError: of_ours, HTTPException: of_http, RecursionError: of_depth, Exception: of_others}


def known(error: BreakevenError, path: str) -> Detail:
    """The problem detail of an error of ours."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
    return Detail(
        type=f"urn:breakeven:problem:{name}", title=error.title, status=error.status, detail=str(error), instance=path,
        problems=[msgspec.to_builtins(problem) for problem in error.problems],
        valid=list(error.valid) if isinstance(error, UnknownName | FilterProblem) else [],
    )  # fmt: skip


def headers_of(error: BreakevenError) -> dict[str, str]:
    """Headers that tell the way out: when to try again, what is read."""
    if isinstance(error, Busy | StoreError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, UnsupportedMedia):
        return {"Accept": ", ".join(MEDIA_TYPES), "Accept-Encoding": "gzip, zstd"}
    return {}


def unexpected(error: Exception, path: str) -> Detail:
    """The problem detail of an error that nobody foresaw: its id leads to the log, nothing else is told."""
    identity = secrets.token_hex(6)
    structlog.get_logger().error("unexpected_error", id=identity, path=path, exc_info=error)
    return Detail(
        title=HTTPStatus.INTERNAL_SERVER_ERROR.phrase, status=500, instance=path, id=identity,
        detail=f"something went wrong inside breakeven; its log has more under the id {identity}",
    )  # fmt: skip


def of_framework(error: HTTPException, path: str) -> Detail:
    """An error that the framework raises: no such address, wrong method, a parameter that cannot be used."""
    try:
        title = HTTPStatus(error.status_code).phrase
    except ValueError:
        title = "Error"
    extra = error.extra if isinstance(error.extra, list) else []
    faults = [fault for fault in extra if isinstance(fault, dict)]
    said = "; ".join(f"{fault.get('key', '')}: {fault.get('message', '')}" for fault in faults)
    detail = said or (error.detail if error.detail != title else f"{path}: {title.lower()}")
    problems = [{"message": str(fault.get("message", "")), "fragment": str(fault.get("key", ""))} for fault in faults]
    return Detail(title=title, status=error.status_code, detail=detail, instance=path, problems=problems)


def _for_people(request: Request[Any, Any, Any]) -> bool:
    path = request.scope["path"]
    return "text/html" in request.headers.get("accept", "") and not f"{path}/".startswith(FOR_PROGRAMS)
