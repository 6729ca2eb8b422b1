"""Notes written and edited on the pages; complete without JavaScript."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

import pyarrow as pa
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_409_CONFLICT, HTTP_422_UNPROCESSABLE_ENTITY

from breakeven.errors import Busy, NotFound
from breakeven.ingest.events import Parsed
from breakeven.ingest.outcome import Outcome
from breakeven.views.notes import Note, notes_of
from breakeven.views.writing import SOURCE, Draft, draft_of, fault, record
from breakeven.web.addresses import read
from breakeven.web.services import Services
from breakeven.web.site import Site

PATIENCE = 30.0
"""Seconds that a note waits for its commit."""
HTML = "text/html; charset=utf-8"
NoteForm = Annotated[Draft, Body(media_type=RequestEncodingType.URL_ENCODED)]


def notes(site: Site, services: Services) -> list[HTTPRouteHandler]:
    """Routes to write and to edit notes."""

    @post("/notes", include_in_schema=False, sync_to_thread=True)
    def write(data: NoteForm) -> Response[str]:
        """Record a note and show its page again; 422 with what was typed where it cannot be taken."""
        now, back = services.clock(), read(data.back)
        wrong = _wrong(services, data) or _refused(services, record(
            data, secrets.token_hex(12), services.workspace.calendar, now, None), now)  # fmt: skip
        if wrong:
            page = site.page(back, now, draft=data, fault=wrong)
            return Response(page, media_type=HTML, status_code=HTTP_422_UNPROCESSABLE_ENTITY)
        return Redirect(back.text, status_code=HTTP_303_SEE_OTHER)

    @get("/notes/form", include_in_schema=False, sync_to_thread=True)
    def edit(request: Request[Any, Any, Any]) -> Response[str]:
        """The form of a note that is there."""
        asked = request.query_params
        back = read(asked.get("back", "/board"))
        draft = draft_of(_note(services, asked.get("note", "")), services.workspace.calendar, back.text)
        return Response(_form(site, draft), media_type=HTML)

    @post("/notes/edit", include_in_schema=False, sync_to_thread=True)
    def change(data: NoteForm) -> Response[str]:
        """Record a new version; 409 where somebody else recorded one meanwhile."""
        now, back, before = services.clock(), read(data.back), _note(services, data.note)
        if draft_of(before, services.workspace.calendar, "").seen != data.seen:
            told = "Somebody changed this note meanwhile: it stands below as it is now. Change it again if need be."
            draft = draft_of(before, services.workspace.calendar, back.text)
            return Response(_form(site, draft, told), media_type=HTML, status_code=HTTP_409_CONFLICT)
        wrong = _wrong(services, data) or _refused(services, record(
            data, before.id, services.workspace.calendar, now, before), now)  # fmt: skip
        if wrong:
            return Response(_form(site, data, wrong), media_type=HTML, status_code=HTTP_422_UNPROCESSABLE_ENTITY)
        return Redirect(back.text, status_code=HTTP_303_SEE_OTHER)

    return [write, edit, change]


def _form(site: Site, draft: Draft, told: str = "") -> str:
    return site.render("note.html", title="Note", draft=draft, fault=told)


def _note(services: Services, identity: str) -> Note:
    """A note by source/id. Raises NotFound."""
    with services.store.snapshot() as moment:
        for note in notes_of(moment):
            if f"{note.source}/{note.id}" == identity:
                return note
    raise NotFound(f"there is no note {identity[:100]!r}")


def _wrong(services: Services, draft: Draft) -> str | None:
    ledger = services.ledger
    return fault(draft, ledger.projects(now=services.clock()), ledger.figures())


def _refused(services: Services, fields: dict[str, str | None], now: datetime) -> str | None:
    """Hand the record in and wait for its commit; why it was not taken. Raises Busy."""
    columns = {name: pa.array([value], pa.string()) for name, value in fields.items()}
    parsed = Parsed({"note": pa.table({"row": pa.array([1], pa.int64())} | columns)}, (), 1)
    source = fields["source"] or SOURCE
    try:
        outcome: Outcome = services.writer.submit(parsed, source=source, now=now).result(PATIENCE)
    except TimeoutError as error:
        raise Busy("the note has waited too long; look whether it is there before you send it again") from error
    return "; ".join(refusal.message for refusal in outcome.refusals) or None
