"""The short way in: requests that only bring records go past the framework, which costs more than taking them in.

What its middleware does for every request is done here too: hosts and origins are checked, errors become problem
details.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from breakeven.errors import BreakevenError
from breakeven.web.errors import PROBLEM, Detail, headers_of, known, of_framework, unexpected
from breakeven.web.security import check_host, check_origin


def shortcut(application: ASGIApp, ways: Mapping[str, ASGIApp], local_only: bool) -> ASGIApp:
    """An application whose POST requests to the paths of `ways` go there directly."""

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        way = ways.get(scope["path"]) if scope.get("method") == "POST" else None
        if way is None:
            await application(scope, receive, send)
            return
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            if local_only:
                check_host(scope["headers"])
            check_origin(scope["headers"])
            await way(scope, receive, noted)
        except Exception as error:
            if begun:
                raise
            await _send(send, scope["path"], error)

    return enter


async def _send(send: Send, path: str, error: Exception) -> None:
    detail, headers = _detail(error, path)
    body = msgspec.json.encode(detail)
    shown = {"content-type": PROBLEM, "content-length": str(len(body)), **headers}
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in shown.items()]
    await send({"type": "http.response.start", "status": detail.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _detail(error: Exception, path: str) -> tuple[Detail, Mapping[str, str]]:
    if isinstance(error, BreakevenError):
        return known(error, path), headers_of(error)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return of_framework(error, path), error.headers or {}
    return unexpected(error, path), {}
