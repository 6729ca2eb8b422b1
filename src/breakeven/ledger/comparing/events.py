"""What happened in a project, on a time axis: releases of its models, and incidents. Small tables, read as they are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result


class Event(Result, frozen=True, kw_only=True):
    """One release or incident."""

    time: datetime
    on: date
    kind: Literal["deployment", "incident"]
    id: str
    source: str
    model: str | None
    version: str | None
    state: str | None
    """succeeded, failed, rolled_back; of an incident its severity, where its source gives one."""
    what: str | None
    """Kind of the incident."""
    resolved_at: datetime | None


def events(desk: Desk, project: str, first: date, end: date) -> tuple[Event, ...]:
    """Releases and incidents of a project in [first, end), the oldest first. Raises UnknownName for a project."""
    desk.check_projects((project,))
    calendar = desk.workspace.calendar
    given = {"project": project, "first": calendar.instant(first), "last": calendar.instant(end)}
    rows = desk.reading.moment.query(
        "SELECT coalesce(deployed_at, time) AS time, 'deployment' AS kind, id, source, model, version, status AS state,"
        " NULL AS what, NULL AS resolved_at FROM deployment WHERE project = $project"
        " AND coalesce(deployed_at, time) >= $first AND coalesce(deployed_at, time) < $last"
        " UNION ALL SELECT opened_at, 'incident', id, source, model, NULL, severity, kind, resolved_at FROM incident"
        " WHERE project = $project AND opened_at >= $first AND opened_at < $last ORDER BY 1, 2, 3",
        given,
    )
    return tuple(Event(on=calendar.today(row["time"]), **row) for row in rows.to_pylist())
