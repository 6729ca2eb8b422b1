"""Models as they are registered and released: version in force, stage, projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from breakeven.facts import UNASSIGNED
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result


class Deployed(Result, frozen=True, kw_only=True):
    """One release of a model."""

    id: str
    source: str
    model: str
    project: str
    version: str | None
    at: datetime
    """When it reached production, or was reported where that is not said."""
    status: str
    """succeeded, failed, rolled_back."""


class Registered(Result, frozen=True, kw_only=True):
    """What the registry and the releases say about a model."""

    model: str
    projects: tuple[str, ...]
    version: str | None
    """Of the last release that stayed, else of the registry."""
    stage: str | None
    """development, staging, production or retired; None: the registry does not know it."""
    since: datetime | None
    """When it came into that stage."""
    on_platform: bool | None
    releases: tuple[Deployed, ...]
    """The latest first."""


def registered(desk: Desk, projects: Sequence[str] | None = None) -> Mapping[str, Registered]:
    """Every model that a release, the registry or an evaluation names, by name."""
    versions = desk.reading.moment.versions.by_kind
    known = tuple(versions.get(kind, 0) for kind in ("deployment", "model_state", "evaluation"))
    every: Mapping[str, Registered] = desk.reading.cache.get(("registered",), known, lambda: _registered(desk))
    if projects is None:
        return every
    return {name: one for name, one in every.items() if not set(projects).isdisjoint(one.projects)}


def releases(desk: Desk, projects: Sequence[str] | None = None) -> tuple[Deployed, ...]:
    """Every release, the latest first."""
    every = [one for model in registered(desk, projects).values() for one in model.releases]
    kept = (one for one in every if projects is None or one.project in projects)
    return tuple(sorted(kept, key=lambda one: (one.at, one.model, one.id), reverse=True))


def _registered(desk: Desk) -> Mapping[str, Registered]:
    query, declared = desk.reading.moment.query, desk.workspace.projects

    def owner(row: Mapping[str, Any]) -> str:
        return str(row["project"]) if row["project"] in declared else UNASSIGNED

    deployed: dict[str, list[Deployed]] = {}
    for row in query(
        'SELECT id, source, model, project, version, coalesce(deployed_at, time) AS "at", status FROM deployment'
        " ORDER BY 6 DESC, id DESC"
    ).to_pylist():
        deployed.setdefault(row["model"], []).append(Deployed(**{**row, "project": owner(row)}))
    states = query(
        "SELECT model, project, version, stage, time, on_platform FROM model_state ORDER BY time, recorded_at, id"
    ).to_pylist()
    latest = {row["model"]: row for row in states}
    measured = query("SELECT DISTINCT model, project FROM evaluation ORDER BY ALL").to_pylist()
    of_records: dict[str, dict[str, None]] = {}
    for row in (*states, *measured):
        of_records.setdefault(row["model"], {})[owner(row)] = None
    found = {}
    for model in sorted({*deployed, *latest, *(row["model"] for row in measured)}):
        mine, state = tuple(deployed.get(model, ())), latest.get(model)
        projects = dict.fromkeys([*(one.project for one in mine), *of_records.get(model, ())])
        stayed = next((one.version for one in mine if one.status == "succeeded" and one.version), None)
        found[model] = Registered(
            model=model, projects=tuple(projects), version=stayed or (state["version"] if state else None),
            stage=state["stage"] if state else None, since=state["time"] if state else None,
            on_platform=state["on_platform"] if state else None, releases=mine,
        )  # fmt: skip
    return found


def projects_of_models(desk: Desk, since: datetime, until: datetime) -> Mapping[str | None, tuple[str, ...]]:
    """The projects that call each model, by days of the roll-up."""
    calendar = desk.workspace.calendar
    rows = desk.reading.moment.query(
        "SELECT model, project, sum(n) AS n FROM interaction_day WHERE day >= $first AND day <= $last GROUP BY ALL"
        " ORDER BY n DESC, project",
        {"first": calendar.today(since), "last": calendar.today(until)},
    ).to_pylist()
    found: dict[str | None, dict[str, None]] = {}
    for row in rows:
        project = row["project"] if row["project"] in desk.workspace.projects else UNASSIGNED
        found.setdefault(row["model"], {})[project] = None
    return {model: tuple(projects) for model, projects in found.items()}
