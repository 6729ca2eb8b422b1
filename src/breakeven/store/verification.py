"""Checks that a store agrees with itself, as SQL that gives one sentence a difference."""

from __future__ import annotations

from collections.abc import Collection

from breakeven.store.identity import KEY
from breakeven.store.rollups import RollUp, derive, merge
from breakeven.store.schema import FACT_TABLES, INTERACTION, SUPERSEDING

SHOWN = 20
"""Differences named of each table."""


def rollup_differences(rollup: RollUp, raw: str) -> str:
    """SELECT of one sentence for each period in which a roll-up is not what its raw rows give.

    `raw` is a relation of raw interactions with `day`. A group that stands on one side only counts as a difference.
    """
    names = ", ".join((*rollup.keys, *(measure.name for measure in rollup.measures)))
    kept, due = merge(rollup, rollup.name), derive(rollup, raw)
    differing = " || ".join(
        f"CASE WHEN sum({name}) FILTER (WHERE side = 'kept') IS DISTINCT FROM sum({name}) FILTER (WHERE side = 'due')"
        f" THEN ', {name} ' || coalesce(CAST(sum({name}) FILTER (WHERE side = 'kept') AS VARCHAR), 'none')"
        f" || ' instead of ' || coalesce(CAST(sum({name}) FILTER (WHERE side = 'due') AS VARCHAR), 'none')"
        " ELSE '' END"
        for name in (measure.name for measure in rollup.measures)
    )
    return f"""
        WITH kept AS ({kept}), due AS ({due}),
        differing AS (
            SELECT 'kept' AS side, * FROM (SELECT {names} FROM kept EXCEPT SELECT {names} FROM due)
            UNION ALL
            SELECT 'due' AS side, * FROM (SELECT {names} FROM due EXCEPT SELECT {names} FROM kept)
        )
        SELECT '{rollup.name} ' || CAST({rollup.period} AS VARCHAR) || ': '
               || CAST(count(DISTINCT ROW({", ".join(rollup.keys)})) AS VARCHAR) || ' groups differ from the raw rows'
               || {differing} AS problem
        FROM differing GROUP BY {rollup.period} ORDER BY {rollup.period} LIMIT {SHOWN}
    """


def fact_problems(written: Collection[str]) -> list[str]:
    """SELECTs of one sentence for each fact that breaks a rule; `written` are the kinds that have facts."""
    histories = [_broken_history(kind) for kind in SUPERSEDING if kind in written]
    return [
        *(_beyond_version(kind) for kind in FACT_TABLES),
        *(_wrong_key(kind) for kind in FACT_TABLES if kind in written),
        *([_twice()] if INTERACTION in written else []),
        *histories,
    ]


def _wrong_key(kind: str) -> str:
    return (
        f"SELECT '{kind} ' || source || ' ' || id || ': its key is not that of its source and id'"
        f" FROM {FACT_TABLES[kind].name} WHERE key <> {KEY} LIMIT {SHOWN}"
    )


def _twice() -> str:
    return f"""
        SELECT 'interaction ' || source || ' ' || id || ': stored ' || count(*) || ' times' FROM {INTERACTION}
        SEMI JOIN (SELECT key FROM {INTERACTION} GROUP BY key HAVING count(*) > 1) AS k USING (key)
        GROUP BY source, id HAVING count(*) > 1 LIMIT {SHOWN}
    """


def _broken_history(kind: str) -> str:
    return f"""
        SELECT '{kind} ' || source || ' ' || id || ': ' || problem FROM (
            SELECT source, id, CASE
                WHEN count(*) FILTER (WHERE superseded_at IS NULL) <> 1
                    THEN count(*) FILTER (WHERE superseded_at IS NULL) || ' current versions instead of 1'
                WHEN min(revision) <> 1 OR max(revision) <> count(*) OR count(DISTINCT revision) <> count(*)
                    THEN 'its versions are not numbered from 1 without gaps'
                WHEN max(revision) FILTER (WHERE superseded_at IS NULL) <> max(revision)
                    THEN 'the current version is not the last'
                WHEN bool_or(superseded_at < recorded_at) THEN 'a version was superseded before it was recorded'
            END AS problem
            FROM {FACT_TABLES[kind].name} GROUP BY source, id
        ) WHERE problem IS NOT NULL LIMIT {SHOWN}
    """


def _beyond_version(kind: str) -> str:
    return f"""
        SELECT '{kind}: rows of data version ' || max(data_version) || ', later than the store''s own'
        FROM {FACT_TABLES[kind].name}
        HAVING max(data_version) > (SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'data_version')
    """
