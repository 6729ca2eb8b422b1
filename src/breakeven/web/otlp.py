"""POST /v1/traces and /v1/metrics: OTLP/HTTP, as the exporters of OpenTelemetry and its collector send it.

Answers follow opentelemetry.io/docs/specs/otlp: 200 with a partial success where spans were rejected, else a
google.rpc.Status; 503 with Retry-After asks the sender to try again, and stands for every failure that can pass:
exporters drop what is answered with another status.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from litestar import asgi
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from breakeven.errors import BreakevenError, Busy, StoreError, UnsupportedMedia
from breakeven.ingest.events import unpacked
from breakeven.ingest.otlp.answer import Encoding, content_type, encoding_of, failure, told, traces_answer
from breakeven.ingest.otlp.decode import Decoder
from breakeven.ingest.otlp.nesting import Nesting
from breakeven.ingest.otlp.spans import Taken, take
from breakeven.ingest.otlp.values import Values
from breakeven.web.errors import unexpected
from breakeven.web.ingest import Hold, Intake, body_of
from breakeven.web.services import Services

SOURCE = "otlp"
"""Source of spans whose resource names no service."""
RETRY_AFTER = 1
"""Seconds after which a failure that can pass is worth another try."""
SMALL = 1 << 17
Answer = Callable[[bytes, Encoding, Hold], Awaitable[bytes]]


def values_of(services: Services) -> Values:
    """How the workspace reads attributes."""
    workspace = services.workspace
    return Values(workspace.otlp, frozenset(workspace.projects), reject_unknown=workspace.unknown_project == "reject")


def traces_route(services: Services, intake: Intake) -> ASGIRouteHandler:
    """The route /v1/traces."""
    values = values_of(services)
    decoder, nesting = Decoder(values), Nesting()

    async def taken(body: bytes, encoding: Encoding, hold: Hold) -> bytes:
        def read() -> Taken:
            spans = decoder.json(body) if encoding == "json" else decoder.protobuf(body)
            return take(spans, values.labels, nesting)

        found = read() if len(body) <= SMALL else await intake.run(read)
        if not found.parsed.rows:
            return traces_answer(encoding, 0, "")
        hold.add(len(body))  # about what its columns take; to ask them costs more than to build one
        outcome = await asyncio.wrap_future(services.writer.submit(found.parsed, source=SOURCE, now=services.clock()))
        return traces_answer(encoding, len(outcome.refusals), told(outcome.refusals, found.names, "span"))

    @asgi("/v1/traces", copy_scope=False)
    async def traces(scope: Scope, receive: Receive, send: Send) -> None:
        await answered(scope, receive, send, intake, taken)

    return traces


async def answered(scope: Scope, receive: Receive, send: Send, intake: Intake, answer: Answer) -> None:
    """Read a request, and send its answer or its failure in its own encoding."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    encoding: Encoding = "json" if headers.get("content-type", "").startswith("application/json") else "protobuf"
    more: Mapping[str, str] = {}
    try:
        check_method(scope)
        encoding = encoding_of(headers.get("content-type", ""))
        with intake.holding() as hold:
            packed = await body_of(receive, headers, intake.limits.body, hold, may_be_empty=True)
            body = await _unpacked(packed, headers.get("content-encoding", ""), intake)
            hold.add(len(body) - len(packed))
            content, status = await answer(body, encoding, hold), 200
    except BreakevenError as error:
        status, more = _status(error)
        content = failure(encoding, status, str(error))
    except HTTPException as error:
        status, more = error.status_code, error.headers or {}
        content = failure(encoding, status, error.detail)
    except Exception as error:  # noqa: BLE001 - the sender is to hear of it in its own encoding
        detail = unexpected(error, scope["path"])
        status, content = 500, failure(encoding, 500, detail.detail)
    named = {"content-type": content_type(encoding), "content-length": str(len(content)), "cache-control": "no-store"}
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in (named | dict(more)).items()]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": content, "more_body": False})


def check_method(scope: Scope) -> None:
    """Raises MethodNotAllowedException."""
    if scope.get("method") != "POST":
        raise MethodNotAllowedException(headers={"Allow": "POST"})


async def _unpacked(packed: bytes, encoding: str, intake: Intake) -> bytes:
    if encoding.strip().lower() in ("", "identity"):
        return packed
    return await intake.run(lambda: unpacked(packed, encoding, intake.limits.body))


def _status(error: BreakevenError) -> tuple[int, Mapping[str, str]]:
    """HTTP status and headers of a failure."""
    if isinstance(error, Busy):
        return 503, {"Retry-After": str(error.retry_after)}
    if isinstance(error, StoreError):
        return 503, {"Retry-After": str(RETRY_AFTER)}
    if isinstance(error, UnsupportedMedia):
        return error.status, {"Accept": "application/x-protobuf, application/json", "Accept-Encoding": "gzip, zstd"}
    return error.status, {}
