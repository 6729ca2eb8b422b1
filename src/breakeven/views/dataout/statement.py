"""The statement as a table: one line a row for one period, and headline and cost lines by month and project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk
from breakeven.ledger.results import Statement
from breakeven.views.dataout.cells import MADE_FROM, exact, made_from
from breakeven.views.dataout.entries import labels_of
from breakeven.views.dataout.tables import DAY, MONEY, TEXT, Asked, Column, Table, batches
from breakeven.views.shapes.json_shapes import spelt_out

LINES = (
    Column("period", TEXT, "Name of the period: 2026-10, 2026-Q3, 2026."),
    Column("start", DAY, "First day."),
    Column("end", DAY, "Day after the last."),
    Column("scope", TEXT, "portfolio, or a project."),
    Column("part", TEXT, "value, cost, total or target."),
    Column("line", TEXT, "Category, cost line, figure or metric."),
    Column("label", TEXT, "What pages call it."),
    Column("amount", MONEY, "The figure; null is unknown."),
    Column("unit", TEXT, "Unit of the figure."),
    Column("target", MONEY, "Of a target: what is to be reached."),
    Column("status", TEXT, "Of a target: On track, Watch, Off track, No data."),
    Column("reason", TEXT, "Why it is unknown, or what it does not include."),
    *MADE_FROM,
)
_TOTALS: Mapping[str, str] = {
    "total_value": "money", "investment": "money", "net_value": "money", "roi_percent": "%",
    "cumulative_roi_percent": "%", "payback_months": "month", "run_rate": "money", "budget": "money",
    "budget_variance": "money", "cost_per_model": "money", "completeness": "1",
}  # fmt: skip
_LABELS = {"total_value": "Total value", "completeness": "Completeness of inputs"}


def line_batches(desk: Desk, made: Statement) -> Iterator[pa.RecordBatch]:
    """A statement as rows of LINES."""
    return batches(LINES, _lines(desk, made))


def _lines(desk: Desk, made: Statement) -> Iterator[Mapping[str, Any]]:
    labels, why = labels_of(desk) | _LABELS, {one.figure: one.reason for one in made.unknown}
    shared = {"period": made.period, "start": made.start, "end": made.end, "scope": made.scope,
              **made_from(desk)}  # fmt: skip
    parts = [("value", name, amount, "money") for name, amount in made.value.items()]
    parts += [("cost", name, amount, "money") for name, amount in made.cost.items()]
    parts += [("total", name, getattr(made, name), unit) for name, unit in _TOTALS.items()]
    for part, line, amount, unit in parts:
        label = labels.get(line) or labels.get(f"cost_{line}", line)
        yield {**shared, "part": part, "line": line, "label": label, "amount": exact(amount),
               "unit": spelt_out(unit, made.currency), "reason": why.get(line)}  # fmt: skip
    for one in made.targets:
        yield {**shared, "part": "target", "line": one.metric, "label": one.label, "amount": exact(one.value),
               "unit": spelt_out(one.unit, made.currency), "target": exact(one.target), "status": one.word,
               "reason": one.reason}  # fmt: skip


# --- by month and project

FIGURES: Mapping[str, str] = {
    "total_value": VALUE, "investment": INVESTMENT, "net_value": NET, "roi_percent": ROI, "cost_direct": "cost_direct",
    "cost_metered": "cost_metered", "cost_allocated": "cost_allocated", "cost_implementation": "cost_implementation",
}  # fmt: skip
"""Column → the figure that it shows."""
MONTHLY = (
    Column("month", DAY, "First day of the month."),
    Column("project", TEXT, "Project; null: the portfolio, which must not be added to its projects."),
    Column("total_value", MONEY, "Value that counts; null is unknown, as everywhere here."),
    Column("investment", MONEY, "Cost: direct, metered, allocated and implementation."),
    Column("net_value", MONEY, "Value less investment."),
    Column("roi_percent", MONEY, "Net value as a part of the investment, in per cent; never to be added up."),
    Column("cost_direct", MONEY, "Cost records of the project itself, pools left out."),
    Column("cost_metered", MONEY, "Cost of the project's interactions, by invoice or meter."),
    Column("cost_allocated", MONEY, "The project's share of shared pools."),
    Column("cost_implementation", MONEY, "The month's part of the implementation cost."),
    Column("open", pa.bool_(), "Whether the month is not over: its amounts may still change."),
    *MADE_FROM,
)


def _monthly(desk: Desk, asked: Asked) -> Iterator[pa.RecordBatch]:
    return batches(MONTHLY, _months(desk, asked))


def _months(desk: Desk, asked: Asked) -> Iterator[Mapping[str, Any]]:
    shared = made_from(desk)
    desk.check_projects(None if asked.project is None else (asked.project,))
    for dims in ((), ("project",)):
        level = desk.monthly(dims)
        columns = {name: level.sheet.columns[figure].to_pylist() for name, figure in FIGURES.items()
                   if figure in level.sheet.columns}  # fmt: skip
        for row, (cell, key) in enumerate(level.grid.rows):
            month, project = level.grid.cells[cell].first, level.grid.keys[key][0] if dims else None
            if asked.window is not None and not asked.window[0] <= month < asked.window[1]:
                continue
            if asked.project is not None and project != asked.project:
                continue
            yield {"month": month, "project": project, "open": month >= desk.reading.open_month,
                   **{name: exact(column[row]) for name, column in columns.items()}, **shared}  # fmt: skip


STATEMENT = Table(
    name="statement_monthly", columns=MONTHLY, rows=_monthly,
    description="Value, investment, net value and ROI by month, of the portfolio (project is null) and of each project",
)  # fmt: skip
