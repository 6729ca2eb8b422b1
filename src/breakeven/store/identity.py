"""What becomes of a fact whose (source, id) was seen before, as SQL.

`interaction`: the first one wins; the same content again is a duplicate, another content a conflict. Compared is what
               the source sent, the first version, whatever prices and outcomes have made of it since.
Other kinds:   a later version supersedes; what equals the version before it is a duplicate.

Only rows whose key was seen come here (relation `suspects`: the columns of the fact, `key`, `ordinal`), beside what the
store holds under the same keys (relation `stored`: the columns of the raw table). Rows of other ids that only share the
64-bit key fall apart again by source and id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from breakeven.store.keys import Keys
from breakeven.store.schema import CURRENT, INTERACTION, REVISION, fact_fields, fact_table_name, quoted

KEY = "md5_number_lower(source || chr(31) || id)"
"""SQL of a fact's key: the lower 64 bits of MD5 over source and id."""

TARGET = "md5_number_lower(coalesce(interaction_source, source) || chr(31) || interaction)"
"""SQL of the key of the interaction that an outcome is about."""


def keys_of(sources: Iterable[str], ids: Iterable[str]) -> Keys:
    """The same keys without the engine: half a microsecond each, and nothing to begin with."""
    md5 = hashlib.md5
    digests = [md5(f"{source}\x1f{id_}".encode()).digest() for source, id_ in zip(sources, ids, strict=True)]
    return np.frombuffer(b"".join(digests), dtype="<u8")[1::2].astype(np.uint64)


_ONLY_IF_REPORTED = ("cost", "cost_currency")
_NOT_REPORTED = ("cost_origin", "price_id")
"""What breakeven's own pricing fills in: a later price book must not turn a duplicate into a conflict."""


def content(kind: str, row: str) -> list[str]:
    """SQL of the values that make up the content of `row` (an alias), as its source sent them."""
    names = [field.name for field in fact_fields(kind) if field.name not in ("id", "source")]
    if kind != INTERACTION:
        return [f"{row}.{quoted(name)}" for name in names]
    reported = f"CASE WHEN coalesce({row}.cost_origin, 'reported') = 'reported' THEN {row}.{{}} END"
    return [
        reported.format(name) if name in _ONLY_IF_REPORTED else f"{row}.{quoted(name)}"
        for name in names
        if name not in _NOT_REPORTED
    ]


_VERDICT = "CASE WHEN {} THEN 'duplicate' ELSE 'conflict' END AS verdict".format(
    " AND ".join(
        f"{sent} IS NOT DISTINCT FROM {first}"
        for sent, first in zip(content(INTERACTION, "s"), content(INTERACTION, "f"), strict=True)
    )
)


def judge_by_stored(suspects: str, condition: str) -> str:
    """SELECT ordinal, verdict of the suspected interactions whose id is stored in a row `f` that meets a condition."""
    return f"""
        SELECT s.ordinal, {_VERDICT}
        FROM (SELECT * FROM {fact_table_name(INTERACTION)} WHERE {REVISION} = 1) AS f
        JOIN {suspects} AS s ON f.key = s.key AND f.source = s.source AND f.id = s.id
        WHERE {condition}
    """


def judge_among_sent(suspects: str) -> str:
    """SELECT ordinal, verdict of the suspected interactions whose id came earlier among them."""
    return f"""
        WITH firsts AS (
            SELECT * FROM {suspects} QUALIFY row_number() OVER (PARTITION BY source, id ORDER BY ordinal) = 1
        )
        SELECT s.ordinal, {_VERDICT} FROM firsts AS f
        JOIN {suspects} AS s ON f.key = s.key AND f.source = s.source AND f.id = s.id AND f.ordinal < s.ordinal
    """


def current_versions(kind: str, keys: str) -> str:
    """SELECT of the current versions under the keys of relation `keys`."""
    return f"SELECT t.* FROM {fact_table_name(kind)} AS t SEMI JOIN {keys} AS k ON t.key = k.key WHERE t.{CURRENT}"


def judge_versions(kind: str, stored: str, suspects: str, recorded_at: str) -> str:
    """SELECT of all suspects of a superseding kind: ordinal, source, id, accepted, revision, recorded_at, is_last.

    A clock that went back never makes a version older than the one it supersedes.
    """
    whole = f"row({', '.join(content(kind, 'r'))})"
    return f"""
        WITH chain AS (
            SELECT 0 AS stage, 0 AS ordinal, source, id, {whole} AS content, revision, recorded_at FROM {stored} AS r
            UNION ALL
            SELECT 1, ordinal, source, id, {whole}, 0, {recorded_at} FROM {suspects} AS r
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
