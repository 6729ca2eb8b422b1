"""Static files under addresses that change with their content, so that a browser may keep them for good."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from importlib import resources

import msgspec
from litestar import Response, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

FOREVER = CacheControlHeader(public=True, max_age=365 * 24 * 3600, immutable=True)


class Asset(msgspec.Struct, frozen=True):
    """One file."""

    content: bytes
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
            self._files[name] = Asset(content, f"{kind or 'application/octet-stream'}; charset=utf-8")

    @property
    def addresses(self) -> Mapping[str, str]:
        """File name → its address."""
        return self._addresses

    def handler(self) -> HTTPRouteHandler:
        """The route that gives them out."""

        @get("/static/{name:str}", include_in_schema=False, sync_to_thread=False, cache_control=FOREVER)
        def static(name: FromPath[str]) -> Response[bytes]:
            found = self._files.get(name)
            if found is None:
                raise NotFoundException(f"there is no file {name}")
            return Response(found.content, media_type=found.media_type)

        return static
