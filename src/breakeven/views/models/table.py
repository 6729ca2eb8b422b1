"""All models over the period as a table."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from breakeven.ledger.operations.frontier import success_share
from breakeven.ledger.operations.quality import Measured, latest
from breakeven.ledger.operations.registered import registered
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.models.asked import called_in_period, figures_of, in_period
from breakeven.views.operations.watching import model_link, name_of, project_names
from breakeven.views.operations.words import cell
from breakeven.views.panels.live_models import measured_cells
from breakeven.views.question import Question

HEADS = (
    Column(label="Model", sort=True),
    Column(label="Version"),
    Column(label="Calls", numeric=True, sort=True, sorted="descending"),
    Column(label="Cost", numeric=True, sort=True),
    Column(label="Cost per call", numeric=True, sort=True),
    Column(
        label="Cost per outcome", numeric=True, sort=True, help="Failed calls are in the cost, never in the outcomes"
    ),
    Column(label="Success", numeric=True, sort=True, help="Successful outcomes of those that are known"),
    Column(label="p95", numeric=True, sort=True),
    Column(label="Errors", numeric=True, sort=True),
    Column(label="Accuracy", numeric=True, sort=True),
    Column(label="Project"),
)


def panel(question: Question) -> Panel:
    """Those that were called, the most used first, then those that are only registered."""
    found, known = in_period(question), registered(question.desk, question.projects)
    names = list(dict.fromkeys([*(one.model for one in found.models), *known]))
    rows = tuple(_row(question, name) for name in names)
    table = Table(
        columns=HEADS,
        rows=rows,
        caption="Models of the period, the most used first",
        empty="No model has run or is registered yet.",
    )
    called = len(found.models)
    return Panel(
        id="models",
        title="Models",
        sub=f"{called} called in the period, {len(names) - called} only registered",
        body=table,
        hourly=True,
    )


def _row(question: Question, name: str | None) -> Row:
    entry = registered(question.desk).get(name) if name is not None else None
    measured = latest(question.desk).get(name) if name is not None else None
    one = figures_of(in_period(question), name)
    figures = one.figures if one is not None else {}
    share = success_share(figures)
    projects = called_in_period(question).get(name) or (entry.projects if entry is not None else ())
    project, more = project_names(question, projects)
    text = name_of(name)
    calls = figures.get("interactions")
    return Row(
        cells=(
            Cell(text=text, href=model_link(question, name), mono=True, order=text.lower()),
            Cell(
                text=(entry.version if entry is not None else None) or UNKNOWN,
                sub=(entry.stage or "").capitalize() if entry is not None else "",
            ),
            Cell(
                text=question.show.plain(calls.value if calls is not None else 0),
                strong=True,
                order=Decimal(str(calls.value or 0)) if calls is not None else 0,
            ),
            *(
                cell(question, figures, figure)
                for figure in ("ai_cost", "cost_per_prediction", "cost_per_successful_outcome")
            ),
            Cell(
                text=question.show.percent(share, 1),
                order=share,
                help="" if share is not None else "no outcome is known",
            ),
            *(cell(question, figures, figure) for figure in ("latency_p95_ms", "error_rate")),
            _accuracy(question, measured),
            Cell(text=project, sub=more),
        )
    )


def _accuracy(question: Question, measured: Measured | None) -> Cell:
    value, gap = measured_cells(question, measured)
    return msgspec.structs.replace(value, strong=False, sub="" if gap.text == UNKNOWN else gap.text)
