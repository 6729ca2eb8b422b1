"""What the demo company's people decided: plans that were approved, months that finance closed, entries it accepted."""

from __future__ import annotations

from datetime import datetime

from breakeven.demo.company import MONTHS, PROJECTS
from breakeven.demo.timeline import Timeline
from breakeven.ledger.cases.business_case import approve
from breakeven.ledger.closing.closing import close
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.proof.validation import validate

FINANCE = "Head of Finance"
OPEN = 2
"""Finished months that are not closed yet."""
ACCEPTED = ("infra_savings", "acceleration_value")
"""Categories that finance accepts: they can be seen in its own books."""


def decide(ledger: Ledger, timeline: Timeline, now: datetime) -> int:
    """Approve the plans, accept entries and close the months but for the last; gives the number of closed months."""
    for project in PROJECTS:
        with ledger.desk(timeline.instant(project.growth.start)) as desk:
            approve(desk, project.id, by="Steering committee", note="Investment proposal")
    with ledger.desk(now) as desk:
        last = f"{timeline.month(MONTHS - 1 - OPEN):%Y-%m}"
        patterns = [f"{_month(timeline, month)}/*/{name}" for name in ACCEPTED for month in range(3, MONTHS - 1 - OPEN)]
        known = {entry.id.split("/", 1)[0] + "/*/" + entry.category for entry in ledger.entries(now=now)}
        validate(desk, [one for one in patterns if one in known], by=FINANCE, note=f"Seen in the books up to {last}")
    closed = range(MONTHS - 1 - OPEN)
    for month in closed:
        with ledger.desk(now) as desk:
            close(desk, _month(timeline, month), by=FINANCE, force=True,
                  reason="The self-hosted model has no price, and not every pool had a user then")  # fmt: skip
    return len(closed)


def _month(timeline: Timeline, month: int) -> str:
    return f"{timeline.month(month):%Y-%m}"
