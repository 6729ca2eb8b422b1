"""Validation and the audit log over HTTP: the same shapes as the command line prints."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from breakeven.ledger.proof.grading import GRADES
from breakeven.ledger.proof.validation import Decisions, validate
from breakeven.ledger.results import Entry
from breakeven.store.state_audit import AuditRecord, audit_log
from breakeven.views.shapes.evidence_shapes import audit_json, decisions_json
from breakeven.web import filters
from breakeven.web.filters import Given

STATES = ("forecast", "realised", "validated", "disputed")
PAGE = 200
GradeTexts = Annotated[
    list[str] | None,
    QueryParameter(name="grade", description="Only this grade; may be given more than once.",
                   schema_extra={"items": {"type": "string", "enum": [*GRADES]}}),
]  # fmt: skip
StateTexts = Annotated[
    list[str] | None,
    QueryParameter(name="state", description="Only this state; may be given more than once.",
                   schema_extra={"items": {"type": "string", "enum": [*STATES]}}),
]  # fmt: skip
RangeFlag = Annotated[bool, QueryParameter(name="range", description="With P10 and P90 of each entry.")]
InputsFlag = Annotated[bool, QueryParameter(description="With the inputs of each entry: provenance, grade, source.")]
SubjectText = Annotated[
    str | None, QueryParameter(description="Only what was done to this: an entry, a month, a project.")
]


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """Entries by month, project and category."""

    currency: str
    items: list[Entry]
    next: str | None
    """What to give as `page` for the next page; null: this is the last."""


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of the audit log, the latest first."""

    items: list[AuditRecord]
    next: None = None


class Validate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries to be moved to another state; all of them or none."""

    entries: list[str]
    """2026-10/support-bot/productivity_value, or with wildcards 2026-10/support-bot/*."""
    by: str
    """Who decides."""
    note: str
    """On what grounds."""
    state: str = msgspec.field(default="validated", name="as")
    """validated, disputed, or realised: a dispute is settled without validating."""


@post("/entries/validate", sync_to_thread=True, status_code=200, tags=["evidence"],
      responses={200: ResponseSpec(Decisions, False, "What was decided, and what was left as it is")})  # fmt: skip
def validate_entries(services: Given, data: JSONBody[Validate]) -> dict[str, Any]:
    """Accept or dispute entries, with a line in the audit log for each; a forecast cannot be validated."""
    with services.ledger.desk(services.clock()) as desk:
        return decisions_json(validate(desk, data.entries, by=data.by, note=data.note, state=data.state))


@get("/audit", sync_to_thread=True, tags=["evidence"], responses={200: ResponseSpec(AuditPage, False, "The audit log")})
def audit(services: Given, subject: SubjectText = None, limit: filters.LimitNumber = PAGE) -> dict[str, Any]:
    """Who did what, when and why; the latest first."""
    return audit_json(audit_log(services.ledger.state, subject=subject, limit=limit))


HANDLERS = (validate_entries, audit)
