"""What people see: the pages, the form for notes, and static files. Complete without JavaScript."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import pyarrow as pa
from litestar import Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.enums import MediaType, RequestEncodingType
from litestar.params import Body, QueryParameter
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_422_UNPROCESSABLE_ENTITY

from breakeven.errors import Busy
from breakeven.ingest.events import Parsed
from breakeven.ingest.outcome import Outcome
from breakeven.period import FORMS, Calendar
from breakeven.views.charting.rendering import EVERY, ChartRenderer
from breakeven.views.notes import KINDS
from breakeven.web.assets import Assets
from breakeven.web.boards import DEFAULT_PERIOD, Boards, Draft
from breakeven.web.services import Front, Services

NOTES_SOURCE = "board"
PATIENCE = 30.0
"""Seconds that a note waits for its commit."""
ALWAYS_ASK = CacheControlHeader(private=True, no_cache=True)

PeriodText = Annotated[str, QueryParameter(description=f"One of: {FORMS}.")]
ExplainText = Annotated[str | None, QueryParameter(description="A figure to take apart.")]
NoteForm = Annotated[Draft, Body(media_type=RequestEncodingType.URL_ENCODED)]


def pages(services: Services) -> Front:
    """Routes, and fragments for the hub; to be called once, before the hub starts."""
    charts, assets = ChartRenderer(), Assets()
    boards = Boards(services, charts, assets.addresses)
    services.hub.show(boards.numbers)
    services.hub.show(boards.charts, EVERY.total_seconds())

    @get(["/", "/board"], include_in_schema=False, sync_to_thread=True, media_type=MediaType.HTML,
         cache_control=ALWAYS_ASK)  # fmt: skip
    def board(period: PeriodText = DEFAULT_PERIOD, explain: ExplainText = None) -> str:
        """The board's page; `explain` opens a figure's explanation."""
        return boards.page(period, explain, services.clock())

    @post("/notes", include_in_schema=False, sync_to_thread=True)
    def write_note(data: NoteForm) -> Response[str]:
        """Record a note and show the board again; 422 with what was typed where it cannot be taken."""
        now = services.clock()
        fault = _fault(data) or _refused(services, _record(data, services.workspace.calendar, now), now)
        if fault:
            page = boards.refused(data, fault, now)
            return Response(page, media_type=MediaType.HTML, status_code=HTTP_422_UNPROCESSABLE_ENTITY)
        return Redirect("/board#notes", status_code=HTTP_303_SEE_OTHER)

    return Front(handlers=[board, write_note, assets.handler()], error_page=boards.error,
                 start=charts.warm, stop=charts.close)  # fmt: skip


def _fault(draft: Draft) -> str | None:
    """What is wrong with a note before it is sent on."""
    if not draft.text.strip():
        return "Write what the note says."
    if draft.kind not in KINDS:
        return f"There is no kind {draft.kind!r}; choose one of: {', '.join(KINDS)}."
    try:
        date.fromisoformat(draft.due or "2000-01-01")
    except ValueError:
        return f"{draft.due!r} is not a date; write it like 2026-10-17."
    return None


def _record(draft: Draft, calendar: Calendar, now: datetime) -> Parsed:
    """The note as the one record of a request; it is due at the end of its day."""
    due = None
    if draft.due:
        due = calendar.instant(date.fromisoformat(draft.due) + timedelta(days=1)) - timedelta(seconds=1)
    fields = {
        "id": secrets.token_hex(12), "source": NOTES_SOURCE, "time": _instant(now), "kind": draft.kind,
        "text": draft.text.strip(), "owner": draft.owner.strip() or None, "due": None if due is None else _instant(due),
    }  # fmt: skip
    columns = {name: pa.array([value], pa.string()) for name, value in fields.items()}
    return Parsed({"note": pa.table({"row": pa.array([1], pa.int64())} | columns)}, (), 1)


def _refused(services: Services, parsed: Parsed, now: datetime) -> str | None:
    """Hand the record in and wait for its commit; why it was not taken. Raises Busy."""
    try:
        outcome: Outcome = services.writer.submit(parsed, source=NOTES_SOURCE, now=now).result(PATIENCE)
    except TimeoutError as error:
        raise Busy("the note has waited too long; look whether it is there before you send it again") from error
    return "; ".join(refusal.message for refusal in outcome.refusals) or None


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).isoformat()
