"""Incidents: what is open, and what was over lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result


class Trouble(Result, frozen=True, kw_only=True):
    """One incident."""

    id: str
    source: str
    project: str
    model: str | None
    kind: str
    severity: str | None
    opened_at: datetime
    resolved_at: datetime | None
    caught: bool
    """Found before anyone was harmed."""
    cost: Decimal | None
    currency: str | None
    """Of the cost; the workspace's where the source does not say."""


def troubles(
    desk: Desk, since: datetime, projects: Sequence[str] | None = None, models: Sequence[str | None] | None = None
) -> tuple[Trouble, ...]:
    """Incidents that are open, or that were opened or resolved since an instant; open ones first, then the latest."""
    version = desk.reading.moment.versions.by_kind.get("incident", 0)
    every: tuple[Trouble, ...] = desk.reading.cache.get(("troubles",), version, lambda: _every(desk))
    now = desk.reading.now
    kept = [
        one for one in every
        if one.opened_at <= now
        and (one.resolved_at is None or one.resolved_at >= since)
        and (projects is None or one.project in projects)
        and (models is None or one.model in models)
    ]  # fmt: skip
    return tuple(sorted(kept, key=lambda one: (one.resolved_at is not None, -one.opened_at.timestamp(), one.id)))


def _every(desk: Desk) -> tuple[Trouble, ...]:
    rows = desk.reading.moment.query(
        "SELECT id, source, project, model, kind, severity, opened_at, resolved_at,"
        " coalesce(caught_before_impact, false) AS caught, cost, currency FROM incident ORDER BY opened_at DESC, id"
    ).to_pylist()
    known = desk.workspace.projects
    return tuple(
        Trouble(**{**row, "project": row["project"] if row["project"] in known else UNASSIGNED}) for row in rows
    )
