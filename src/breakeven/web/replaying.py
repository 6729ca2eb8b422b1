"""Refused records tried again, from the page on data quality."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from breakeven.errors import NotFound
from breakeven.ingest.rejected import Filter, Rejected
from breakeven.web.addresses import read
from breakeven.web.filters import Given


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """The form: where to go afterwards."""

    back: str = "/quality"


@post("/quality/replay", include_in_schema=False, sync_to_thread=True)
def replay(services: Given, data: Annotated[Replay, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Redirect:
    """Read all refused records again as the workspace is now; those that are accepted leave the list."""
    try:
        outcome = Rejected(services.store).replay(Filter(), services.pipeline, services.clock())
    except NotFound:
        outcome = None
    if outcome is not None:
        services.hub.committed(outcome)
    return Redirect(read(data.back).text, status_code=HTTP_303_SEE_OTHER)
