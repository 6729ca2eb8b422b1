"""What becomes of a fact whose (source, id) was seen before, as SQL.

`interaction`: the first one wins; the same content again is a duplicate, another content a conflict.
Other kinds:   a later version supersedes; what equals the version before it is a duplicate.

Only rows whose key was seen come here (relation `suspects`: the columns of the fact, `key`, `ordinal`), beside what the
store holds under the same keys (relation `stored`: the columns of the raw table). Rows of other ids that only share the
64-bit key fall apart again by source and id.
"""

from __future__ import annotations

from breakeven.store.schema import INTERACTION, fact_fields, fact_table_name, quoted

KEY = "md5_number_lower(source || chr(31) || id)"
"""SQL of a fact's key: the lower 64 bits of MD5 over source and id."""

_REPORTED = "CASE WHEN coalesce(cost_origin, 'reported') = 'reported' THEN {name} END AS \"{name}\""
_AS_REPORTED = {"cost": _REPORTED.format(name="cost"), "cost_currency": _REPORTED.format(name="cost_currency")}
_NOT_REPORTED = frozenset({"cost_origin", "price_id"})
"""What breakeven's own pricing fills in: a later price book must not turn a duplicate into a conflict."""


def content_columns(kind: str) -> list[str]:
    """The columns that make up a fact's content, as the source sent them (SQL, each under its own name)."""
    names = [field.name for field in fact_fields(kind) if field.name not in ("id", "source")]
    if kind != INTERACTION:
        return [quoted(name) for name in names]
    return [_AS_REPORTED.get(name, quoted(name)) for name in names if name not in _NOT_REPORTED]


def stored_rows(kind: str, keys: str, condition: str = "TRUE") -> str:
    """SELECT of what the store holds under the keys of relation `keys`: interactions, or current versions."""
    current = "TRUE" if kind == INTERACTION else "t.superseded_at IS NULL"
    return (
        f"SELECT t.* FROM {fact_table_name(kind)} AS t SEMI JOIN {keys} AS k ON t.key = k.key"
        f" WHERE {current} AND {condition}"
    )


def judge_interactions(stored: str, suspects: str) -> str:
    """SELECT ordinal, verdict of the suspects that are not accepted."""
    content = content_columns(INTERACTION)
    names = [column.rpartition(" ")[2] for column in content]
    same = " AND ".join(f"s.{name} IS NOT DISTINCT FROM f.{name}" for name in names)
    shown = f"source, id, {', '.join(content)}"
    return f"""
        WITH sent AS (SELECT ordinal, {shown} FROM {suspects}),
        known AS (SELECT CAST(NULL AS BIGINT) AS ordinal, {shown} FROM {stored}),
        first_sent AS (
            SELECT * FROM sent ANTI JOIN known USING (source, id)
            QUALIFY row_number() OVER (PARTITION BY source, id ORDER BY ordinal) = 1
        ),
        first AS (SELECT * FROM known UNION ALL SELECT * FROM first_sent)
        SELECT s.ordinal, CASE WHEN {same} THEN 'duplicate' ELSE 'conflict' END AS verdict
        FROM sent AS s JOIN first AS f USING (source, id)
        WHERE f.ordinal IS NULL OR s.ordinal <> f.ordinal
        ORDER BY s.ordinal
    """


def judge_versions(kind: str, stored: str, suspects: str, recorded_at: str) -> str:
    """SELECT of all suspects of a superseding kind: ordinal, source, id, accepted, revision, recorded_at, is_last.

    A clock that went back never makes a version older than the one it supersedes.
    """
    names = content_columns(kind)
    content = "row(" + ", ".join(names) + ")"
    return f"""
        WITH chain AS (
            SELECT 0 AS stage, 0 AS ordinal, source, id, {content} AS content, revision, recorded_at FROM {stored}
            UNION ALL
            SELECT 1, ordinal, source, id, {content}, 0, {recorded_at} FROM {suspects}
        ),
        compared AS (
            SELECT stage, ordinal, source, id,
                   stage = 1 AND (row_number() OVER w = 1 OR content IS DISTINCT FROM lag(content) OVER w) AS accepted,
                   first_value(revision) OVER w AS before,
                   max(recorded_at) OVER (PARTITION BY source, id) AS recorded_at
            FROM chain WINDOW w AS (PARTITION BY source, id ORDER BY stage, ordinal)
        ),
        numbered AS (
            SELECT *, before + sum(CAST(accepted AS INTEGER)) OVER w AS revision,
                   sum(CAST(accepted AS INTEGER)) OVER (PARTITION BY source, id) AS together
            FROM compared WINDOW w AS (PARTITION BY source, id ORDER BY stage, ordinal)
        )
        SELECT ordinal, source, id, accepted, CAST(revision AS BIGINT) AS revision, recorded_at,
               revision = before + together AS is_last
        FROM numbered WHERE stage = 1 ORDER BY ordinal
    """
