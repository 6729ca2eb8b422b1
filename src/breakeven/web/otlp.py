"""POST /v1/traces and /v1/metrics: OTLP/HTTP, as the exporters of OpenTelemetry and its collector send it.

Answers follow opentelemetry.io/docs/specs/otlp: 200 with a partial success where spans were rejected, else a
google.rpc.Status; 503 with Retry-After asks the sender to try again, and stands for every failure that can pass:
exporters drop what is answered with another status.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from anyio import to_thread
from litestar import Request, asgi, post
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from breakeven.errors import BreakevenError, Busy, StoreError, UnsupportedMedia
from breakeven.ingest.admission import Request as Records
from breakeven.ingest.events import Parsed
from breakeven.ingest.otlp.answer import (
    Encoding,
    content_type,
    encoding_of,
    failure,
    metrics_answer,
    told,
    traces_answer,
)
from breakeven.ingest.otlp.calls import SOURCE
from breakeven.ingest.otlp.decode import Decoder
from breakeven.ingest.otlp.history import remember_calls, standings, ways
from breakeven.ingest.otlp.metrics import Standing, count, groups
from breakeven.ingest.otlp.nesting import Nesting
from breakeven.ingest.otlp.points import read_json, read_protobuf
from breakeven.ingest.otlp.spans import Taken, take
from breakeven.ingest.otlp.values import Values
from breakeven.ingest.otlp.ways import Ways
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.unpacking import unpacked
from breakeven.web.errors import unexpected
from breakeven.web.ingest import Hold, Intake, body_of, headers_of
from breakeven.web.services import Services

SHOWN_FAULTS = 5
RETRY_AFTER = 1
"""Seconds after which a failure that can pass is worth another try."""
MOST_TRIES, BETWEEN_TRIES = 100, 0.05
"""How often, and after how many seconds, it is asked whether the store has what the journal held at the start."""
SMALL = 1 << 17
"""Bytes up to which a body is taken apart at once: to hand it to another thread costs more than its milliseconds."""
Answer = Callable[[bytes, Encoding, Hold], Awaitable[bytes]]


class Receiver:
    """What the requests of a server have in common: what was counted, and where cumulative series stand."""

    def __init__(self, services: Services, intake: Intake) -> None:
        workspace = services.workspace
        self.services, self.intake = services, intake
        self.values = Values(workspace.otlp, frozenset(workspace.projects),
                             reject_unknown=workspace.unknown_project == "reject")  # fmt: skip
        self.ways = Ways(workspace.otlp)
        self._decoder, self._nesting = Decoder(self.values), Nesting()
        self._reading, self._counting = threading.Lock(), asyncio.Lock()
        self._standing: dict[str, Mapping[str, Standing]] = {}
        self._told = False

    async def recall(self) -> None:
        """Ask the store, once, what was counted before this process began. Raises Busy while it lacks some of it."""
        if not self._told:
            async with self._counting:
                if not self._told:
                    await self._recovered()
                    await to_thread.run_sync(self._recall)
                    self._told = True

    async def _recovered(self) -> None:
        writer, tries = self.services.writer, 0
        while not writer.recovered:
            if tries >= MOST_TRIES:
                raise Busy("what was taken in before the restart is still being stored; send the spans again")
            tries += 1
            await asyncio.sleep(BETWEEN_TRIES)

    def _recall(self) -> None:
        store = self.services.store
        remember_calls(store, self._nesting, self.services.clock())
        self.ways.remember(ways(store))

    async def traces(self, body: bytes, encoding: Encoding, hold: Hold) -> bytes:
        """Take spans and answer when their calls are durable."""
        await self.recall()
        small = len(body) <= SMALL and self._reading.acquire(blocking=False)
        if small:
            try:
                found = self._taken(body, encoding)
            finally:
                self._reading.release()
        else:
            found = await self.intake.run(lambda: self._taken_alone(body, encoding))
        aside = Ways.told(found.aside, "traces") if found.aside else ""
        if not found.parsed.rows:
            return traces_answer(encoding, 0, aside)
        hold.add(found.parsed.held(len(body)))
        outcome = await self._stored(found.parsed)
        said = told(outcome, found.names, "span")
        return traces_answer(encoding, outcome.refused, "; ".join(filter(None, (said, aside))))

    def _taken_alone(self, body: bytes, encoding: Encoding) -> Taken:
        with self._reading:
            return self._taken(body, encoding)

    def _taken(self, body: bytes, encoding: Encoding) -> Taken:
        spans = self._decoder.json(body) if encoding == "json" else self._decoder.protobuf(body)
        return take(spans, self._nesting, lambda source: self.ways.counts(source, "traces"))

    async def metrics(self, body: bytes, encoding: Encoding, _: Hold) -> bytes:
        """Take points, one request at a time: where series stand changes only when their rows are durable."""
        await self.recall()
        read = read_json if encoding == "json" else read_protobuf
        found = await self.intake.run(lambda: read(body))
        async with self._counting:
            owners = groups(found.points, self.values)
            aside = {source for source in {(one.source or SOURCE) for one in owners if one is not None}
                     if not self.ways.counts(source, "metrics")}  # fmt: skip
            owners = [None if one is None or (one.source or SOURCE) in aside else one for one in owners]
            unknown = {one.name for one in owners if one is not None} - self._standing.keys()
            known = await to_thread.run_sync(standings, self.services.store, unknown)
            counted = count(found.points, owners, {name: {} for name in unknown} | dict(known) | self._standing)
            refused = len(found.faults) + len(counted.faults)
            said = [*found.faults, *counted.faults][:SHOWN_FAULTS]
            if counted.parsed.rows:
                outcome = await self._stored(counted.parsed)
                refused += outcome.refused
                said += [one.message for one in outcome.refusals[:SHOWN_FAULTS]]
            self._standing |= counted.state
        if aside:
            said.append(Ways.told(sorted(aside), "metrics"))
        return metrics_answer(encoding, refused, "; ".join(said))

    async def _stored(self, parsed: Parsed) -> Outcome:
        reply = self.services.replies.expect()
        self.services.writer.hand_in(Records(parsed, SOURCE, self.services.clock(), reply))
        return await reply


def otlp_routes(services: Services, intake: Intake) -> list[ASGIRouteHandler | HTTPRouteHandler]:
    """The routes /v1/traces and /v1/metrics."""
    receiver = Receiver(services, intake)

    @asgi("/v1/traces", copy_scope=False)
    async def traces(scope: Scope, receive: Receive, send: Send) -> None:
        await answered(scope, receive, send, intake, receiver.traces)

    @post("/v1/metrics", include_in_schema=False)
    async def metrics(request: Request[Any, Any, Any]) -> ASGIApp:
        async def app(scope: Scope, _: Receive, send: Send) -> None:
            await answered(scope, request.receive, send, intake, receiver.metrics)

        return app

    return [traces, metrics]


async def answered(scope: Scope, receive: Receive, send: Send, intake: Intake, answer: Answer) -> None:
    """Read a request, and send its answer or its failure in its own encoding."""
    headers = headers_of(scope)
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
