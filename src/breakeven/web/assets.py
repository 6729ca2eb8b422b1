"""Static files under addresses that change with their content, so that a browser may keep them for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from importlib import resources
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

PACKED = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
FOREVER = CacheControlHeader(public=True, max_age=365 * 24 * 3600, immutable=True)


class Asset(msgspec.Struct, frozen=True):
    """One file."""

    content: bytes
    packed: bytes
    """The same by gzip."""
    media_type: str


class Assets:
    """The files of `static/`, read once."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}
        self._files: dict[str, Asset] = {}
        for file in resources.files("breakeven.web").joinpath("static").iterdir():
            content = file.read_bytes()
            stem, _, ending = file.name.rpartition(".")
            name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
            kind = "text/javascript" if ending == "js" else mimetypes.guess_type(file.name)[0]
            self._addresses[file.name] = f"/static/{name}"
            media_type = kind or "application/octet-stream"
            self._files[name] = Asset(content, gzip.compress(content, 9), media_type)

    @property
    def addresses(self) -> Mapping[str, str]:
        """File name → its address."""
        return self._addresses

    def handler(self) -> HTTPRouteHandler:
        """The route that gives them out."""

        @get("/static/{name:str}", include_in_schema=False, sync_to_thread=False, cache_control=FOREVER)
        def static(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
            found = self._files.get(name)
            if found is None:
                raise NotFoundException(f"there is no file {name}")
            if "gzip" in request.headers.get("accept-encoding", ""):
                return Response(found.packed, media_type=found.media_type, headers=PACKED)
            return Response(found.content, media_type=found.media_type)

        return static
