"""What every answer and every request passes: security headers, known hosts, requests of this site only.

On one machine without accounts, two doors are to be kept shut: a foreign page in the user's browser that sends requests
here (cross-site), and one whose host name was pointed at 127.0.0.1 (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from breakeven.errors import NotAllowed

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
EMBEDDED: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.replace("frame-ancestors 'none'", "frame-ancestors *").encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
"""Headers of what is made to stand inside other pages."""
FRAMED = "/embed/"
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this machine in a `Host` header."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})
MISDIRECTED = 421

Headers = Iterable[tuple[bytes, bytes]]


async def add_headers(message: Message, scope: Scope) -> None:
    """Hook before every message: the security headers go with every answer."""
    if message["type"] == "http.response.start":
        added = EMBEDDED if scope.get("path", "").startswith(FRAMED) else HEADERS
        message["headers"] = [*message.get("headers", ()), *added]


def guard(local_only: bool) -> Callable[[ASGIApp], ASGIApp]:
    """Middleware that refuses requests for other hosts and changes that come from other sites."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if local_only:
                check_host(scope["headers"])
            if scope.get("method") not in READING:
                check_origin(scope["headers"])
            await app(scope, receive, send)

        return guarded

    return wrap


def check_host(headers: Headers) -> None:
    """Refuse a request that is addressed to another name than this machine's. Raises HTTPException (421)."""
    host = _header(headers, b"host")
    if _name(host) not in LOCAL:
        raise HTTPException(status_code=MISDIRECTED, detail=f"this server answers as 127.0.0.1 and localhost only,"
                            f" not as {host!r}")  # fmt: skip


def check_origin(headers: Headers) -> None:
    """Refuse a change that a browser sends for a page of another site. Raises NotAllowed.

    Programs send neither header and pass.
    """
    site, origin = _header(headers, b"sec-fetch-site"), _header(headers, b"origin")
    foreign = (site and site not in OWN_SITE) or (origin and urlsplit(origin).netloc != _header(headers, b"host"))
    if foreign:
        raise NotAllowed("a page of another site may not send requests to breakeven")


def _header(headers: Headers, name: bytes) -> str:
    return next((value for key, value in headers if key == name), b"").decode("latin-1").strip()


@lru_cache(maxsize=64)
def _name(host: str) -> str:
    """The host's name without port and brackets, in lower case; empty if it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
