"""Scheduled reports over HTTP: how they stand, a preview, send now, send once more."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from breakeven.delivery.courier import Courier
from breakeven.delivery.standing import RunStanding, ScheduleStanding, one_standing, run_standing, standing
from breakeven.errors import NotAllowed
from breakeven.reports import FORMS, form_named
from breakeven.web.filters import Given
from breakeven.web.services import Services

FormText = Annotated[str, QueryParameter(name="format", description="Kind of file.", schema_extra={"enum": [*FORMS]})]
KeyText = Annotated[
    str, QueryParameter(name="key", description="With the same key nothing is sent twice: for a request sent again.")
]


class ResendBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A delivery to be sent once more."""

    run: str
    recipient: str
    by: str
    """Who says so; it is noted in the audit log."""


@get("/reports/schedules", sync_to_thread=True, tags=["reports"])
def schedules(services: Given) -> tuple[ScheduleStanding, ...]:
    """Every schedule of reports.yaml with its next time, its latest run and its deliveries."""
    return standing(services.workspace, services.ledger.state, services.clock())


@get("/reports/schedules/{name:str}", sync_to_thread=True, tags=["reports"])
def one_schedule(services: Given, name: FromPath[str]) -> ScheduleStanding:
    """One schedule with its latest runs."""
    return one_standing(services.workspace, services.ledger.state, name, services.clock())


@get(
    "/reports/schedules/{name:str}/preview",
    sync_to_thread=True,
    tags=["reports"],
    responses={200: ResponseSpec(bytes, False, "The file", media_type="application/octet-stream")},
)
def preview(services: Given, name: FromPath[str], form: FormText = "html") -> Response[bytes]:
    """The report as it would go out now; nothing is kept and nothing is sent."""
    kind = form_named(form)
    _, content = courier_of(services).preview(name, form)
    shown = "inline" if form in ("html", "mail", "pdf", "md") else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{name}.{kind.suffix}"'}
    return Response(content, media_type=kind.media, headers=headers)


@post("/reports/schedules/{name:str}/send", sync_to_thread=True, tags=["reports"])
def send(services: Given, name: FromPath[str], key: KeyText = "") -> RunStanding:
    """Make the report now, keep it and send it to its recipients; the run, with what became of each delivery."""
    return run_standing(services.ledger.state, courier_of(services).send(name, key=key))


@post("/reports/deliveries/resend", sync_to_thread=True, tags=["reports"])
def resend(services: Given, data: JSONBody[ResendBody]) -> RunStanding:
    """Send once more what is unclear or was given up."""
    return run_standing(services.ledger.state, courier_of(services).resend(data.run, data.recipient, by=data.by))


def courier_of(services: Services) -> Courier:
    """The one that sends. Raises NotAllowed where this server sends nothing."""
    if services.courier is None:
        raise NotAllowed("this server sends no reports")
    return services.courier


HANDLERS = (schedules, one_schedule, preview, send, resend)
"""What `web/api.py` mounts."""
