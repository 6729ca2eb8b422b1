"""Requests to one declared server, and to no other, whatever an answer says.

A next link or a redirect that leads to another scheme, host or port is refused: data cannot point requests at internal
addresses. Waits and retries where the server asks for it or is briefly away; an answer has a largest size.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2
import msgspec

from breakeven.errors import NotAllowed, NotFound, SourceAway

TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
"""Seconds without a byte, and until a connection."""
LARGEST = 64 << 20
"""Bytes of one answer, unpacked."""
TRIES = 4
LONGEST_WAIT = 60.0
"""Seconds of Retry-After that are waited out within a run; a longer one ends it, and the next begins after that."""
REDIRECTS = 5
_AWAY = {408, 425, 429, 500, 502, 503, 504}
SHOWN = 200

Wait = Callable[[float], None]
"""Waits for some seconds; raises where the run is to end."""
Clock = Callable[[], datetime]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered."""

    url: str
    body: bytes
    links: Mapping[str, str]
    """Relation → address, from the header Link."""


class Host:
    """One server. Close it at the end."""

    def __init__(
        self, url: str, headers: Mapping[str, str], *, wait: Wait, clock: Clock, per_minute: int | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        """`headers` may hold secrets: they are sent to this server only and shown nowhere."""
        self.url, self._wait, self._clock = url, wait, clock
        self._pause = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        sent = {"Accept": "application/json", "User-Agent": "breakeven", **headers}
        self._client = httpx2.Client(headers=sent, timeout=TIMEOUT, follow_redirects=False, transport=transport)

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def get(self, url: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """An answer with status 200. Raises SourceAway, NotAllowed, NotFound."""
        return self._asked("GET", url, parameters, None)

    def _asked(self, method: str, url: str, parameters: Mapping[str, str] | None, content: Any) -> Answer:
        for _ in range(REDIRECTS + 1):
            found = self._tried(method, self.allowed(url), parameters, content)
            if isinstance(found, Answer):
                return found
            url, parameters = found, None
        raise SourceAway(f"{shown(self.url)} redirects more than {REDIRECTS} times")

    def allowed(self, url: str) -> str:
        """An address on this server. Raises NotAllowed for one elsewhere."""
        if _origin(url) != _origin(self.url):
            raise NotAllowed(
                f"{shown(self.url)} points at {shown(url)}: only the declared server is asked, "
                "declare the other as a source of its own if it is meant"
            )
        return url

    def _tried(self, method: str, url: str, parameters: Mapping[str, str] | None, content: Any) -> Answer | str:
        """The answer, or the address of a redirect, after as many tries as make sense."""
        for attempt in range(1, TRIES + 1):
            self._paced()
            away: SourceAway
            try:
                found = self._once(method, url, parameters, content)
            except httpx2.HTTPError as error:
                says = str(error) or type(error).__name__
                away = SourceAway(f"{shown(url)} cannot be reached: {says}")
            else:
                if not isinstance(found, SourceAway):
                    return found
                away = found
            pause = away.retry_after if away.retry_after is not None else float(2 ** (attempt - 1))
            if attempt == TRIES or pause > LONGEST_WAIT:
                raise away
            self._wait(pause)
        raise AssertionError

    def _once(
        self, method: str, url: str, parameters: Mapping[str, str] | None, content: Any
    ) -> Answer | str | SourceAway:
        with self._client.stream(method, url, params=parameters or None, json=content) as response:
            status = response.status_code
            if status in (301, 302, 303, 307, 308) and "location" in response.headers:
                return urljoin(str(response.url), response.headers["location"])
            body = self._read(response)
            if status == 200:
                links = {name: str(link.get("url", "")) for name, link in response.links.items() if name}
                return Answer(url=str(response.url), body=body, links=links)
            said = " ".join(body[: SHOWN * 4].decode("utf-8", "replace").split())[:SHOWN]
            problem = f"{shown(url)} answered {status} {response.reason_phrase}" + (f": {said}" if said else "")
            if status in _AWAY:
                return SourceAway(problem, retry_after=_seconds(response.headers.get("retry-after"), self._clock))
            if status in (401, 403):
                problem += "; look at auth: and at the secret that it names"
            if status == 404:
                raise NotFound(problem)
            raise SourceAway(problem)

    @staticmethod
    def _read(response: httpx2.Response) -> bytes:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST:
                says = (
                    f"an answer of {shown(str(response.url))} has more than {LARGEST >> 20} MiB: ask for smaller pages"
                )
                raise SourceAway(says)
        return bytes(body)

    def _paced(self) -> None:
        """Wait until the next request is allowed."""
        if not self._pause:
            return
        now = time.monotonic()
        if self._next > now:
            self._wait(self._next - now)
        self._next = max(self._next, now) + self._pause


def shown(url: str) -> str:
    """An address without what may be secret in it: name, password, parameters."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))[:SHOWN]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
    # A backslash and control characters are read as one thing here and as another by some clients.
    if re.search(r"[\\\x00-\x20]", url):
        return "", None, None
    return parts.scheme, parts.hostname, port


def _seconds(header: str | None, clock: Clock) -> float | None:
    """Retry-After in seconds: a number of them, or a date."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header.strip())
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - clock()).total_seconds())
