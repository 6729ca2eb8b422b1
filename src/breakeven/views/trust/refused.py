"""Refused records on the data quality page: by reason, the latest of each, and what tries them again."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec

from breakeven.ledger.arriving.results import Quality, Refused, Sample, Source
from breakeven.views.content import Cell, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.question import Question

SHOWN = 20
"""Reasons and records that are shown."""
LETTERS = 80
"""Of a refused value."""


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """Some refused records that can be tried again by themselves."""

    label: str
    which: str
    """Reason, kind and source as the form sends them."""


def _waiting(found: Quality) -> list[tuple[Source, Refused]]:
    """What waits, the most first."""
    pairs = [(one, reason) for one in found.sources for reason in one.refused if reason.waiting]
    return sorted(pairs, key=lambda pair: -pair[1].waiting)


def refused_panel(question: Question, found: Quality) -> Panel:
    """What waits to be mended, by reason."""
    pairs, show = _waiting(found), question.show
    rows = tuple(
        Row(cells=(
            Cell(text=_reason(reason)), Cell(text=one.kind), Cell(text=one.source or UNKNOWN),
            Cell(text=f"{reason.waiting:,}", order=reason.waiting,
                 sub=f"{reason.replayed:,} accepted since" if reason.replayed else ""),
            Cell(text=UNKNOWN if reason.share is None else show.percent(reason.share * 100, 1), order=reason.share),
            Cell(text=show.day(reason.first), order=reason.first.timestamp()),
            Cell(text=reason.replay or UNKNOWN, mono=True, help="" if reason.replay else "Cannot be read again."),
        ))
        for one, reason in pairs[:SHOWN]
    )  # fmt: skip
    rest = len(pairs) - SHOWN
    return Panel(
        id="rejected",
        title="Refused records",
        sub="Kept until they are mended, by reason",
        body=Table(
            columns=(
                Column(label="Reason", sort=True), Column(label="Kind", sort=True), Column(label="Source", sort=True),
                Column(label="Waiting", numeric=True, sort=True),
                Column(label="Share", numeric=True, sort=True, help="Of all that the source sent of this kind."),
                Column(label="Since", numeric=True, sort=True), Column(label="Tried again by"),
            ),
            rows=rows,
            caption="Refused records by reason",
            empty="No record waits: everything that came was accepted.",
        ),
        foot=f"{rest} more are in GET /v1/quality." if rest > 0 else "",
        action=Link(text="Try them again", href="#replay") if rows and question.desk.reading.as_of is None else None,
    )  # fmt: skip


def samples_panel(question: Question, found: Quality) -> list[Panel]:
    """The latest of each reason, if any wait."""
    each = ((one, reason, sample) for one, reason in _waiting(found) for sample in reason.samples)
    latest = sorted(each, key=lambda found: found[2].received_at, reverse=True)[:SHOWN]
    rows = tuple(_row(question, *one) for one in latest)
    labels = ("Came", "Kind", "Field", "Value", "Reason")
    return [Panel(
        id="samples",
        title="Samples of refused records",
        sub="The latest of each reason",
        body=Table(columns=tuple(Column(label=label) for label in labels), rows=rows,
                   caption="The latest refused records of each reason"),
        foot="Mend the workspace or the source, then try them again. All are in GET /v1/rejected.",
    )] if rows else []  # fmt: skip


def _row(question: Question, one: Source, reason: Refused, sample: Sample) -> Row:
    show = question.show
    where = f"{one.source}{f', row {sample.row}' if sample.row is not None else ''}"
    return Row(cells=(
        Cell(text=f"{show.day(sample.received_at)} {show.clock(sample.received_at)}", sub=where),
        Cell(text=one.kind), Cell(text=sample.field or UNKNOWN),
        Cell(text=_cut(sample.value), sub=_cut(sample.record), mono=True),
        Cell(text=_reason(reason), status="yellow"),
    ))  # fmt: skip


def tries(found: Quality) -> tuple[Try, ...]:
    """What the form offers to try again by itself, where not all waits for one reason."""
    return tuple(_tries(found))


def _tries(found: Quality) -> Iterator[Try]:
    for one, reason in _waiting(found)[:SHOWN]:
        if reason.replay is not None:
            which = {"reason": reason.reason, "kind": one.kind} | ({"source": one.source} if one.source else {})
            label = f"{_reason(reason)}: {one.kind} of {one.source or 'an unnamed source'} ({reason.waiting:,})"
            yield Try(label=label, which=urlencode(which))


def _reason(one: Refused) -> str:
    return one.reason.replace("_", " ")


def _cut(text: str | None) -> str:
    if text is None:
        return UNKNOWN
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"
