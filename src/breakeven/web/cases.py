"""Business cases over HTTP: plan against actual, and approval."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from breakeven.ledger.cases.business_case import approve, case, cases
from breakeven.ledger.cases.results import Case
from breakeven.views.shapes.case_shapes import case_json, cases_json
from breakeven.web import filters
from breakeven.web.filters import Given

TAGS = ["business cases"]


class Cases(msgspec.Struct, frozen=True, kw_only=True):
    """The business cases of all declared projects, without their months."""

    items: list[Case]
    next: None = None


class Approve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval of the plan that projects.yaml states."""

    by: str
    """Who approves."""
    note: str = ""
    """On what grounds."""


@get(
    "/cases",
    sync_to_thread=True,
    tags=TAGS,
    responses={200: ResponseSpec(Cases, False, "The business cases")},
)
def all_cases(services: Given, as_of: filters.AsOfText = None) -> dict[str, Any]:
    """The business case of every declared project in short; projects without a plan say why."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return cases_json(cases(desk))


@get(
    "/cases/{project:str}",
    sync_to_thread=True,
    tags=TAGS,
    responses={200: ResponseSpec(Case, False, "The business case")},
)
def one_case(services: Given, project: FromPath[str], as_of: filters.AsOfText = None) -> dict[str, Any]:
    """Plan, actual, variance and forecast of a project's business case, month by month."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return case_json(case(desk, project))


@post("/cases/{project:str}/approve", sync_to_thread=True, tags=TAGS, status_code=200,
      responses={200: ResponseSpec(Case, False, "The business case with its frozen plan")})  # fmt: skip
def approve_case(services: Given, project: FromPath[str], data: JSONBody[Approve]) -> dict[str, Any]:
    """Freeze the plan that projects.yaml states as the project's next approved version."""
    with services.ledger.desk(services.clock()) as desk:
        return case_json(approve(desk, project, by=data.by, note=data.note))


HANDLERS = (all_cases, one_case, approve_case)
