"""Notes written and edited on the pages; complete without JavaScript."""

from __future__ import annotations

import secrets
from datetime import datetime
from threading import Lock
from typing import Annotated, Any

import pyarrow as pa
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_409_CONFLICT, HTTP_422_UNPROCESSABLE_ENTITY

from breakeven.errors import Busy, NotFound, UsageProblem
from breakeven.ingest.events import Parsed
from breakeven.ingest.outcome import Outcome
from breakeven.ledger.cases.notes import Note, notes_of
from breakeven.views.writing import SOURCE, Draft, draft_of, fault, record
from breakeven.web.addresses import Address, read
from breakeven.web.services import Services
from breakeven.web.site import Site

CHANGED = "Somebody changed this note meanwhile: it stands below as it is now. Change it again if need be."
HOME = "/board"
PATIENCE = 30.0
"""Seconds that a note waits for its commit."""
HTML = "text/html"
NoteForm = Annotated[Draft, Body(media_type=RequestEncodingType.URL_ENCODED)]


def notes(site: Site, services: Services) -> list[HTTPRouteHandler]:
    """Routes to write and to edit notes."""
    changing = Lock()

    @post("/notes", include_in_schema=False, sync_to_thread=True)
    def write(data: NoteForm) -> Response[str]:
        """Record a note and show its page again; 422 with what was typed where it cannot be taken."""
        now, back = services.clock(), _page(data.back)
        told = _wrong(services, data, now) or _refused(services, data, secrets.token_hex(12), now, None)
        return _again(site, back, data, told, now) if told else _shown(back)

    @get("/notes/form", include_in_schema=False, sync_to_thread=True)
    def form(request: Request[Any, Any, Any]) -> Response[str]:
        """A page with the form of a note that is there."""
        now, back = services.clock(), _page(request.query_params.get("back", HOME))
        draft = _draft(services, _note(services, request.query_params.get("note", "")), back)
        return Response(site.page(back, now, draft=draft, fault=""), media_type=HTML)

    @post("/notes/edit", include_in_schema=False, sync_to_thread=True)
    def change(data: NoteForm) -> Response[str]:
        """Record a new version; 409 where somebody else recorded one meanwhile."""
        now, back = services.clock(), _page(data.back)
        with changing:
            before = _note(services, data.note)
            if str(before.revision) != data.seen:
                draft = _draft(services, before, back)
                return _again(site, back, draft, CHANGED, now, HTTP_409_CONFLICT)
            told = _wrong(services, data, now) or _refused(services, data, before.id, now, before)
        return _again(site, back, data, told, now) if told else _shown(back)

    return [write, form, change]


def _page(text: str) -> Address:
    """The page that a form returns to: one of this site, in the present. Raises NotFound, UsageProblem."""
    back = read(text)
    if back.filters.as_of:
        raise UsageProblem("a view of the past is read-only: notes are written in the present")
    return back


def _shown(back: Address) -> Redirect:
    return Redirect(back.text, status_code=HTTP_303_SEE_OTHER)


def _again(
    site: Site, back: Address, draft: Draft, told: str, now: datetime, status: int = HTTP_422_UNPROCESSABLE_ENTITY
) -> Response[str]:
    """The page with the form open, what stands in it, and what is wrong."""
    return Response(site.page(back, now, draft=draft, fault=told), media_type=HTML, status_code=status)


def _draft(services: Services, note: Note, back: Address) -> Draft:
    return draft_of(note, services.workspace.calendar, back.text)


def _note(services: Services, identity: str) -> Note:
    """A note by source/id. Raises NotFound."""
    with services.store.snapshot() as moment:
        for note in notes_of(moment):
            if f"{note.source}/{note.id}" == identity:
                return note
    raise NotFound(f"there is no note {identity[:100]!r}")


def _wrong(services: Services, draft: Draft, now: datetime) -> str | None:
    ledger = services.ledger
    return fault(draft, ledger.projects(now=now), ledger.figures(), services.workspace.calendar.today(now))


def _refused(services: Services, draft: Draft, identity: str, now: datetime, before: Note | None) -> str | None:
    """Hand the record in and wait for its commit; why it was not taken. Raises Busy."""
    fields = record(draft, identity, services.workspace.calendar, now, before)
    columns = {name: pa.array([value], pa.string()) for name, value in fields.items()}
    parsed = Parsed({"note": pa.table({"row": pa.array([1], pa.int64())} | columns)}, (), 1)
    source = fields["source"] or SOURCE
    try:
        outcome: Outcome = services.writer.submit(parsed, source=source, now=now, visible=True).result(PATIENCE)
    except TimeoutError as error:
        raise Busy("the note has waited too long; look whether it is there before you send it again") from error
    return "; ".join(refusal.message for refusal in outcome.refusals) or None
