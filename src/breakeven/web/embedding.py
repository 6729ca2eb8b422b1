"""One key figure to be shown inside another page: by a signed link that ends on a day, without anything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import parse_qs

import msgspec
from itsdangerous import BadSignature, URLSafeSerializer
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.status_codes import HTTP_403_FORBIDDEN, HTTP_410_GONE

from breakeven.errors import BreakevenError, UsageProblem
from breakeven.views.asking.filters import Filters
from breakeven.web.site import Site

PATH = "/embed/"
SALT = "breakeven.embed"
"""Keeps these signatures apart from any others made with the same key."""
Theme = Literal["", "light", "dark"]
"""Empty: as the reader's system has it."""
MOST_DAYS = 3660
HEADERS = {"Cache-Control": "private, max-age=60", "Referrer-Policy": "no-referrer"}


class Embedded(msgspec.Struct, frozen=True, kw_only=True):
    """What a link shows, and how long."""

    figure: str
    query: str
    """Filters, as an address has them."""
    until: int
    """Seconds since 1970."""
    theme: Theme = ""


def token_of(secret: bytes, figure: str, filters: Filters, until: datetime, theme: Theme = "") -> str:
    """A signed token."""
    query = filters.link("").removeprefix("?")
    made = Embedded(figure=figure, query=query, until=int(until.timestamp()), theme=theme)
    signed: str = URLSafeSerializer(secret, salt=SALT).dumps(msgspec.to_builtins(made))
    return signed


def until_of(now: datetime, days: int) -> datetime:
    """The end of a link. Raises UsageProblem."""
    if not 1 <= days <= MOST_DAYS:
        raise UsageProblem(f"a link lasts from 1 to {MOST_DAYS} days, not {days}")
    return datetime.fromtimestamp(now.timestamp() + days * 86400, UTC)


def read_token(secret: bytes, token: str) -> Embedded | None:
    """What a token says; None where it was not made with this key."""
    try:
        return msgspec.convert(URLSafeSerializer(secret, salt=SALT).loads(token), Embedded)
    except (BadSignature, msgspec.ValidationError):
        return None


def embedding(site: Site, secret: bytes, clock: Callable[[], datetime]) -> HTTPRouteHandler:
    """The route of embedded figures."""

    @get("/embed/{token:str}", include_in_schema=False, sync_to_thread=True)
    def embedded(token: FromPath[str]) -> Response[str]:
        now, found = clock(), read_token(secret, token)
        if found is None:
            return _told(site, HTTP_403_FORBIDDEN, "This link was not made by this server.")
        if now.timestamp() >= found.until:
            ended = datetime.fromtimestamp(found.until, UTC)
            return _told(site, HTTP_410_GONE, f"This link ended on {ended:%Y-%m-%d}. Ask for a new one.")
        try:
            page = site.embedded(found.figure, Filters.parse(parse_qs(found.query)), now, theme=found.theme)
        except BreakevenError:
            # Without the message: it names what else there is.
            return _told(site, HTTP_410_GONE, "What this link shows is not there any more. Ask for a new one.")
        return Response(page, media_type="text/html", headers=HEADERS)

    return embedded


def _told(site: Site, status: int, sentence: str) -> Response[str]:
    page = site.render("embed.html", tile=None, sentence=sentence, theme="", period="", made="")
    return Response(page, media_type="text/html", status_code=status, headers=HEADERS)
