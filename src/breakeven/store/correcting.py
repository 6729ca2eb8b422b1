"""Roll-ups of days and months brought to interactions that got new versions.

What is replaced are the local days, projects and models in which a row changed: `touch` names them, `replace_touched`
puts a day's new groups in the place of the old and makes the months from the days. All rows are to be in the roll-ups
before (`store/rolling.py`), and the corrected ones count as being in them.
"""

from __future__ import annotations

from collections.abc import Callable

from breakeven.store.rollups import DAY, MONTH, MONTH_OF_DAY, RollUp, merge
from breakeven.store.session import Session


def touch(session: Session, local_day: Callable[[str], str], changed: str) -> None:
    """Make the table `touched` of the days, projects and models of a SELECT of time, project, model."""
    day = local_day("time")
    session.execute(
        f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT {day} AS day, {MONTH_OF_DAY.format(day)} AS month,"
        f" project, model FROM ({changed})"
    )


def touched(period: str, name: str = "day", row: str = "r") -> str:
    """Condition that a row with the SQL `period`, `project` and `model` is of a touched day, or `name` month."""
    return (
        f"EXISTS (SELECT 1 FROM touched AS t WHERE t.{name} = {period} AND t.project = {row}.project"
        f" AND t.model IS NOT DISTINCT FROM {row}.model)"
    )


def replace_touched(session: Session, days: str, version: int) -> None:
    """Replace what is touched by a SELECT of the groups of days, and their months; `touched` is gone then."""
    _replace(session, DAY, days, version)
    months = touched(MONTH_OF_DAY.format("p.day"), "month", "p")
    _replace(session, MONTH, merge(MONTH, DAY.stored, months, finer=True), version)
    session.execute("DROP TABLE touched")


def _replace(session: Session, rollup: RollUp, select: str, version: int) -> None:
    name, period = rollup.stored, rollup.period
    session.execute(f"CREATE OR REPLACE TEMP TABLE corrected AS {select}")
    session.execute(f"DELETE FROM {name} AS p WHERE {touched(f'p.{period}', period, 'p')}")
    session.execute(f"INSERT INTO {name} SELECT *, {version} FROM corrected ORDER BY {period}")
    session.execute("DROP TABLE corrected")
