"""Raw interactions brought into the roll-ups, many commits at a time.

A row of a roll-up is several times as wide as a raw one, and a small commit has nearly as many groups as rows: to add
each commit's groups costs more than to store its rows. So the newest rows stay out until they are many, or until the
store is tidied, and the views by which roll-ups are read show them singly beside the sums. `rolled` in `meta` is the
data version up to which all rows are in. Rows beyond it are first versions and current: what corrects interactions
brings all rows in before, and its own new versions are in the sums that it corrects.
"""

from __future__ import annotations

from collections.abc import Callable

from breakeven.store.rollups import DAY, ROLLUPS, current_interactions, derive, merge, singly
from breakeven.store.schema import FACT_TABLES, INTERACTION
from breakeven.store.session import Session

MOST_OUT = 131_072
"""Rows that may stay out: to read so many takes some milliseconds."""


def rolled(session: Session) -> int:
    """Data version up to which all raw rows are in the roll-ups."""
    (value,) = session.table("SELECT CAST(value AS BIGINT) AS value FROM meta WHERE name = 'rolled'")[0].to_pylist()
    return int(value)


def rows_out(session: Session) -> int:
    """Number of raw rows that are not in the roll-ups."""
    beyond = f"data_version > {rolled(session)}"
    (count,) = session.table(f"SELECT count(*) AS n FROM {FACT_TABLES[INTERACTION].name} WHERE {beyond}")[0].to_pylist()
    return int(count)


def roll(session: Session, local_day: Callable[[str], str], version: int) -> None:
    """Bring in all rows up to a data version, that of the last commit or of the one under way."""
    since = rolled(session)
    if version <= since:
        return
    session.execute(f"CREATE OR REPLACE TEMP TABLE rolling AS {derive(DAY, _out(local_day, since))}")
    for rollup in ROLLUPS:
        if rollup is DAY:
            added = "FROM rolling"
        elif rollup.parent is not None:
            added = merge(rollup, "rolling", finer=True)
        else:
            added = derive(rollup, _out(local_day, since))
        order = " ORDER BY ALL" if rollup is DAY else ""
        session.execute(f"INSERT INTO {rollup.stored} SELECT *, {version} FROM ({added}){order}")
    session.execute("DROP TABLE rolling")
    mark(session, local_day, version)


def mark(session: Session, local_day: Callable[[str], str], version: int) -> None:
    """Say that all rows up to a data version are in."""
    session.execute("UPDATE meta SET value = ? WHERE name = 'rolled'", [str(version)])
    show(session, local_day, version)


def show(session: Session, local_day: Callable[[str], str], version: int) -> None:
    """Make the views: the stored sums, and the rows beyond a data version."""
    for rollup in ROLLUPS:
        names = ", ".join(field.name for field in rollup.table.fields)
        # The number stands in the view itself, so that the engine skips all blocks of older rows.
        session.execute(
            f"CREATE OR REPLACE VIEW {rollup.name} AS SELECT {names} FROM {rollup.stored}"
            f" UNION ALL SELECT {names} FROM ({singly(rollup, _out(local_day, version))})"
        )


def _out(local_day: Callable[[str], str], version: int) -> str:
    return current_interactions(local_day, f"data_version > {version}")
