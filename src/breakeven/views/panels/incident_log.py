"""The incidents of the period, open ones first: how bad, how long, what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.operations.trouble import Trouble, troubles
from breakeven.ledger.results import Status
from breakeven.views.content import Cell, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN, money
from breakeven.views.panels.incidents import KINDS
from breakeven.views.question import Question
from breakeven.views.records_links import record_link, records_link

MOST = 8


def incident_log(question: Question) -> Panel | None:
    """What went wrong in the period, and what still does; None where no incident was ever recorded."""
    first, last = (question.calendar.instant(day) for day in question.window)
    model = (question.filters.model,) if question.filters.model else None
    found = [one for one in troubles(question.desk, first, question.projects, model)
             if one.opened_at < last and (one.opened_at >= first or one.resolved_at is None)]  # fmt: skip
    if not found and not any(fresh.kind == "incident" for fresh in question.fresh):
        return None
    still = sum(one.resolved_at is None for one in found)
    more = Link(text=f"All {len(found)} incidents", href=records_link(question, "incident"))
    table = Table(
        columns=(Column(label="Incident"), Column(label="Opened"), Column(label="Severity"),
                 Column(label="Lasted", numeric=True), Column(label="Cost", numeric=True), Column(label="State")),
        rows=tuple(_row(question, one) for one in found[:MOST]), caption="Incidents, open ones first, then the latest",
        empty="No incident was open in the period.", more=more if len(found) > MOST else None,
    )  # fmt: skip
    return Panel(id="incident-log", title="Incidents in detail", sub=_summary(question, found, still), body=table,
                 width=6, chip=("red", f"{still} open") if still else None)  # fmt: skip


def _summary(question: Question, found: Sequence[Trouble], still: int) -> str:
    caught = sum(one.caught for one in found)
    told = f"{question.show.plain(len(found))} in the period, {question.show.plain(caught)} caught before impact"
    return f"{told}, {question.show.plain(still)} open" if still else told


def _row(question: Question, one: Trouble) -> Row:
    show, end = question.show, one.resolved_at or question.now
    seconds = max(0.0, (end - one.opened_at).total_seconds())
    where = one.model or question.name_of(one.project)
    status: Status = "green" if one.resolved_at is not None else "yellow" if one.caught else "red"
    word = "Resolved" if one.resolved_at is not None else "Open"
    return Row(cells=(
        Cell(text=KINDS.get(one.kind, one.kind.capitalize()), sub=where,
             href=record_link(question, "incident", one.source, one.id)),
        Cell(text=show.day(question.calendar.today(one.opened_at)), sub=show.clock(one.opened_at),
             order=one.opened_at.timestamp()),
        Cell(text=one.severity or UNKNOWN, help="" if one.severity else "The source does not say"),
        Cell(text=show.age(seconds), order=seconds),
        _cost(question, one),
        Cell(text="Caught early" if one.caught and one.resolved_at is not None else word, status=status),
    ))  # fmt: skip


def _cost(question: Question, one: Trouble) -> Cell:
    """What it cost, in the currency in which that was reported."""
    if one.cost is None:
        return Cell(text=UNKNOWN, help="No cost is recorded")
    home = question.workspace.currency
    if one.currency in (None, home):
        return Cell(text=question.show.money(one.cost), order=one.cost)
    return Cell(text=money(one.cost, one.currency or home, locale=question.show.locale))
