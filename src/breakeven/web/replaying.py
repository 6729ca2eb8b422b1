"""Refused records tried again: POST /v1/rejected/replay, and the form of the page on data quality."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
from litestar import post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER

from breakeven.errors import NotFound
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.rejected import Filter, Rejected
from breakeven.web.addresses import read
from breakeven.web.filters import Given
from breakeven.web.services import Services


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """The form: where to go afterwards, and which records; empty: all that wait."""

    back: str = "/quality"
    which: str = ""


class ReplayRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which refused records are tried again; what is null is not asked for."""

    reason: str | None = None
    kind: str | None = None
    source: str | None = None
    ids: list[str] | None = None


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of refused records that were tried again."""

    accepted: int
    duplicates: int
    """Were there already; they wait no longer."""
    rejected: int
    """Were refused again, and wait on."""
    waiting: int
    """Still wait, of those asked for."""


@post("/rejected/replay", sync_to_thread=True, status_code=HTTP_200_OK)
def replay_route(services: Given, data: Annotated[ReplayRequest, Body(title="Which records")]) -> Replayed:
    """Read refused records again as the workspace is now; those that are accepted are marked and leave the list."""
    ids = None if data.ids is None else tuple(data.ids)
    which = Filter(reason=data.reason, kind=data.kind, source=data.source, ids=ids)
    outcome = _again(services, which)
    return Replayed(accepted=outcome.accepted, duplicates=outcome.duplicates, rejected=outcome.refused,
                    waiting=Rejected(services.store).count(which))  # fmt: skip


def _again(services: Services, which: Filter) -> Outcome:
    """Raises UnknownName, NotFound where no such record can be tried again."""
    outcome = Rejected(services.store).replay(which, services.pipeline, services.clock())
    services.hub.committed(outcome)
    return outcome


@post("/quality/replay", include_in_schema=False, sync_to_thread=True)
def replay(services: Given, data: Annotated[Replay, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Redirect:
    """Read refused records again as the workspace is now; those that are accepted leave the list."""
    given = dict(parse_qsl(data.which))
    which = Filter(reason=given.get("reason"), kind=given.get("kind"), source=given.get("source"))
    with suppress(NotFound):
        _again(services, which)
    return Redirect(read(data.back).text, status_code=HTTP_303_SEE_OTHER)
