"""Closed months over HTTP: list, close, restate, verify, export; the same functions as the command line."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from breakeven.ledger.closing.closing import Closed, close, restate
from breakeven.ledger.closing.exporting import FORMATS, MEDIA_TYPES, export
from breakeven.ledger.closing.listing import Closings, listed
from breakeven.ledger.closing.verifying import Verification, verify
from breakeven.web import filters
from breakeven.web.filters import Given

FormatText = Annotated[
    str, QueryParameter(name="format", description="Kind of file.", schema_extra={"enum": [*FORMATS]})
]
PeriodTexts = Annotated[
    list[str] | None, QueryParameter(name="period", description="A month, quarter or year; may be given again.")
]
HashText = Annotated[
    str | None, QueryParameter(name="hash", description="A hash noted elsewhere that must be in the chain.")
]
EXTENSIONS = {"csv": "csv", "parquet": "parquet", "beancount": "beancount", "sealed": "txt"}


class CloseBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A month to close."""

    period: str
    """2026-10."""
    by: str
    """Who does it."""
    force: bool = False
    """Close although checks fail."""
    reason: str = ""
    """Needed with force."""


class RestateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a closed month is closed anew."""

    by: str
    reason: str


@get("/closings", sync_to_thread=True, tags=["closed months"])
def closings(services: Given) -> Closings:
    """Every close and restatement in the order of the chain, with what came after it."""
    with services.ledger.desk(services.clock()) as desk:
        return listed(desk)


@post("/closings", sync_to_thread=True, tags=["closed months"])
def close_month(services: Given, data: JSONBody[CloseBody]) -> Closed:
    """Freeze a month that is over; 409 with every reason while checks fail."""
    with services.ledger.desk(services.clock()) as desk:
        return close(desk, data.period, by=data.by, force=data.force, reason=data.reason)


@post("/closings/{period:str}/restate", sync_to_thread=True, tags=["closed months"])
def restate_month(services: Given, period: FromPath[str], data: JSONBody[RestateBody]) -> Closed:
    """Close a closed month anew from the facts and formulas of today; the version before stays in the chain."""
    with services.ledger.desk(services.clock()) as desk:
        return restate(desk, period, by=data.by, reason=data.reason)


@get("/ledger/verify", sync_to_thread=True, tags=["closed months"])
def verify_ledger(services: Given, expected: HashText = None) -> Verification:
    """Every hash recomputed, the chain, the columns and the audit log compared; `faults` is empty if all is well."""
    return verify(services.ledger.state, expected)


@get(
    "/ledger/export",
    sync_to_thread=True,
    tags=["closed months"],
    responses={200: ResponseSpec(bytes, False, "The file", media_type="application/octet-stream")},
)
def export_ledger(services: Given, form: FormatText = "csv", periods: PeriodTexts = None) -> Response[bytes]:
    """The entries as a file, one a row; `sealed`: the texts of closed months exactly as they were hashed."""
    now = services.clock()
    spans = [filters.period(services, text, now) for text in periods or ()]
    with services.ledger.desk(now) as desk:
        made = export(desk, spans, form)
    name = f"ledger.{EXTENSIONS[form]}"
    return Response(
        made.content, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


HANDLERS = (closings, close_month, restate_month, verify_ledger, export_ledger)
"""What `web/api.py` mounts."""
