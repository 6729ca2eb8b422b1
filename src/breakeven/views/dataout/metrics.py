"""Figures over time as a table, and the catalogue of figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from breakeven.ledger.books.evaluate import cuttable
from breakeven.ledger.catalogue import figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricTable
from breakeven.period import Grain, add_months
from breakeven.views.dataout.cells import MADE_FROM, exact
from breakeven.views.dataout.tables import MONEY, TEXT, Asked, Column, Table, batches
from breakeven.views.shapes.json_shapes import spelt_out

TOGETHER = 10
"""Figures that are asked for at once: more would hold more rows."""

COLUMNS = (
    Column("metric", TEXT, "Name of the figure, as in metric_catalogue."),
    Column("label", TEXT, "What pages call it."),
    Column("period", TEXT, "Name of the period: 2026-10, 2026-W41, 2026-10-17."),
    Column("project", TEXT, "Project; null: all together."),
    Column("model", TEXT, "Model, where it was asked for by model; else null."),
    Column("dimension", TEXT, "Value of another dimension that was asked for; else null."),
    Column("value", MONEY, "The figure; null is unknown."),
    Column("unit", TEXT, "Unit of the figure."),
    Column("reason", TEXT, "Why it is unknown, or what it does not include."),
    *MADE_FROM,
)


def metric_batches(tables: Iterable[MetricTable]) -> Iterator[pa.RecordBatch]:
    """Tables of figures as rows of COLUMNS."""
    return batches(COLUMNS, (row for table in tables for row in _rows(table)))


def _rows(table: MetricTable) -> Iterator[Mapping[str, Any]]:
    unit = spelt_out(table.unit, table.currency)
    for row in table.rows:
        yield {
            "metric": table.metric, "label": table.label, "period": row.period, "project": row.project,
            "model": row.model, "dimension": row.dimension, "value": exact(row.value), "unit": unit,
            "reason": row.reason, "currency": table.currency, "methodology": table.methodology,
            "data_version": table.data_version,
        }  # fmt: skip


def _monthly(desk: Desk, asked: Asked) -> Iterator[pa.RecordBatch]:
    return metric_batches(_tables(desk, asked))


def _tables(desk: Desk, asked: Asked) -> Iterator[MetricTable]:
    """Every figure by month: of the portfolio, and by project where it can be cut so."""
    months = desk.book().months
    span = asked.window or (months[0], add_months(months[-1], 1))
    projects = None if asked.project is None else (asked.project,)
    names = list(figures(desk.workspace))
    if projects is None:
        for part in _parts(names):
            yield from metrics(desk, part, grain=Grain.MONTH, span=span)
    seen = desk.window(*span)
    allowed = {name: cuttable(name, desk.workspace, seen, Grain.MONTH) for name in names}
    cut = [name for name, dims in allowed.items() if dims is None or "project" in dims]
    for part in _parts(cut):
        yield from metrics(desk, part, grain=Grain.MONTH, span=span, by="project", projects=projects)


def _parts(names: list[str]) -> Iterator[list[str]]:
    """So many figures are made together."""
    return (names[place : place + TOGETHER] for place in range(0, len(names), TOGETHER))


METRICS = Table(
    name="metrics_monthly", columns=COLUMNS, rows=_monthly,
    description="Every figure by month, of all projects together (project is null) and of each where it can be cut so.",
)  # fmt: skip

CATALOGUE_COLUMNS = (
    Column("metric", TEXT, "Name of the figure."),
    Column("label", TEXT, "What pages call it."),
    Column("kind", TEXT, "metric, value, cost, timeline or measure."),
    Column("unit", TEXT, "Unit of the figure."),
    Column("direction", TEXT, "up, down or neutral: which way is good."),
    Column("description", TEXT, "What it says."),
    Column("formula", TEXT, "Formula; null for what is summed from records."),
)


def catalogue_batches(desk: Desk) -> Iterator[pa.RecordBatch]:
    """The catalogue of figures as rows of CATALOGUE_COLUMNS."""
    currency = desk.workspace.currency
    return batches(CATALOGUE_COLUMNS, ({
        "metric": one.name, "label": one.label, "kind": one.kind, "unit": spelt_out(one.unit, currency),
        "direction": one.direction, "description": one.description, "formula": one.formula,
    } for one in figures(desk.workspace).values()))  # fmt: skip


def _catalogue(desk: Desk, asked: Asked) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - it has no periods
    return catalogue_batches(desk)


CATALOGUE = Table(
    name="metric_catalogue", columns=CATALOGUE_COLUMNS, rows=_catalogue,
    description="Every figure that can be asked for, with unit, direction and formula.",
)  # fmt: skip
