"""A throw-away server to compare the ingest with: it decodes, de-duplicates in memory, and shares a sync of a raw log.

It stores nothing that can be asked for. `POST /v1/events` takes CloudEvents batches; `POST /v1/traces` takes OTLP and
looks at seven attributes of each span; `POST /drop` reads a body and
drops it, which is the most that any server of this kind can do. Run by uvicorn with LOG=FILE.
"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Event(msgspec.Struct, gc=False):
    """What the load sends."""

    id: str
    source: str
    type: str
    time: str
    data: dict[str, msgspec.Raw]


class Log:
    """Appends what waits with one sync."""

    def __init__(self) -> None:
        self._file = os.open(os.environ["LOG"], os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._changed, self._loop = threading.Condition(), asyncio.get_running_loop()
        threading.Thread(target=self._run, daemon=True).start()

    def append(self, content: bytes) -> asyncio.Future[None]:
        done: asyncio.Future[None] = self._loop.create_future()
        with self._changed:
            self._waiting.append((content, done))
            self._changed.notify()
        return done

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                group, self._waiting = self._waiting, []
            os.write(self._file, b"".join(content for content, _ in group))
            os.fdatasync(self._file)
            self._loop.call_soon_threadsafe(_answer, [done for _, done in group])


def _answer(waiting: list[asyncio.Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)


_WANTED = {"gen_ai.response.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.provider.name",
           "user.id", "app.team", "app.tool"}  # fmt: skip


def _spans(body: bytes) -> list[bytes]:
    """The ids of spans, after a look at their attributes."""
    ids = []
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                found = {}
                for pair in span.attributes:
                    key = pair.key
                    if key in _WANTED:
                        value = pair.value
                        found[key] = value.string_value or value.int_value
                ids.append(span.trace_id + span.span_id)
    return ids


_EVENTS = msgspec.json.Decoder(list[Event])
_SEEN: set[str | bytes] = set()
_LOG: list[Log] = []


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await receive()
        _LOG.append(Log())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    if scope["path"] == "/v1/events":
        body = b"".join(parts)
        _SEEN.update([event.id for event in _EVENTS.decode(body)])
        await _LOG[0].append(body)
    elif scope["path"] == "/v1/traces":
        body = b"".join(parts)
        _SEEN.update(_spans(body))
        await _LOG[0].append(body)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
