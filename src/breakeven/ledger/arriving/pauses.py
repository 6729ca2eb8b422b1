"""How long each source is usually quiet: what the counts of nine weeks say, and what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from breakeven.ingest.pulling.run import pulled, source_name
from breakeven.ledger.arriving.results import Basis
from breakeven.ledger.measuring.measures import Reading

WEEKS = 8
"""Weeks before the last that are looked at."""
LEAST_PAUSES = 20
LEAST_WEEKS = 4
"""Weeks, and arrivals in all of them, that are needed before anything is called usual."""
CONTINUOUS = ("interaction", "activity")
"""Kinds that are sent as they happen; others come for days long past, of which hours say nothing."""
QUIET: Mapping[str, timedelta] = {
    "interaction": timedelta(days=1),
    "activity": timedelta(days=7),
    "evaluation": timedelta(days=14),
    "cost": timedelta(days=45),
    "benefit": timedelta(days=120),
    "survey": timedelta(days=120),
}
"""How long a source of a kind may say nothing. Other kinds report events: their silence is no fault."""
Key = tuple[str, str]
"""Kind and source."""


class Pauses(msgspec.Struct, frozen=True, kw_only=True):
    """The hours in which a source's records arrived, after the first, and how old its latest record was before each."""

    n: int
    weeks: int
    """That such hours lie in."""
    usual: float
    """The oldest that it was in a week, in seconds: the median of all weeks."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long each source may be quiet."""

    learned: Mapping[Key, Pauses] = {}
    declared: Mapping[str, timedelta] = {}

    def of(self, kind: str, source: str) -> tuple[float | None, Basis]:
        """Longest usual pause in seconds, and why; None: its silence means nothing."""
        if source in self.declared:
            return self.declared[source].total_seconds(), "declared"
        if kind not in QUIET:
            return None, "events"
        pauses = self.learned.get((kind, source))
        if kind in CONTINUOUS and pauses is not None and pauses.n >= LEAST_PAUSES and pauses.weeks >= LEAST_WEEKS:
            return pauses.usual + 3600, "learned"
        return QUIET[kind].total_seconds(), "kind"


def limits(reading: Reading) -> Limits:
    """What is usual at the reading's moment; what is learned is looked at once a minute."""
    minute = reading.now.replace(second=0, microsecond=0)
    learned: Mapping[Key, Pauses] = reading.cache.get(
        ("pauses", reading.as_of), minute, lambda: _learned(reading)
    )  # fmt: skip
    declared = {
        source_name(source): source.pull.quiet
        for source in pulled(reading.workspace).values() if source.pull is not None and source.pull.quiet is not None
    }  # fmt: skip
    return Limits(learned=learned, declared=declared)


def _learned(reading: Reading) -> dict[Key, Pauses]:
    known = "" if reading.as_of is None else f"AND arrived <= {at(reading.as_of)}"
    rows = reading.moment.query(f"""
        WITH came AS (
            SELECT kind, source, arrived, max(happened) AS newest FROM intake
            WHERE records > 0 AND arrived >= {at(reading.now - timedelta(days=7 * (WEEKS + 1)))} {known} GROUP BY ALL
        ), aged AS (
            SELECT kind, source, epoch({at(reading.now)} - arrived) // {7 * 86_400} AS week,
                   epoch(arrived - max(newest) OVER (PARTITION BY kind, source ORDER BY arrived
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS age
            FROM came
        ), weekly AS (
            SELECT kind, source, week, count(*) AS n, greatest(0, max(age)) AS oldest FROM aged
            WHERE age IS NOT NULL GROUP BY ALL
        )
        SELECT kind, source, CAST(sum(n) AS BIGINT) AS n, count(*) AS weeks, median(oldest) AS usual
        FROM weekly GROUP BY kind, source""").to_pylist()
    return {(row.pop("kind"), row.pop("source")): Pauses(**row) for row in rows}


def at(moment: datetime) -> str:
    """SQL of an instant."""
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
