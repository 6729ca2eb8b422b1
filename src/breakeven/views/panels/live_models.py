"""Every model in the stretch as a table, what needs attention first."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.operations.live import PER_HOUR
from breakeven.ledger.operations.quality import Measured
from breakeven.views.content import Cell, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.operations.watching import (
    MODELS,
    Standing,
    asked_stretch,
    model_link,
    name_of,
    project_names,
    standings,
)  # fmt: skip
from breakeven.views.operations.words import STATUS, cell, concern_words
from breakeven.views.question import Question

MOST = 50
"""Rows on the page; the others stand on the page of all models."""
HEADS = (
    Column(label="Model", sort=True), Column(label="Version"), Column(label="Status", sort=True),
    Column(label="Predictions/h", numeric=True, sort=True), Column(label="p95", numeric=True, sort=True),
    Column(label="Errors", numeric=True, sort=True), Column(label="Accuracy", numeric=True, sort=True),
    Column(label="vs baseline", numeric=True, sort=True, help="The latest evaluation against its baseline"),
    Column(label="Cost per outcome", numeric=True, sort=True,
           help="Failed calls are in the cost, never in the outcomes"),
    Column(label="Project"),
)  # fmt: skip


def live_models(question: Question) -> Panel | None:
    """The models that ran in this time or are in production."""
    found = standings(question)
    rows = tuple(_row(question, one) for one in found[:MOST])
    more = Link(text=f"All {len(found)} models", href=question.link(MODELS)) if len(found) > MOST else None
    table = Table(columns=HEADS, rows=rows, caption="Models, what needs attention first", more=more,
                  empty="No model has run or is registered yet.")  # fmt: skip
    words = asked_stretch(question).length.words
    return Panel(id="models", title="Models", sub=f"Needs attention first; {words}", body=table,
                 action=Link(text="All models", href=question.link(MODELS)))  # fmt: skip


def _row(question: Question, one: Standing) -> Row:
    figures = one.now.figures if one.now is not None else {}
    worse = {concern.figure for concern in one.health.concerns}
    concerns = "; ".join(concern_words(question, concern) for concern in one.health.concerns)
    calls = figures.get(PER_HOUR)
    rate = None if calls is None or calls.value is None else Decimal(str(calls.value))
    project, more = project_names(question, one.projects)
    name = name_of(one.model)
    return Row(cells=(
        Cell(text=name, href=model_link(question, one.model), mono=True, order=name.lower()),
        Cell(text=(one.registered.version if one.registered is not None else None) or UNKNOWN),
        Cell(text=STATUS[one.health.status], status=one.health.status, sub=concerns, order=_order(one)),
        Cell(text="0" if rate is None else question.show.plain(rate, 0 if rate >= 10 else 1), order=rate or 0),
        cell(question, figures, "latency_p95_ms", tone="bad" if "latency_p95_ms" in worse else None),
        cell(question, figures, "error_rate", tone="bad" if "error_rate" in worse else None),
        *measured_cells(question, one.measured),
        cell(question, figures, "cost_per_successful_outcome"),
        Cell(text=project, sub=more),
    ))  # fmt: skip


def _order(one: Standing) -> int:
    return {"red": 0, "yellow": 1, "green": 2, "grey": 3}[one.health.status]


def measured_cells(question: Question, measured: Measured | None) -> tuple[Cell, Cell]:
    """The latest measured accuracy, and how it stands to its baseline."""
    if measured is None:
        return Cell(text=UNKNOWN, help="accuracy is not measured"), Cell(text=UNKNOWN)
    value, base, show = measured.value, measured.baseline, question.show
    share = abs(value) <= 1
    text = show.percent(Decimal(repr(value)) * 100, 1) if share else show.plain(value, 2)
    # By the number that is shown: of a share in per cent.
    scale = 100 if share else 1
    order = Decimal(repr(value)) * scale
    if base is None:
        return Cell(text=text, strong=True, order=order), Cell(text=UNKNOWN, help="no baseline is stated")
    gap = Decimal(repr(value)) - Decimal(repr(base))
    difference = f"{show.percent(gap * 100, 1, signed=True).removesuffix('%')} pp" if share else show.plain(gap, 2)
    bad = measured.status == "red"
    return (Cell(text=text, strong=True, order=order),
            Cell(text=difference, order=gap * scale, tone="bad" if bad else None))  # fmt: skip
