"""HTTP/1.1 for senders that mean harm: heads and bodies that are too large, too slow or never end.

uvicorn bounds neither a head nor the time that a request may take to arrive, so a few connections could hold memory
and descriptors for good. A request that arrives in one piece, as nearly all do, costs a few comparisons here.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PROBLEM = b"application/problem+json"


class GuardedProtocol(HttpToolsProtocol):
    """Refuses what is beyond its limits with a problem detail, and closes the connection."""

    head_bytes = 64 << 10
    """Of the request line and the headers together."""
    head_seconds = 10.0
    """From the first byte (of a new connection: from its start) to the end of the headers."""
    body_seconds = 30.0
    """How often the progress of a body is looked at."""
    body_rate = 1 << 10
    """Bytes a second that a body has to bring on average between two looks."""
    most_connections = 800
    """Open at once: below the usual limit of 1024 descriptors, of which the store needs some."""

    _timer: asyncio.TimerHandle | None = None
    _in_head, _in_body, _refused = True, False, False
    _head = 0
    """Bytes of a head that has not ended."""
    _arrived = 0
    """Bytes of a body since the last look."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"more than {self.most_connections} connections are open")
            return
        self._watch(self.head_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._refused:
            return
        if self._in_head:
            self._head += len(data)
        else:
            self._arrived += len(data)
        super().data_received(data)
        self._watch_what_is_open()

    def on_headers_complete(self) -> None:
        """See httptools."""
        self._unwatch()
        self._in_head, self._in_body, self._head = False, True, 0
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.head_bytes:
            self._refuse_head()
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """See httptools."""
        self._unwatch()
        self._in_head, self._in_body, self._head, self._arrived = True, False, 0, 0
        if not self._refused:
            super().on_message_complete()

    def _watch_what_is_open(self) -> None:
        """A head or body of which a part is missing yet."""
        if self._refused:
            return
        if self._head > self.head_bytes:
            self._refuse_head()
        elif self._timer is None and self._in_body:
            self._watch(self.body_seconds, self._look_at_body)
        elif self._timer is None and self._head:
            self._watch(self.head_seconds, self._head_is_late)

    def _refuse_head(self) -> None:
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                     f"the request line and the headers have more than {self.head_bytes} bytes")  # fmt: skip

    def _head_is_late(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"the headers did not arrive within {self.head_seconds:g} seconds")

    def _look_at_body(self) -> None:
        enough = self._arrived >= self.body_seconds * self.body_rate
        # Where reading is paused it is this side that is slow.
        if enough or self.flow.read_paused:
            self._arrived = 0
            self._timer = self.loop.call_later(self.body_seconds, self._look_at_body)
            return
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"the body brought less than {self.body_rate} bytes a second")

    def _watch(self, seconds: float, act: Any) -> None:
        self._timer = self.loop.call_later(seconds, act)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: HTTPStatus, says: str) -> None:
        """Answer, unless an answer is under way, and close."""
        self._unwatch()
        self._refused = True
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            detail = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": says}
            content = msgspec.json.encode(detail)
            self.transport.write(
                b"HTTP/1.1 %d %b\r\ncontent-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
                % (status.value, status.phrase.encode(), PROBLEM, len(content), content)
            )
        self.transport.close()
