"""Checks that a store agrees with itself, as SQL that gives one sentence a difference."""

from __future__ import annotations

from collections.abc import Collection

from breakeven.store.identity import KEY, TARGET
from breakeven.store.intake import intake_differences
from breakeven.store.outcomes import OVERDUE, SAME, said, waiting
from breakeven.store.rollups import RollUp, derive, merge
from breakeven.store.schema import (
    CURRENT,
    FACT_TABLES,
    INTERACTION,
    OUTCOME,
    PRICED,
    RESULTS,
    REVISION,
    WAITING,
    fact_fields,
    quoted,
)

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
    return [
        *(_beyond_version(kind) for kind in FACT_TABLES),
        *(_wrong_key(kind) for kind in FACT_TABLES if kind in written),
        *(_broken_history(kind) for kind in FACT_TABLES if kind in written),
        *(intake_differences(kind) for kind in FACT_TABLES if kind in written),
        *([_twice(), _rewritten(), _overdue()] if INTERACTION in written else []),
        *([_wrong_target(), _waiting()] if OUTCOME in written else []),
    ]


def _wrong_key(kind: str) -> str:
    return (
        f"SELECT '{kind} ' || source || ' ' || id || ': its key is not that of its source and id'"
        f" FROM {FACT_TABLES[kind].name} WHERE key <> {KEY} LIMIT {SHOWN}"
    )


def _versioned() -> str:
    """Relation of the interactions that are not just one current first version: few among many."""
    table = FACT_TABLES[INTERACTION].name
    later = f"SELECT DISTINCT key FROM {table} WHERE superseded_at IS NOT NULL OR {REVISION} > 1"
    return f"(SELECT r.* FROM {table} AS r SEMI JOIN ({later}) AS k ON r.key = k.key)"


def _twice() -> str:
    """First versions that stand more than once; nearly all keys are of one interaction."""
    table = FACT_TABLES[INTERACTION].name
    return f"""
        SELECT 'interaction ' || source || ' ' || id || ': stored ' || count(*) || ' times'
        FROM (SELECT * FROM {table} WHERE {REVISION} = 1) AS r
        SEMI JOIN (SELECT key FROM {table} WHERE {REVISION} = 1 GROUP BY key HAVING count(*) > 1) AS k USING (key)
        GROUP BY source, id HAVING count(*) > 1 LIMIT {SHOWN}
    """


def _broken_history(kind: str) -> str:
    """Sorted by fact and revision, which the engine does on disk where memory does not suffice."""
    rows = _versioned() if kind == INTERACTION else FACT_TABLES[kind].name
    return f"""
        SELECT '{kind} ' || source || ' ' || id || ': ' || min(problem) FROM (
            SELECT source, id, CASE
                WHEN revision <> place THEN 'its versions are not numbered from 1 without gaps'
                WHEN superseded_at IS NULL AND after IS NOT NULL THEN 'an earlier version is current too'
                WHEN superseded_at IS NOT NULL AND after IS NULL THEN 'its last version is superseded: none is current'
                WHEN superseded_at < recorded_at THEN 'a version was superseded before it was recorded'
            END AS problem
            FROM (
                SELECT source, id, {REVISION} AS revision, recorded_at, superseded_at,
                       row_number() OVER w AS place, lead({REVISION}) OVER w AS after
                FROM {rows} WINDOW w AS (PARTITION BY source, id ORDER BY {REVISION})
            )
        ) WHERE problem IS NOT NULL GROUP BY source, id LIMIT {SHOWN}
    """


def _rewritten() -> str:
    """An interaction's versions may differ in what they cost and what came of them, and in nothing else."""
    made = (*PRICED, *RESULTS)
    kept = ", ".join(quoted(field.name) for field in fact_fields(INTERACTION) if field.name not in made)
    return f"""
        SELECT 'interaction ' || source || ' ' || id || ': its versions differ in more than their price and outcome'
        FROM (SELECT source, id, hash({kept}) AS content FROM {_versioned()})
        GROUP BY source, id HAVING min(content) <> max(content) LIMIT {SHOWN}
    """


def _overdue() -> str:
    """Interactions that are not what their source and the outcomes of them say."""
    raw, few = FACT_TABLES[INTERACTION].name, f"SELECT key FROM {_versioned()}"
    few = f"key IN ({few} UNION SELECT target FROM {FACT_TABLES[OUTCOME].name})"
    return f"""
        SELECT 'interaction ' || c.source || ' ' || c.id || ': is not what outcomes of it say'
        FROM (SELECT * FROM {raw} WHERE {CURRENT} AND {few}) AS c
        JOIN (SELECT * FROM {raw} WHERE {REVISION} = 1 AND {few}) AS f {SAME}
        LEFT JOIN ({said("true")}) AS s {SAME}
        WHERE {OVERDUE} LIMIT {SHOWN}
    """


def _wrong_target() -> str:
    return (
        f"SELECT 'outcome ' || source || ' ' || id || ': its target is not the key of its interaction'"
        f" FROM {FACT_TABLES[OUTCOME].name} WHERE target <> {TARGET} LIMIT {SHOWN}"
    )


def _waiting() -> str:
    """Outcomes that wait though their interaction is there, and those that should wait and do not."""
    due = waiting("true", FACT_TABLES[INTERACTION].name)
    kept = f"SELECT * FROM {WAITING.name}"
    return f"""
        SELECT 'outcome ' || source || ' ' || id || ': ' || what FROM (
            SELECT source, id, 'waits, though it is not to' AS what FROM ({kept} EXCEPT ALL {due})
            UNION ALL
            SELECT source, id, 'does not wait for its interaction, which is not there' FROM ({due} EXCEPT ALL {kept})
        ) LIMIT {SHOWN}
    """


def _beyond_version(kind: str) -> str:
    return f"""
        SELECT '{kind}: rows of data version ' || max(data_version) || ', later than the store''s own'
        FROM {FACT_TABLES[kind].name}
        HAVING max(data_version) > (SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'data_version')
    """
