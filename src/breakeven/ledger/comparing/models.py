"""The models of a project: what runs, since when, and the figures that are known by model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from breakeven.ledger.books.evaluate import cuttable
from breakeven.ledger.catalogue import figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricRow, Result
from breakeven.period import Grain


class ModelLine(Result, frozen=True, kw_only=True):
    """One model of a project."""

    model: str
    version: str | None
    """Of its last release or change of stage that names one."""
    stage: str | None
    """As the registry said last; None: it never said."""
    since: datetime | None
    """When that stage began."""
    released_at: datetime | None
    """Its last release."""
    release: str | None
    """How that ended: succeeded, failed, rolled_back."""
    figures: Mapping[str, MetricRow]


def models_of(desk: Desk, project: str, names: Sequence[str], start: date, end: date) -> tuple[ModelLine, ...]:
    """Models that the project's records name, those with most interactions first; figures of the days [start, end).

    Raises UnknownName for a project.
    """
    desk.check_projects((project,))
    until = desk.workspace.calendar.instant(end)
    span, known = desk.window(start, end), figures(desk.workspace)
    asked = [
        name for name in dict.fromkeys(("interactions", *names))
        if name in known and ((by := cuttable(name, desk.workspace, span, Grain.ALL)) is None or "model" in by)
    ]  # fmt: skip
    found: dict[str, dict[str, MetricRow]] = {}
    for table in metrics(desk, asked, grain=Grain.ALL, span=(start, end), by="model", projects=(project,)):
        for row in table.rows:
            if row.model is not None:
                found.setdefault(row.model, {})[table.metric] = row
    states, releases = _states(desk, project, until), _releases(desk, project, until)
    every = dict.fromkeys([*found, *states, *releases])
    made = []
    for model in every:
        state, release = states.get(model, {}), releases.get(model, {})
        made.append(ModelLine(
            model=model, version=release.get("version") or state.get("version"), stage=state.get("stage"),
            since=state.get("time"), released_at=release.get("time"), release=release.get("status"),
            figures=found.get(model, {}),
        ))  # fmt: skip
    return tuple(sorted(made, key=lambda line: (-_count(line), line.model)))


def _count(line: ModelLine) -> float:
    row = line.figures.get("interactions")
    return 0.0 if row is None or row.value is None else float(row.value)


def _states(desk: Desk, project: str, until: datetime) -> Mapping[str, Mapping[str, Any]]:
    """Model → its last stage."""
    rows = desk.reading.moment.query(
        "SELECT model, version, stage, time FROM model_state WHERE project = $project AND time < $until"
        " ORDER BY time, id",
        {"project": project, "until": until},
    )
    return {row["model"]: row for row in rows.to_pylist()}


def _releases(desk: Desk, project: str, until: datetime) -> Mapping[str, Mapping[str, Any]]:
    """Model → its last release."""
    rows = desk.reading.moment.query(
        "SELECT model, version, status, coalesce(deployed_at, time) AS time FROM deployment WHERE project = $project"
        " AND coalesce(deployed_at, time) < $until ORDER BY 4, id",
        {"project": project, "until": until},
    )
    return {row["model"]: row for row in rows.to_pylist()}
