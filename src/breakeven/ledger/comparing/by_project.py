"""Figures of many projects in one question: those that the methodology has and that can be cut by project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from breakeven.ledger.books.evaluate import cuttable
from breakeven.ledger.catalogue import figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricRow
from breakeven.period import Grain

Rows = Mapping[str, Mapping[str, MetricRow]]
"""Project → figure → its value, or why there is none."""


def askable(desk: Desk, names: Sequence[str], start: date, end: date) -> tuple[str, ...]:
    """Of some figures those that exist and are known by project."""
    known, span = figures(desk.workspace), desk.window(start, end)
    return tuple(
        name for name in dict.fromkeys(names)
        if name in known
        and (known[name].kind == "timeline"
             or (by := cuttable(name, desk.workspace, span, Grain.ALL)) is None or "project" in by)
    )  # fmt: skip


def figures_by_project(
    desk: Desk, names: Sequence[str], start: date, end: date, projects: Sequence[str] | None = None
) -> Rows:
    """The figures of some days for each project that has any. Raises UnknownName for a project."""
    asked = askable(desk, names, start, end)
    if not asked:
        return {}
    found: dict[str, dict[str, MetricRow]] = {}
    for table in metrics(desk, asked, grain=Grain.ALL, span=(start, end), by="project", projects=projects):
        for row in table.rows:
            found.setdefault(str(row.project), {})[table.metric] = row
    return found
