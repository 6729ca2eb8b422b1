"""POST /v1/events: from the bytes of a request to the answer when its records are durable.

A plain ASGI handler: the body is read as a stream with its limit, taken apart (in a thread, unless it is short and
plain), handed to the writer, and answered when it is durable; with `wait=visible` when every figure has it. Memory
stays bounded: what all requests together hold is counted, and above the limit a request is refused (Busy) before more
of it is read.

Answers: 200 every record is stored or was there already, 207 some were rejected, 422 all were, each with the same body.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from litestar import asgi
from litestar.exceptions import ClientException, MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from breakeven.errors import Busy, TooLarge, UnknownName, UsageProblem
from breakeven.ingest.admission import Request
from breakeven.ingest.arrays import MOST
from breakeven.ingest.events import Limits, Parsed, Parser
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.records import NotPlain
from breakeven.ingest.staging import Staging
from breakeven.web.services import Services

HELD = 64 << 20
"""Bytes that all requests together may hold, from their first byte to their answer."""
SOURCE = "http"
"""Source of records that name none."""
PARAMETERS = ("kind", "source", "wait")
SHORT = 128 << 10
"""Bytes up to which a plain body is taken apart on the event loop: it costs less than to hand it to a thread."""
WAITS = ("durable", "visible")
"""What the answer may wait for."""
Take = Callable[[Scope, Receive, Send], Awaitable[None]]
JSON_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


Result = TypeVar("Result")


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was not taken."""

    index: int
    """0-based place in the body."""
    row: int
    """1-based place in the body."""
    kind: str
    reason: str
    field: str | None
    value: str | None
    message: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of a request."""

    accepted: int
    duplicates: int
    """Records that were there already, unchanged."""
    rejected: dict[str, int]
    """Number by reason."""
    errors: list[Rejection]
    version: int
    """Data version at the answer. With `wait=visible` it holds the records, else a later one may be the first."""


class Hold:
    """The memory of one request, as counted."""

    def __init__(self, intake: Intake) -> None:
        self._intake, self.bytes = intake, 0

    def add(self, size: int) -> None:
        """Count more, or less. Raises Busy, unless the request is the only one: it would never be taken."""
        self._intake.held += size
        self.bytes += size
        if self._intake.held > self._intake.most and self._intake.held > self.bytes:
            raise Busy("requests that wait to be written fill the memory for them; send the records again")


class Intake:
    """Takes requests apart, in a thread of its own, and counts what they hold."""

    def __init__(self, time_zone: str, limits: Limits | None = None, most: int = HELD) -> None:
        """`time_zone` is the zone of times that are written without one."""
        limits = limits if limits is not None else Limits()
        self.limits, self.most, self.held = limits, most, 0
        self._staging = Staging(time_zone, threads=1)
        self._parser = Parser(self._staging, limits)
        self._thread = ThreadPoolExecutor(1, "breakeven-parser")

    @contextmanager
    def holding(self) -> Iterator[Hold]:
        """Count what a request holds until its answer."""
        hold = Hold(self)
        try:
            yield hold
        finally:
            self.held -= hold.bytes

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do what takes a body apart, one at a time, in the thread for that."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def parse(self, body: bytes, headers: Mapping[str, str], kind: str | None, *, closer: bool = False) -> Parsed:
        """A body as records, which may turn out to be NotPlain unless it looks `closer`.

        Raises UsageProblem and its kinds.
        """
        read: Callable[[bytes, Mapping[str, str], str | None], Parsed] = self._parser.take
        if closer:
            read = self._parser.closer
        elif len(body) <= SHORT and "content-encoding" not in headers:
            found = self._parser.plain(body, headers, kind)
            if found is not None:
                return found
            read = self._parser.parse
        return await asyncio.get_running_loop().run_in_executor(self._thread, read, body, headers, kind)

    def close(self) -> None:
        """Finish what is being read and let go of the memory."""
        self._thread.shutdown()
        self._staging.close()


def taking(services: Services, intake: Intake) -> Take:
    """The ASGI application of POST /v1/events."""

    async def stored(parsed: Parsed, source: str, visible: bool) -> Outcome:
        reply = services.replies.expect()
        services.writer.hand_in(Request(parsed, source, services.clock(), reply, visible))
        return await reply

    async def take(scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        kind, source, visible = _parameters(scope["query_string"], headers)
        with intake.holding() as hold:
            body = await body_of(receive, headers, intake.limits.body, hold)
            parsed = await intake.parse(body, headers, kind)
            hold.add(parsed.held(len(body)))
            if len(body) > MOST:  # it is not read again
                hold.add(-len(body))
                body = b""
            try:
                outcome = await stored(parsed, source or SOURCE, visible)
            except NotPlain:
                parsed = await intake.parse(body, headers, kind, closer=True)
                outcome = await stored(parsed, source or SOURCE, visible)
        status, content = told(outcome)
        await _send(send, status, msgspec.json.encode(content))

    return take


def events_route(services: Services, intake: Intake) -> ASGIRouteHandler:
    """The route /v1/events."""
    take = taking(services, intake)

    @asgi("/v1/events", copy_scope=False)
    async def events(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "POST":
            raise MethodNotAllowedException(headers={"Allow": "POST"})
        await take(scope, receive, send)

    return events


def told(outcome: Outcome) -> tuple[int, Answer]:
    """Status and answer for what became of the records."""
    errors = [
        Rejection(index=one.row - 1, row=one.row, kind=one.kind, reason=str(one.reason), field=one.field,
                  value=one.value, message=one.message)
        for one in outcome.refusals
    ]  # fmt: skip
    content = Answer(
        accepted=outcome.accepted, duplicates=outcome.duplicates, version=outcome.version, errors=errors,
        rejected={str(reason): count for reason, count in outcome.rejected.items()},
    )  # fmt: skip
    taken = outcome.accepted + outcome.duplicates
    status = 200 if not outcome.refused else 207 if taken else 422
    return status, content


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a request; their names are in small letters."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _parameters(query: bytes, headers: Mapping[str, str]) -> tuple[str | None, str | None, bool]:
    """Kind and source of records that name none, and whether to wait until they are visible. Raises UnknownName.

    They stand in the address or the headers.
    """
    given = parse_qs(query.decode("latin-1")) if query else {}
    for name in given:
        if name not in PARAMETERS:
            raise UnknownName("parameter", name, PARAMETERS)
    kind, source, wait = (given[name][-1] if name in given else headers.get(f"breakeven-{name}") for name in PARAMETERS)
    if wait not in (None, *WAITS):
        raise UnknownName("moment to wait for", wait, WAITS)
    return kind, source, wait == "visible"


async def body_of(
    receive: Receive, headers: Mapping[str, str], limit: int, hold: Hold, *, may_be_empty: bool = False
) -> bytes:
    """The whole body.

    Raises TooLarge as soon as it is above the limit, Busy, UsageProblem where it is empty and must not be,
    ClientException if the sender left.
    """
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge(f"the body has {announced} bytes; at most {limit} are taken in one request")
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientException("the connection ended before the body did")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body has more than {limit} bytes, the most that is taken in one request")
        hold.add(len(chunk))
        chunks.append(chunk)
    if not size and not may_be_empty:
        raise UsageProblem("the body is empty: send at least one record")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [*JSON_HEADERS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
