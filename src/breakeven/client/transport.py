"""One batch of records to the server and its answer. Imported by the thread that sends, for it takes time to load."""

from __future__ import annotations

import json
import ssl
import time
import zlib
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAKEN = frozenset({200, 207, 422})
"""Answers that say of every record what became of it."""
UNUSABLE = frozenset({400, 413, 415, 431})
"""Answers to a body that would be given again to the same body: a smaller one may pass."""
FOREIGN = "no_breakeven"
NO_BREAKEVEN = "the answer is not one of breakeven: is the address right?"
LONGEST_WAIT = 300.0
"""Seconds that are waited at most because the server says so."""
_MOST = 8 << 20
"""Bytes of an answer that are read."""


class Reply:
    """What became of a batch."""

    def __init__(self, reason: str, *, message: str = "", retry_after: float | None = None) -> None:
        self.reason = reason
        """`taken`; `unusable`, where no repetition helps; else why it must be sent again."""
        self.message = message
        self.retry_after = retry_after
        """Seconds after which the server wants to be asked again."""
        self.accepted = self.duplicates = 0
        self.rejected: Mapping[str, int] = {}


class Transport:
    """A connection to one server, opened when it is needed and kept. Used by one thread."""

    def __init__(self, url: str, key: str | None, *, timeout: float, gzip_above: int) -> None:
        parts = urlsplit(url)
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._path = f"{parts.path.rstrip('/')}/v1/events"
        self._headers = {"Content-Type": "application/x-ndjson", "User-Agent": "breakeven-client"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        self._timeout, self._gzip_above = timeout, gzip_above
        self._connection: HTTPConnection | None = None

    def post(self, lines: Sequence[bytes], *, within: float | None = None) -> Reply:
        """Send records; `within` so many seconds where that is less than the timeout."""
        body, headers = b"\n".join(lines), self._headers
        if len(body) > self._gzip_above:
            packer = zlib.compressobj(6, wbits=31)
            body = packer.compress(body) + packer.flush()
            headers = {**headers, "Content-Encoding": "gzip"}
        timeout = self._timeout if within is None else max(0.001, min(self._timeout, within))
        try:
            response, text = self._answered(body, headers, timeout)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            return Reply(_reason(error), message=f"the server cannot be reached: {error}")
        try:
            return _judged(response, text)
        except (TypeError, ValueError, AttributeError, IndexError):
            return Reply(FOREIGN, message=NO_BREAKEVEN)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _answered(self, body: bytes, headers: Mapping[str, str], timeout: float) -> tuple[HTTPResponse, bytes]:
        kept = self._connection is not None
        try:
            return self._asked(body, headers, timeout)
        except (ConnectionError, HTTPException):
            if not kept:
                raise
            # The server closed a connection that was idle; the records have ids, so that once more does no harm.
            self.close()
            return self._asked(body, headers, timeout)

    def _asked(self, body: bytes, headers: Mapping[str, str], timeout: float) -> tuple[HTTPResponse, bytes]:
        if self._connection is None:
            made = HTTPSConnection if self._secure else HTTPConnection
            self._connection = made(self._host, self._port, timeout=timeout)
        connection = self._connection
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.request("POST", self._path, body, dict(headers))
        response = connection.getresponse()
        text = response.read(_MOST)
        if response.will_close or not response.isclosed():
            self.close()
        return response, text


def _judged(response: HTTPResponse, text: bytes) -> Reply:
    status = response.status
    content = _object(text)
    if status in TAKEN and "accepted" in content:
        reply = Reply("taken")
        reply.accepted, reply.duplicates = int(content["accepted"]), int(content.get("duplicates", 0))
        reply.rejected = {str(reason): int(number) for reason, number in dict(content.get("rejected", {})).items()}
        errors = content.get("errors") or [{}]
        reply.message = str(dict(errors[0]).get("message", ""))
        return reply
    said = str(content.get("detail") or content.get("title") or response.reason)[:300]
    if status in TAKEN:
        return Reply(FOREIGN, message=NO_BREAKEVEN)
    reason = "unusable" if status in UNUSABLE else f"status_{status}"
    return Reply(reason, message=f"the server answered {status}: {said}", retry_after=_wait(response))


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _wait(response: HTTPResponse) -> float | None:
    """Seconds of Retry-After, which may also be a date."""
    given = response.getheader("Retry-After")
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    return "unreachable" if isinstance(error, OSError) else "bad_answer"
