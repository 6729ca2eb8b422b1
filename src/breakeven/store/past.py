"""The facts as they stood at an instant: temporary views that shadow the present tables of one connection.

What every version says about itself is enough: it counted at T if it was recorded at or before T and was not superseded
by then. The shadows have the names of what they hide, so that every query of the present answers for the past too.
Roll-ups keep no times. Where a row was recorded or superseded after T, or is not in them yet, its day is derived anew
from the raw rows of then; all other days, and months that have none of these, are taken from the roll-ups as they are.
Counts (`COUNT`) are taken back instead: what came after T is subtracted, what was superseded since is added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from breakeven.facts import KINDS
from breakeven.store.base import Versions
from breakeven.store.rolling import rolled
from breakeven.store.rollups import (
    COUNT,
    DAY,
    LONGEST_DAY,
    MONTH,
    MONTH_OF_DAY,
    ROLLUPS,
    RollUp,
    current_interactions,
    derive,
    measures_view,
    merge,
)
from breakeven.store.schema import CURRENT, FACT_TABLES, INTERACTION, REJECTED, current_view
from breakeven.store.session import Session

_QUARTER = 900_000_000
"""Microseconds of a quarter of an hour."""


class Past:
    """One instant of the past on one connection.

    `present` is the schema of the stored tables as SQL, `local_day` as in `measures_view`. `versions` says where the
    data stood; the roll-ups are shadowed when the first query names one.
    """

    def __init__(
        self, session: Session, at: datetime, present: str, now: Versions, local_day: Callable[[str], str]
    ) -> None:
        self._session, self._present, self._local_day = session, present, local_day
        self._at = f"TIMESTAMPTZ '{at.isoformat()}'"
        changed = [kind for kind in KINDS if now.by_kind[kind] and self._any(kind, f"recorded_at > {self._at}")]
        self.versions = self._versions(now, changed) if changed else now
        for kind in changed:
            self._shadow_kind(kind)
        self._shadow_rejected()
        self._behind = INTERACTION in changed
        self._rolled = rolled(session) if self._behind else 0

    def prepare(self, sql: str) -> None:
        """Make ready what a query needs."""
        if self._behind and any(rollup.name in sql for rollup in ROLLUPS):
            self._shadow_rollups()
            self._behind = False

    def _any(self, kind: str, condition: str) -> bool:
        return len(self._session.table(f"SELECT 1 FROM {self._raw(kind)} WHERE {condition} LIMIT 1")) > 0

    def _raw(self, kind: str) -> str:
        return f"{self._present}.{FACT_TABLES[kind].name}"

    def _versions(self, now: Versions, changed: Sequence[str]) -> Versions:
        by_kind, times = dict(now.by_kind), list[datetime]()
        for kind in (kind for kind in KINDS if now.by_kind[kind]):
            row = self._session.table(
                "SELECT coalesce(max(data_version), 0) AS version, max(recorded_at) AS recorded"
                f" FROM {self._raw(kind)} WHERE recorded_at <= {self._at}"
            ).to_pylist()[0]
            times += [row["recorded"]] if row["recorded"] else []
            if kind in changed:
                by_kind[kind] = row["version"]
        return Versions(max(by_kind.values()), by_kind, max(times, default=None))

    def _shadow_kind(self, kind: str) -> None:
        """Hide what was recorded since, and that versions of then were superseded since."""
        then = f"CASE WHEN superseded_at <= {self._at} THEN superseded_at END"
        self._view(
            FACT_TABLES[kind].name,
            f"SELECT * REPLACE ({then} AS superseded_at) FROM {self._raw(kind)} WHERE recorded_at <= {self._at}",
        )
        self._view(kind, current_view(kind))
        if kind == INTERACTION:
            self._view("interaction_measures", measures_view(self._local_day))

    def _shadow_rejected(self) -> None:
        then = f"CASE WHEN replayed_at <= {self._at} THEN replayed_at END"
        self._view(
            REJECTED.name,
            f"SELECT * REPLACE ({then} AS replayed_at) FROM {self._present}.{REJECTED.name}"
            f" WHERE received_at <= {self._at}",
        )

    def _view(self, name: str, select: str) -> None:
        self._session.execute(f"CREATE TEMP VIEW {name} AS {select}")

    # --- roll-ups

    def _shadow_rollups(self) -> None:
        # Parts of an hour are put into days, not rows: much fewer; with those beside them, as a day may begin in one.
        since = f"SELECT epoch_us(time) // {_QUARTER} AS part FROM {self._raw(INTERACTION)} WHERE "
        wanted = (f"recorded_at > {self._at}", f"superseded_at > {self._at}", f"data_version > {self._rolled}")
        parts = " UNION ".join(since + one for one in wanted)
        times = f"SELECT make_timestamptz((part + unnest([-1, 0, 1])) * {_QUARTER}) AS time FROM ({parts})"
        self._keep("past_day", f"SELECT {self._local_day('time')} AS day, min(time) AS time FROM ({times}) GROUP BY 1")
        reach = self._session.table(
            f"SELECT min(time) - {LONGEST_DAY} AS first, max(time) + {LONGEST_DAY} AS last FROM past_day"
        ).to_pylist()[0]
        within = f"time BETWEEN TIMESTAMPTZ '{reach['first']}' AND TIMESTAMPTZ '{reach['last']}'"
        raw = f"(SELECT * FROM {current_interactions(self._local_day, within)} SEMI JOIN past_day USING (day))"
        self._shadow(DAY, derive(DAY, raw), "day IN (SELECT day FROM past_day)")
        months = f"IN (SELECT {MONTH_OF_DAY.format('day')} FROM past_day)"
        self._shadow(
            MONTH, merge(MONTH, DAY.name, f"{MONTH_OF_DAY.format('p.day')} {months}", finer=True), f"month {months}"
        )
        for rollup in ROLLUPS:
            if rollup.measures == COUNT:
                self._shadow(rollup, self._taken_back(rollup), f"month {months}")

    def _taken_back(self, rollup: RollUp) -> str:
        """SELECT of a roll-up of counts as it was, in the months that changed since and had interactions already."""
        ends = self._session.table(f"SELECT min(month) AS first, max(month) AS last FROM past_{MONTH.name}").to_pylist()
        first, last = (f"DATE '{ends[0][end] or date.min}'" for end in ("first", "last"))
        keys, raw = ", ".join(rollup.keys), f"SELECT *, {self._local_day('time')} AS day FROM {self._raw(INTERACTION)}"
        near = f"time >= {first} - {LONGEST_DAY} AND time <= {last} + INTERVAL 31 DAY + {LONGEST_DAY}"
        within, beyond = f"data_version <= {self._rolled}", f"data_version > {self._rolled}"
        since = derive(rollup, f"({raw} WHERE recorded_at > {self._at} AND {CURRENT} AND {within} AND {near})")
        single = derive(rollup, f"({raw} WHERE recorded_at <= {self._at} AND {beyond} AND {near})")
        until = derive(rollup, f"({raw} WHERE superseded_at > {self._at} AND recorded_at <= {self._at} AND {near})")
        summed = f"SELECT {keys}, n FROM {self._present}.{rollup.stored}"
        then = " UNION ALL ".join((summed, *(f"SELECT {keys}, n FROM ({added})" for added in (single, until)),
                                   f"SELECT {keys}, -n FROM ({since})"))  # fmt: skip
        return (
            f"SELECT {keys}, sum(n) AS n FROM ({then})"
            f" WHERE month IN (SELECT month FROM past_{MONTH.name}) GROUP BY ALL HAVING sum(n) <> 0"
        )

    def _shadow(self, rollup: RollUp, select: str, condition: str) -> None:
        """Hide the periods of a roll-up for which a condition holds behind those of a SELECT."""
        version = self.versions.by_kind[INTERACTION]
        self._keep(f"past_{rollup.name}", f"SELECT *, CAST({version} AS BIGINT) AS data_version FROM ({select})")
        self._view(
            rollup.name,
            f"SELECT * FROM {self._present}.{rollup.stored} WHERE NOT ({condition})"
            f" UNION ALL BY NAME SELECT * FROM past_{rollup.name}",
        )

    def _keep(self, name: str, select: str) -> None:
        self._session.execute(f"CREATE TEMP TABLE {name} AS {select}")
