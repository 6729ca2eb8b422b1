"""How long each deployment took from the end of development to production."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.relations import relation
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Result
from breakeven.ledger.window import window
from breakeven.period import Grain

BEGINNING = date(1970, 1, 1)
FINEST = Decimal("0.000000000001")


class Took(Result, frozen=True, kw_only=True):
    """One deployment that stayed."""

    day: date
    """Local day on which it reached production."""
    project: str
    days: Decimal


def times_to_production(desk: Desk) -> tuple[Took, ...]:
    """Every deployment that says when its development was complete, the earliest first; as the metrics of velocity."""
    version = desk.reading.moment.versions.by_kind.get("deployment", 0), desk.reading.today
    found: tuple[Took, ...] = desk.reading.cache.get(("times to production",), version, lambda: _times(desk))
    return found


def _times(desk: Desk) -> tuple[Took, ...]:
    span = window(BEGINNING, desk.reading.today + timedelta(days=1), desk.workspace.calendar)
    source = relation("deployment", span, Grain.ALL, desk.reading.setting("deployment"))
    rows = desk.reading.moment.query(
        "SELECT CAST(local AS DATE) AS day, project, date_diff('second', dev_complete_at, deployed_at) AS seconds"
        f" FROM ({source}) WHERE status = 'succeeded' AND dev_complete_at IS NOT NULL AND deployed_at IS NOT NULL"
        " ORDER BY local, id"
    ).to_pylist()
    return tuple(
        Took(day=row["day"], project=row["project"], days=tidy((Decimal(row["seconds"]) / 86400).quantize(FINEST)))
        for row in rows
    )
