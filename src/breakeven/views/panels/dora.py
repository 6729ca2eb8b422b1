"""The metrics of DORA, as far as releases say them."""

from __future__ import annotations

from breakeven.ledger.operations.delivery import Delivery, Spread, delivery
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN, span
from breakeven.views.question import Question
from breakeven.views.records_links import records_link

HOURS = 24
LONG, TEN = 2, 10
"""Days from which on a recovery is said in days, and in whole ones."""


def dora_panel(question: Question) -> Panel | None:
    """How often, how long, how many fail, how soon they are made good; None where no release was recorded."""
    found: Delivery = question.kept(("dora",), lambda: delivery(question.desk, *question.window, question.projects))
    if found.per_week is None:
        return None
    table = Table(
        columns=(Column(label="Metric"), Column(label="Now", numeric=True), Column(label="Made from")),
        rows=(_often(question, found), _lead(question, found), _failing(question, found), _recovery(question, found),
              _rework()),
        caption="The five metrics of software delivery",
    )  # fmt: skip
    return Panel(id="dora", title="Delivery", sub="The five DORA metrics of the period", body=table, width=6,
                 hourly=True)  # fmt: skip


def _often(question: Question, found: Delivery) -> Row:
    value = f"{question.show.plain(found.per_week, 1)} a week"
    return Row(cells=(
        Cell(text="Deployment frequency"), Cell(text=value, strong=True),
        Cell(text=_counted(question, found.releases), href=records_link(question, "deployment")),
    ))  # fmt: skip


def _lead(question: Question, found: Delivery) -> Row:
    if found.lead is None:
        return _unknown("Lead time for changes", "No release says when its development was complete")
    return Row(cells=(
        Cell(text="Lead time for changes", sub="Development complete to production"),
        Cell(text=f"{question.show.quantity(found.lead.median, 'day', 1)}", strong=True),
        Cell(text="Median", sub=_between(question, found.lead)),
    ))  # fmt: skip


def _failing(question: Question, found: Delivery) -> Row:
    if found.failure_rate is None:
        return _unknown("Change failure rate", "No release in the period")
    return Row(cells=(
        Cell(text="Change failure rate", sub="Failed or rolled back"),
        Cell(text=question.show.percent(found.failure_rate, 1), strong=True),
        Cell(text=f"{question.show.plain(found.failed)} of {_counted(question, found.releases)}"),
    ))  # fmt: skip


def _recovery(question: Question, found: Delivery) -> Row:
    label = "Recovery of a failed release"
    if not found.failed:
        return _unknown(label, "No release failed in the period")
    waiting = found.failed - found.recovered
    rest = f"{question.show.plain(waiting)} not made good yet" if waiting else "All made good"
    if found.recovery is None:
        return _unknown(label, rest)
    return Row(cells=(
        Cell(text=label, sub="Until a release of the model that stayed"),
        Cell(text=_time(question, found.recovery), strong=True), Cell(text="Median", sub=rest),
    ))  # fmt: skip


def _rework() -> Row:
    return _unknown("Rework", "No release says whether it repairs another one")


def _unknown(label: str, reason: str) -> Row:
    return Row(cells=(Cell(text=label), Cell(text=UNKNOWN), Cell(text=reason)))


def _counted(question: Question, number: int) -> str:
    return f"{question.show.plain(number)} {'release' if number == 1 else 'releases'}"


def _between(question: Question, spread: Spread) -> str:
    ends = span(question.show.plain(spread.low, 1), question.show.plain(spread.high, 1))
    return f"Four of five took {ends} days"


def _time(question: Question, spread: Spread) -> str:
    if spread.median >= LONG:
        return str(question.show.quantity(spread.median, "day", 0 if spread.median >= TEN else 1))
    return str(question.show.quantity(spread.median * HOURS, "hour", 1))
