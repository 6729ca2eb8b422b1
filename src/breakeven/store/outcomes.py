"""What outcomes make of the interactions that they are about: new versions, in the commit that brings the one or other.

An interaction's `outcome`, `csat`, `revenue` and `seconds_saved` are, field by field, those of the last current outcome
that says something of it (by its `time`, then source and id); what none says stays as the interaction's source sent
it. They are made from the first version and all current outcomes, so that no order of arrival makes a difference and
nothing is counted twice. Roll-ups of days lose the old rows and gain the new; months are made from the days.

Outcomes whose interaction has not come stand in `outcome_waiting`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pyarrow as pa

from breakeven.store.correcting import replace_touched, touch, touched
from breakeven.store.keys import Flags, Keys
from breakeven.store.rollups import DAY, KNOWN, LONGEST_DAY, current_interactions, derive
from breakeven.store.schema import (
    CURRENT,
    FACT_TABLES,
    INTERACTION,
    OUTCOME,
    RESULTS,
    REVISION,
    WAITING,
    fact_fields,
    quoted,
)
from breakeven.store.session import Session

_RAW, _SAID = FACT_TABLES[INTERACTION].name, FACT_TABLES[OUTCOME].name
_NEAR = "INTERVAL 45 DAY"
"""Most outcomes are known so soon after their interaction; the others are looked for in all time."""
_ABOUT = "coalesce(interaction_source, source)"
_LAST = "(time, source, id)"
"""What decides which outcome is the last: equal times are told apart, so that all stores agree."""


def said(condition: str) -> str:
    """SELECT of what the current outcomes say: key, source and id of an interaction, its results, first and last time.

    `condition` is on rows of outcomes; `money` is revenue with its currency.
    """
    last = ", ".join(
        f"arg_max({value}, {_LAST}) FILTER (WHERE {name} IS NOT NULL) AS {result}"
        for result, name, value in (
            ("outcome", "outcome", "outcome"),
            ("csat", "csat", "csat"),
            ("money", "revenue", "struct_pack(revenue := revenue, currency := currency)"),
            ("seconds_saved", "seconds_saved", "seconds_saved"),
        )
    )
    return (
        f"SELECT target AS key, {_ABOUT} AS source, interaction AS id, {last}, min(time) AS first, max(time) AS last"
        f" FROM {_SAID} WHERE {CURRENT} AND ({condition}) GROUP BY target, {_ABOUT}, interaction"
    )


RESULT = {
    "outcome": "coalesce(s.outcome, f.outcome)",
    "csat": "coalesce(s.csat, f.csat)",
    "revenue": "CASE WHEN s.money IS NULL THEN f.revenue ELSE s.money.revenue END",
    "currency": "CASE WHEN s.money IS NULL THEN f.currency ELSE s.money.currency END",
    "seconds_saved": "coalesce(s.seconds_saved, f.seconds_saved)",
}
"""Field of an interaction → SQL of its value, from its first version `f` and what is said of it, `s`."""
_DUE, _IS = (f"row({', '.join(values)})" for values in (RESULT.values(), (f"c.{name}" for name in RESULTS)))
OVERDUE = f"{_IS} IS DISTINCT FROM {_DUE}"
"""SQL condition that the current version `c` is not what outcomes make of it."""
SAME = "USING (key, source, id)"
_MATCHED = "r.key = o.target AND r.source = coalesce(o.interaction_source, o.source) AND r.id = o.interaction"


class Outcomes:
    """Applies outcomes on one connection in a transaction."""

    def __init__(self, session: Session, local_day: Callable[[str], str], recorded_at: datetime, version: int) -> None:
        """`version` is the data version of the new rows; `local_day` as in `measures_view`."""
        self._session, self._local_day = session, local_day
        self._recorded_at, self._version = recorded_at, version

    def written(self) -> Keys:
        """Keys of the interactions that outcomes written now are about, or were about before."""
        now = f"SELECT key FROM {_SAID} WHERE data_version = {self._version}"
        found = self._session.table(f"SELECT DISTINCT target FROM {_SAID} WHERE key IN ({now})")
        return np.array(found["target"].to_numpy(), np.uint64)

    def apply(self, targets: Keys, known: Flags) -> tuple[int, Keys]:
        """Bring interactions to their outcomes, and what waits up to date.

        `known` says of each key in `targets` whether an interaction may have it. Gives the number of new versions, and
        the keys that outcomes wait for now.
        """
        with self._session.holding("affected", pa.table({"key": targets, "known": known})):
            self._session.execute(
                f"CREATE OR REPLACE TEMP TABLE said AS {said('target IN (SELECT key FROM affected)')}"
            )
            self._reach(any_known=bool(known.any()))
            revised = self._revise() if known.any() else 0
            waiting = self._wait()
        for name in ("said", "reached"):
            self._session.execute(f"DROP TABLE {name}")
        return revised, waiting

    def _reach(self, *, any_known: bool) -> None:
        """Make the table `reached` of the current and first versions of the interactions that are affected."""
        session, looked = self._session, f"FROM {_RAW} WHERE ({CURRENT} OR {REVISION} = 1)"
        session.execute(f"CREATE OR REPLACE TEMP TABLE reached AS SELECT * FROM {_RAW} LIMIT 0")
        if not any_known:
            return
        (ends,) = session.table(f"SELECT min(first) - {_NEAR} AS first, max(last) AS last FROM said").to_pylist()
        if ends["first"] is not None:
            # The engine skips the blocks of other times.
            near = f"time BETWEEN TIMESTAMPTZ '{ends['first']}' AND TIMESTAMPTZ '{ends['last']}'"
            wanted = "SELECT key FROM affected WHERE known"
            session.execute(f"INSERT INTO reached SELECT * {looked} AND {near} AND key IN ({wanted})")
        missing = (
            "SELECT key FROM affected LEFT JOIN (SELECT *, true AS told FROM said) AS s USING (key) WHERE known AND"
            " NOT EXISTS (SELECT 1 FROM reached AS r WHERE r.key = affected.key"
            " AND (s.told IS NULL OR (r.source = s.source AND r.id = s.id)))"
        )
        session.execute(f"CREATE OR REPLACE TEMP TABLE missing AS {missing}")
        if len(session.table("SELECT 1 FROM missing LIMIT 1")):
            session.execute("DELETE FROM reached WHERE key IN (SELECT key FROM missing)")
            session.execute(f"INSERT INTO reached SELECT * {looked} AND key IN (SELECT key FROM missing)")
        session.execute("DROP TABLE missing")

    def _revise(self) -> int:
        """Write the next versions of the interactions that are not what outcomes make of them; gives their number."""
        session, names = self._session, [field.name for field in fact_fields(INTERACTION)]
        values = ", ".join(f"{RESULT[name]} AS {name}" if name in RESULT else f"c.{quoted(name)}" for name in names)
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE revised AS SELECT {values}, c.key,"
            " greatest(c.recorded_at, ?) AS recorded_at, coalesce(c.revision, 1) + 1 AS revision"
            f" FROM reached AS c JOIN (SELECT * FROM reached WHERE {REVISION} = 1) AS f {SAME}"
            f" LEFT JOIN said AS s {SAME}"
            f" WHERE c.{CURRENT} AND {OVERDUE}",
            [self._recorded_at],
        )
        (number,) = session.table("SELECT count(*) AS n FROM revised")["n"].to_pylist()
        if number:
            same = " AND ".join(f"r.{name} = n.{name}" for name in ("key", "time", "source", "id"))
            session.execute(
                f"UPDATE {_RAW} AS r SET superseded_at = n.recorded_at FROM revised AS n WHERE {same} AND r.{CURRENT}"
            )
            shown = ", ".join((*(quoted(name) for name in names), "key", "recorded_at", "revision"))
            session.execute(
                f"INSERT INTO {_RAW} ({shown}, data_version) SELECT {shown}, {self._version} FROM revised ORDER BY time"
            )
            self._correct_rollups()
        session.execute("DROP TABLE revised")
        return int(number)

    def _wait(self) -> Keys:
        """Bring `outcome_waiting` up to date; gives the keys among the affected that are waited for."""
        session, affected = self._session, "(SELECT key FROM affected)"
        session.execute(f"DELETE FROM {WAITING.name} WHERE target IN {affected}")
        session.execute(f"INSERT INTO {WAITING.name} {waiting(f'target IN {affected}', 'reached')}")
        found = session.table(f"SELECT DISTINCT target FROM {WAITING.name} WHERE target IN {affected}")
        return np.array(found["target"].to_numpy(), np.uint64)

    # --- roll-ups

    def _correct_rollups(self) -> None:
        """Take the old versions out of the roll-ups and put the new ones in."""
        session, day = self._session, self._local_day("time")
        touch(session, self._local_day, "SELECT time, project, model FROM revised")
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE outgoing AS SELECT r.*, {day} AS day FROM reached AS r"
            f" SEMI JOIN revised AS n {SAME} WHERE r.{CURRENT}"
        )
        keys, sums = ", ".join(DAY.keys), [measure.name for measure in DAY.measures]
        there = f"SELECT {keys}, {', '.join(sums)} FROM {DAY.stored} AS p WHERE {touched('p.day', 'day', 'p')}"
        gained = derive(DAY, f"(SELECT *, {day} AS day FROM revised)")
        lost = f"SELECT {keys}, {', '.join(f'-{name} AS {name}' for name in sums)} FROM ({derive(DAY, 'outgoing')})"
        added = ", ".join(
            f"CASE WHEN sum({KNOWN[name]}) > 0 THEN sum({name}) END AS {name}" if name in KNOWN else
            f"sum({name}) AS {name}" for name in sums
        )  # fmt: skip
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE days AS SELECT {keys}, {added}"
            f" FROM ({there} UNION ALL {gained} UNION ALL {lost}) GROUP BY {keys} HAVING sum(n) > 0"
        )
        self._forget_costs()
        replace_touched(session, "SELECT * FROM days", self._version)
        for name in ("days", "outgoing"):
            session.execute(f"DROP TABLE {name}")

    def _forget_costs(self) -> None:
        """A cost of 0 that is left in a group, where a row with a cost went, may be the cost of none: look it up."""
        group = " AND ".join(f"d.{name} IS NOT DISTINCT FROM r.{name}" for name in DAY.keys)
        left = f"d.cost = 0 AND EXISTS (SELECT 1 FROM outgoing AS r WHERE r.cost IS NOT NULL AND {group})"
        (reach,) = self._session.table(
            f"SELECT min(day) AS first, max(day) AS last FROM days AS d WHERE {left}"
        ).to_pylist()
        if reach["first"] is None:
            return
        near = f"time BETWEEN DATE '{reach['first']}' - {LONGEST_DAY} AND DATE '{reach['last']}' + 2 * {LONGEST_DAY}"
        raw = current_interactions(self._local_day, f"cost IS NOT NULL AND {near}")
        self._session.execute(
            f"UPDATE days AS d SET cost = NULL WHERE {left} AND NOT EXISTS (SELECT 1 FROM {raw} AS r WHERE {group})"
        )


def waiting(condition: str, interactions: str) -> str:
    """SELECT of the rows of `outcome_waiting`: current outcomes that are about none of the `interactions`."""
    shown = f"target, source, id, {_ABOUT}, interaction, time"
    return (
        f"SELECT {shown} FROM {_SAID} AS o WHERE {CURRENT} AND ({condition})"
        f" AND NOT EXISTS (SELECT 1 FROM {interactions} AS r WHERE {_MATCHED})"
    )
