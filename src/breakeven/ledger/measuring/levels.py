"""Measures that cannot be added up: active users of a week, models in a state.

Each is taken anew for every cell that is asked for. The SELECTs answer `period`, the dimensions and one column `value`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from breakeven.ledger.measuring.relations import Setting, local
from breakeven.ledger.window import SUB_DAY, Cell
from breakeven.period import Grain

WIDEST_RAW = timedelta(days=92)
"""How far percentiles that need raw rows may reach."""


def listed(dims: Sequence[str]) -> str:
    """Dimensions as part of a list of columns, a comma behind each."""
    return "".join(f"{dim}, " for dim in dims)


def weekly(column: str, source: str, dims: Sequence[str], where: str) -> str:
    """Different values per week; `period` is the week's Monday."""
    return f"""
        SELECT date_trunc('week', local) AS period, {listed(dims)}count(DISTINCT {column}) AS value
        FROM ({source}) WHERE {where} GROUP BY ALL
    """


def weeks_of(cell: Cell, known_from: datetime, now: datetime) -> list[datetime]:
    """Mondays of the weeks that begin in a cell, are over, and do not lie before the first record.

    The running week counts only where it is the only one. Times are local.
    """
    first, last = datetime.combine(cell.first, time()), datetime.combine(cell.last, time())
    monday, known, week = first + timedelta(days=-first.weekday() % 7), known_from, timedelta(days=7)
    found = []
    while monday < last and monday <= now:
        if monday + week > known:
            found.append(monday)
        monday += week
    over = [monday for monday in found if monday + week <= now]
    return over or found


def states(
    condition: str, cells: Sequence[Cell], grain: Grain, dims: Sequence[str], where: str, setting: Setting
) -> str:
    """Models for which a condition holds at the end of each cell.

    A model's state is its latest record; a record of another version than the one in production (a candidate in
    staging, an old release retired) does not change it, until that version goes into production itself.
    """
    stops = ", ".join(f"(TIMESTAMP '{cell.key}', TIMESTAMP '{_stop(cell, grain)}')" for cell in cells)
    kept = "".join(f"s.{dim}, " for dim in dims)
    source = f"SELECT * REPLACE ({setting.owner('project')} AS project) FROM model_state"
    order = "PARTITION BY project, model ORDER BY time, recorded_at, id"
    return f"""
        WITH told AS (
            SELECT *, {local(setting.time_zone, "time")} AS local,
                   last_value(CASE WHEN stage = 'production' THEN version END IGNORE NULLS)
                   OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS serving
            FROM ({source}) WHERE {where}
        ), changes AS (
            SELECT * FROM told
            WHERE stage = 'production' OR version IS NULL OR serving IS NULL OR version = serving
        ), spells AS (
            SELECT *, lead(local) OVER ({order}) AS until FROM changes
        )
        SELECT p.period, {kept}count(*) FILTER (WHERE {condition}) AS value
        FROM (VALUES {stops}) AS p (period, stop)
        JOIN spells AS s ON s.local < p.stop AND (s.until IS NULL OR s.until >= p.stop)
        GROUP BY ALL
    """


def _stop(cell: Cell, grain: Grain) -> datetime:
    return cell.key + SUB_DAY[grain] if grain in SUB_DAY else datetime.combine(cell.last, time())
