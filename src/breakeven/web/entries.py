"""The ledger's entries over HTTP: pages that all show one data version, and the whole as a file.

The `next` of a page pins what the first page was made from, so that pages add up to one list whatever is stored between
them, and says which question it belongs to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.ledger import Pin, pin_of
from breakeven.ledger.proof.entries import by_month, with_inputs
from breakeven.ledger.proof.grading import GRADES
from breakeven.ledger.results import Entry
from breakeven.ledger.scenarios.entry_ranges import with_ranges
from breakeven.views.dataout.entries import COLUMNS, entry_batches, entry_rows
from breakeven.views.dataout.tables import batches, schema_of
from breakeven.views.shapes.evidence_shapes import entries_json
from breakeven.web import filters
from breakeven.web.evidence import PAGE, STATES, Entries, GradeTexts, InputsFlag, RangeFlag, StateTexts
from breakeven.web.filters import Given
from breakeven.web.forms import JSON, AnyRequest, FormText, form_of, sent, sent_while_read
from breakeven.web.services import Services

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: what it was made from, the question, the month to go on with, and how many of it are over."""

    data: int
    facts: int
    """Microseconds since 1970, as `present`."""
    present: int
    asked: str
    month: date
    offset: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are asked for."""

    window: tuple[date, date] | None
    project: str | None
    grades: Sequence[str]
    states: Sequence[str]
    as_of: str | None

    def key(self) -> str:
        """What tells this question from others."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]


@get("/entries", sync_to_thread=True, tags=["evidence"], responses={200: ResponseSpec(Entries, False, "The entries")})
def entry_page(
    request: AnyRequest, services: Given, period: filters.OptionalPeriod = None, project: filters.ProjectText = None,
    grades: GradeTexts = None, states: StateTexts = None, inputs: InputsFlag = False, ranged: RangeFlag = False,
    as_of: filters.AsOfText = None, limit: filters.OptionalLimit = None, after: filters.PageText = None,
    form_text: FormText = None,
) -> Response[Any]:  # fmt: skip
    """The ledger's entries: one amount for each month, project and category, with grade, reason and state.

    As JSON a page at a time; as a file all of them, or a page where limit or page is given (its `next` is in the
    header Link). Every page shows the data version of the first; 409 where that cannot be had again.
    """
    form, now = form_of(request, form_text), services.clock()
    past = filters.moment(services, as_of, now)
    wanted = Wanted(
        window=_months(services, period, now, past), project=project, grades=_known("grade", grades, GRADES),
        states=_known("state", states, STATES), as_of=as_of,
    )  # fmt: skip
    place = filters.page_place(after, Place)
    if place is not None and place.asked != wanted.key():
        raise UsageProblem("this page belongs to another question: give the same filters as for the page before")
    opened = services.ledger.desk(now, past) if place is None else services.ledger.pinned(_pin(place))
    if form != JSON and limit is None and place is None:
        if inputs or ranged:
            raise UsageProblem("inputs and range are in pages of JSON only")
        return sent_while_read(form, "entries", schema_of(COLUMNS), opened, lambda desk: entry_batches(
            desk, wanted.window, project, wanted.grades, wanted.states))  # fmt: skip
    with opened as desk:
        page, rest = _page(desk, wanted, place, limit or PAGE)
        page = with_inputs(desk, page) if inputs else page
        page = with_ranges(desk, page) if ranged else page
        pin = pin_of(desk) if place is None else _pin(place)
        more = None if rest is None else filters.page_token(_place(pin, wanted, *rest))
        if form == JSON:
            return Response(entries_json(page, services.workspace.currency, more))
        rows = list(batches(COLUMNS, entry_rows(desk, page)))
        return sent(form, "entries", schema_of(COLUMNS), desk, rows, _link(request, more))


def _link(request: AnyRequest, more: str | None) -> dict[str, str]:
    """Where the next page is, as a header."""
    if more is None:
        return {}
    same = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    return {"Link": f'<{request.url.path}?{urlencode([*same, ("page", more)])}>; rel="next"'}


def _page(
    desk: Desk, wanted: Wanted, place: Place | None, size: int
) -> tuple[tuple[Entry, ...], tuple[date, int] | None]:  # fmt: skip
    """The entries of a page, and where the next one begins: a month, and how many of it are over."""
    window, skip, page = wanted.window, 0, list[Entry]()
    if place is not None:
        window, skip = (place.month, wanted.window[1] if wanted.window else date.max), place.offset
    for found in by_month(desk, window, wanted.project, grades=wanted.grades, states=wanted.states):
        left = found[skip:]
        if left and len(page) == size:
            return tuple(page), (left[0].period, 0)
        taken = left[: size - len(page)]
        page += taken
        if len(taken) < len(left):
            return tuple(page), (left[0].period, skip + len(taken))
        skip = 0
    return tuple(page), None


def _months(
    services: Services, period: str | None, now: datetime, past: datetime | None
) -> tuple[date, date] | None:  # fmt: skip
    if period is None:
        return None
    span = filters.period(services, period, now, past)
    if span.start.day != 1 or span.end.day != 1:
        raise UsageProblem(f"entries are of whole months, {span.name} is not: name a month, quarter or year")
    return span.start, span.end


def _known(kind: str, given: Sequence[str] | None, valid: Sequence[str]) -> tuple[str, ...]:
    for one in given or ():
        if one not in valid:
            raise UnknownName(kind, one, valid)
    return tuple(given or ())


def _place(pin: Pin, wanted: Wanted, month: date, offset: int) -> Place:
    facts, present = ((at - _EPOCH) // _MICROSECOND for at in (pin.facts, pin.present))
    return Place(pin.data, facts, present, wanted.key(), month, offset)


def _pin(place: Place) -> Pin:
    return Pin(data=place.data, facts=_EPOCH + place.facts * _MICROSECOND,
               present=_EPOCH + place.present * _MICROSECOND)  # fmt: skip
