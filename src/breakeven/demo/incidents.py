"""What went wrong at the demo company, as a log with one row per update: opened first, resolved later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from breakeven.demo.company import DIP, MONTHS, PROJECTS
from breakeven.demo.timeline import Timeline, use_at

Record = dict[str, Any]

KINDS = ("outage", "quality", "drift", "other")
ODDS = (0.4, 0.35, 0.15, 0.1)


def incident_log(timeline: Timeline) -> list[Record]:
    """All updates up to now, in the order in which they were written."""
    found = [*_ordinary(timeline), *_caught(timeline), *_bad_release(timeline)]
    updates = [update for incident in found for update in _updates(incident)]
    return sorted(timeline.until_now(updates, "updated_at"), key=lambda update: (update["updated_at"], update["id"]))


def _updates(incident: Record) -> Iterator[Record]:
    yield incident | {"updated_at": incident["opened_at"], "resolved_at": None, "cost": None, "currency": None}
    yield incident | {"updated_at": incident["resolved_at"]}


def _ordinary(timeline: Timeline) -> Iterator[Record]:
    """Incidents that reached users: as many as before AI at first, fewer as the project grows."""
    generator = timeline.generator("incidents")
    for project in PROJECTS:
        before, after = project.incidents
        for month in range(MONTHS):
            share = use_at(project.growth, month + 0.5)
            number = int(generator.poisson(before + (after - before) * share))
            for one in range(number):
                opened = timeline.instant(month) + timedelta(days=float(generator.uniform(0, 27.9)))
                hours = float(generator.lognormal(0.9 - 1.3 * share, 0.7))
                kind = str(generator.choice(KINDS, p=ODDS))
                yield _incident(f"INC-{project.id}-{month:02d}-{one}", project.id, kind, opened, hours)


def _caught(timeline: Timeline) -> Iterator[Record]:
    """Drift that monitoring found before anyone was harmed; monitoring becomes better."""
    generator = timeline.generator("caught")
    for month in range(2, MONTHS):
        for project in ("fraud-detection", "churn-prediction", "claims-triage"):
            if generator.random() < 0.15 + 0.025 * month:
                opened = timeline.instant(month) + timedelta(days=float(generator.uniform(1, 27)))
                record = _incident(f"DRIFT-{project}-{month:02d}", project, "drift", opened, 20 * generator.random())
                yield record | {"severity": "P4", "caught_before_impact": True, "cost": None, "currency": None}


def _bad_release(timeline: Timeline) -> Iterator[Record]:
    """The release that had to be rolled back: an outage, and answers that got worse without anybody noticing."""
    opened = timeline.instant(DIP + 0.2, 10.5)
    yield _incident("INC-bad-release", "support-assistant", "outage", opened, 5.5, Decimal("18400.00"))
    drift = opened + timedelta(hours=9)
    yield _incident("INC-answer-drift", "support-assistant", "drift", drift, 61.0, Decimal("9750.00"))


def _incident(
    identity: str, project: str, kind: str, opened: datetime, hours: float, cost: Decimal | None = None
) -> Record:
    return {
        "id": identity,
        "project": project,
        "severity": "P1" if cost is not None else "P3",
        "kind": kind,
        "opened_at": opened.replace(microsecond=0),
        "resolved_at": (opened + timedelta(hours=float(np.clip(hours, 0.2, 96)))).replace(microsecond=0),
        "caught_before_impact": False,
        "cost": cost,
        "currency": "USD" if cost is not None else None,
    }
