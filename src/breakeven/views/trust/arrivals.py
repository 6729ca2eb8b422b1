"""Panels of the data quality page: what is wrong, every source, prices, projects and interactions that lack."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from breakeven.ledger.arriving.results import Delay, Finding, Fresh, Quality, Source, Volume
from breakeven.ledger.results import Status
from breakeven.views.content import Cell, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.question import Question

SHOWN = 50
SOURCES = 200
_STATES: dict[str, tuple[str, Status]] = {
    "ok": ("Up to date", "green"), "late": ("Late", "yellow"), "silent": ("Silent", "red"),
    "unknown": ("On events", "grey"),
}  # fmt: skip
_VERDICTS: dict[str, tuple[str, Status | None]] = {
    "usual": ("", None), "low": ("fewer than usual", "yellow"), "high": ("more than usual", "yellow"),
    "unknown": ("", None),
}  # fmt: skip
_ABOUT = {
    "freshness": "Silence", "volume": "Volume", "refused": "Refused", "clock": "Clock", "duplicates": "Repeats",
    "late": "Late", "drift": "Fields", "prices": "Prices", "projects": "Projects", "outcomes": "Outcomes",
}  # fmt: skip


_USAGE = ("Calls", "Tokens read", "Tokens written", "Since")
_COST = ("Calls", "Cost as recorded", "Since")


def findings_panel(question: Question, found: Quality) -> Panel:
    """Everything that is wrong, and what to do."""
    rest = len(found.findings) - SHOWN
    return Panel(
        id="findings",
        title="What is wrong",
        sub="With what follows for the figures, and what to do",
        body=Table(
            columns=(
                Column(label="About", sort=True), Column(label="What"), Column(label="Since", numeric=True, sort=True),
                Column(label="Records", numeric=True, sort=True), Column(label="What follows"), Column(label="To do"),
            ),
            rows=tuple(_finding(question, one) for one in found.findings[:SHOWN]),
            caption="Findings about the data, what follows from each and what to do",
            empty="Nothing: every source sends as it usually does, and everything it sent was taken.",
        ),
        foot=f"{rest} more are in GET /v1/quality." if rest > 0 else "",
    )  # fmt: skip


def _finding(question: Question, one: Finding) -> Row:
    since = one.since
    told = UNKNOWN if since is None else question.show.day(since)
    order = None if since is None else since.isoformat()
    return Row(cells=(
        Cell(text=_ABOUT[one.about], status="yellow"), Cell(text=one.what), Cell(text=told, order=order),
        Cell(text=UNKNOWN if one.records is None else f"{one.records:,}", order=one.records),
        Cell(text=_sentence(one.consequence)), Cell(text=_sentence(one.remedy)),
    ))  # fmt: skip


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".")


def sources_panel(question: Question, found: Quality) -> Panel:
    """Every source by the kind of record it sends."""
    columns = (
        Column(label="Source", sort=True),
        Column(label="Sends", sort=True),
        Column(label="Records", numeric=True, sort=True),
        Column(label="Latest record", numeric=True, sort=True, help="By the hour."),
        Column(label="Usual pause", numeric=True, sort=True),
        Column(label="Last full day", numeric=True, sort=True, help="Beside it what is usual for the weekday."),
        Column(label="Late", numeric=True, sort=True, help="Came more than a day after it happened, in four weeks."),
        Column(label="Repeated", numeric=True, sort=True),
        Column(label="Fields", sort=True, help="Whether each is filled as often as it was."),
        Column(label="State", sort=True),
    )
    every = [(one, one.fresh) for one in found.sources if one.fresh is not None]
    rows = tuple(_source(question, *pair) for pair in every[:SOURCES])
    table = Table(
        columns=columns,
        rows=rows,
        caption="Sources, what they send, how old it is and how much it is",
        empty="No source has sent anything yet. Send an event or import a file, and it will stand here.",
    )
    action = Link(text="Connect a source", href="/start") if not rows else None
    rest = len(every) - SOURCES
    return Panel(
        id="sources", title="Sources", sub="Each source by the kind of record it sends", body=table, action=action,
        foot=f"{rest} more are in GET /v1/quality." if rest > 0 else "",
    )  # fmt: skip


def _source(question: Question, one: Source, fresh: Fresh) -> Row:
    show = question.show
    word, colour = _STATES[fresh.state]
    seconds = fresh.usual_seconds
    return Row(cells=(
        Cell(text=one.source, href=question.link("/records", {"kind": one.kind, "source": one.source})),
        Cell(text=one.kind),
        Cell(text=f"{one.records:,}", order=one.records),
        _at(question, fresh.last_event, fresh.age_seconds),
        Cell(text=UNKNOWN if seconds is None else show.age(seconds), order=seconds,
             sub="" if seconds is None else {"kind": "default", "events": ""}.get(fresh.basis, fresh.basis)),
        _volume(one.day),
        _late(question, one.delay),
        _share(question, one.duplicate_share, f"{one.conflicts:,} conflicts" if one.conflicts else ""),
        _fields(one),
        Cell(text=word, status=colour),
    ))  # fmt: skip


def _late(question: Question, found: Delay | None) -> Cell:
    if found is None:
        return Cell(text=UNKNOWN)
    hours = found.p95_hours
    soon = "within the hour" if not hours else f"in {hours:,} h"
    return _share(question, found.share, f"95 of 100 {soon}" if hours is not None else "")


def _fields(one: Source) -> Cell:
    if one.drift is None:
        return Cell(text=UNKNOWN, help=f"{one.drift_unknown or ''}".capitalize())
    if not one.drift:
        return Cell(text="As usual")
    return Cell(text=f"{len(one.drift)} changed", status="yellow", sub=", ".join(each.field for each in one.drift[:3]))


def _at(question: Question, when: datetime, age: float) -> Cell:
    show = question.show
    ago = f"{show.age(age)} ago" if age else "within the hour"
    return Cell(text=f"{show.day(when)} {show.clock(when)}", order=when.timestamp(), sub=ago)


def _volume(found: Volume | None) -> Cell:
    if found is None:
        return Cell(text=UNKNOWN)
    if found.low is None or found.high is None:
        return Cell(text=f"{found.records:,}", order=found.records, sub="usual not known yet", help=found.words)
    word, colour = _VERDICTS[found.verdict]
    usual = f"{found.low:,.0f} to {found.high:,.0f}"
    return Cell(
        text=f"{found.records:,}", order=found.records, status=colour, sub=f"{word}: {usual}" if word else usual
    )


def _share(question: Question, value: Decimal | None, sub: str = "") -> Cell:
    if value is None:
        return Cell(text=UNKNOWN)
    return Cell(text=question.show.percent(value * 100, 1), order=value, sub=sub)


def gap_panels(question: Question, found: Quality) -> list[Panel]:
    """Models without a price and projects that nobody declared, where there are some."""
    show, panels = question.show, []
    if found.unpriced:
        rows = tuple(
            Row(cells=(
                Cell(text=one.model or UNKNOWN), Cell(text=one.provider or UNKNOWN),
                Cell(text=f"{one.interactions:,}"),
                Cell(text=UNKNOWN if one.input_tokens is None else f"{one.input_tokens:,}"),
                Cell(text=UNKNOWN if one.output_tokens is None else f"{one.output_tokens:,}"),
                Cell(text=show.day(one.since)),
            ))
            for one in found.unpriced[:SHOWN]
        )  # fmt: skip
        columns = (_plain("Model"), _plain("Provider"), *map(_number, _USAGE))
        panels.append(Panel(
            id="unpriced", title="Models without a price", sub="Their cost is not known, and is in no sum", width=6,
            body=Table(columns=columns, rows=rows, caption="Models without a price"),
        ))  # fmt: skip
    if found.unknown_projects:
        rows = tuple(
            Row(cells=(
                Cell(text=one.project), Cell(text=f"{one.interactions:,}"),
                Cell(text=", ".join(f"{amount:,.2f} {code}" for code, amount in sorted(one.cost.items())) or UNKNOWN),
                Cell(text=show.day(one.since)),
            ))
            for one in found.unknown_projects[:SHOWN]
        )  # fmt: skip
        columns = (_plain("Project"), *map(_number, _COST))
        panels.append(Panel(
            id="unknown-projects", title="Projects that are not declared", width=6,
            sub="In the totals, in no project's figures",
            body=Table(columns=columns, rows=rows, caption="Projects that are not declared"),
        ))  # fmt: skip
    return panels


def _plain(label: str) -> Column:
    return Column(label=label)


def _number(label: str) -> Column:
    return Column(label=label, numeric=True)
