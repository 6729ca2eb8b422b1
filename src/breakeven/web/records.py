"""Facts over HTTP: a page of them as JSON, and all that the records page shows as a file, written as it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from breakeven.ledger.invoicing.currency import at_rates_of
from breakeven.ledger.records.listing import Place, page
from breakeven.ledger.records.which import Which, check
from breakeven.views.pages import PAGES
from breakeven.views.question import Question
from breakeven.views.records.asked import asked
from breakeven.views.records.export import cells, every, flat, names
from breakeven.views.records_links import ABSENT
from breakeven.web import filters
from breakeven.web.addresses import Address, address
from breakeven.web.filters import Given

FACTS = 100
"""Facts of a page where no number is given."""
TOGETHER = 500
"""Rows of a file that are sent together."""
FORMS = {"csv": "text/csv", "jsonl": "application/x-ndjson"}

_FIELDS = ("source", "vendor", "service", "invoice", "pool", "category", "charge_class", "meter", "model", "provider",
           "operation", "variant", "team", "actor", "status", "outcome", "metric", "stage")  # fmt: skip
Only = Annotated[str | None, QueryParameter(description="Only facts with this value; (none): without one.")]
KindText = Annotated[str | None, QueryParameter(name="type", description="The fact's own kind: hours_saved, outage…")]
MeasureText = Annotated[str | None, QueryParameter(description="Only those that a measure looks at: direct_cost…")]
LineText = Annotated[str | None, QueryParameter(description="Only what a cost line is made of: cost_direct…")]
WordsText = Annotated[str | None, QueryParameter(name="q", description="Words that stand in one of their texts.")]


class FactPage(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one kind, newest first."""

    items: list[dict[str, Any]]
    """The fact's fields, `counted` (what of its amount counts in the period, in the workspace's currency),
    `recorded_at`, and `revision`: 1 for its first version."""
    next: str | None
    """What to give as `page` for the next page; null: this is the last."""


@get("/facts/{kind:str}", sync_to_thread=True)
def facts(
    services: Given, kind: FromPath[str], period: filters.OptionalPeriod = None, start: filters.FromText = None,
    end: filters.ToText = None, projects: filters.ProjectTexts = None, source: filters.SourceText = None,
    limit: filters.LimitNumber = FACTS, after: filters.PageText = None, as_of: filters.AsOfText = None,
    rates: filters.RatesText = None, measure: MeasureText = None, line: LineText = None, words: WordsText = None,
    own_kind: KindText = None,
    vendor: Only = None, service: Only = None, invoice: Only = None, pool: Only = None, category: Only = None,
    charge_class: Only = None, meter: Only = None, model: Only = None, provider: Only = None, operation: Only = None,
    variant: Only = None, team: Only = None, actor: Only = None, status: Only = None, outcome: Only = None,
    metric: Only = None, stage: Only = None,
) -> FactPage:  # fmt: skip
    """Facts of a kind as they stand, newest first; amounts are decimal strings.

    In a period are those that count in it: a bill by its span, a deployment by the day it reached production.
    """
    given = locals()
    now = services.clock()
    past = filters.moment(services, as_of, now)
    window = filters.window(services, now, period=period, start=start, end=end, as_of=past)
    wanted = [(name, given[name]) for name in _FIELDS] + [("kind", own_kind)]
    fields = tuple((name, None if value == ABSENT else value) for name, value in wanted if value is not None)
    place = filters.page_place(after, Place)
    day = filters.rates_day(services, rates, now)
    with services.ledger.desk(now, past) as present:
        desk = at_rates_of(present, day)
        which = check(Which(
            kind=kind, projects=tuple(projects) if projects else None, fields=fields, measure=measure, line=line,
            text=words, span=None if window is None else desk.window(*window),
        ))  # fmt: skip
        found = page(desk, which, limit, place)
    return FactPage(items=[flat(kind, record) for record in found.records],
                    next=None if found.next is None else filters.page_token(found.next))  # fmt: skip


# --- files


Open = Callable[[Address, datetime], AbstractContextManager[Question]]
"""Gives a context with the question of an address."""


def files(open_: Open, clock: Callable[[], datetime]) -> list[HTTPRouteHandler]:
    """The routes of the records page's list as a file; the moment of the ledger stays the same until its end."""
    return [_file(open_, clock, form) for form in FORMS]


def _file(open_: Open, clock: Callable[[], datetime], form: str) -> HTTPRouteHandler:
    kind = next(kind for kind in PAGES if kind.name == "records")

    @get(f"/records.{form}", include_in_schema=False, sync_to_thread=True)
    def download(request: Request[Any, Any, Any]) -> Stream:
        query: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            query.setdefault(name, []).append(value)
        at = address(kind, {}, query)
        parts = _parts(open_, at, clock(), form)
        first = next(parts)  # what is wrong with the question is said before the file begins
        named = at.own.get("kind", "cost")
        headers = {"Content-Disposition": f'attachment; filename="{named}.{form}"', "Cache-Control": "no-store"}
        return Stream(_joined(first, parts), media_type=FORMS[form], headers=headers)

    return download


def _joined(first: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from parts


def _parts(open_: Open, at: Address, now: datetime, form: str) -> Iterator[bytes]:
    with open_(at, now) as question:
        kind = asked(question).kind
        yield from _csv(question, kind) if form == "csv" else _lines(question, kind)


def _csv(question: Question, kind: str) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names(kind))
    for number, record in enumerate(every(question)):
        if number % TOGETHER == 0:
            yield _taken(text)
        writer.writerow(cells(flat(kind, record)))
    yield _taken(text)


def _lines(question: Question, kind: str) -> Iterator[bytes]:
    lines = [b""]
    for record in every(question):
        if len(lines) > TOGETHER:
            yield b"".join(lines)
            lines = []
        lines.append(msgspec.json.encode(flat(kind, record)) + b"\n")
    yield b"".join(lines)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found
