"""From an older layout of the store to the present one, step by step.

A step is numbered by the schema version it leads to. Opening a store runs the missing steps in one transaction: either
the store is at the present version afterwards, or it is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from breakeven.errors import StoreDamaged, StoreTooNew
from breakeven.store.schema import SCHEMA_VERSION


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the layout."""

    version: int
    """Schema version that the store has after it."""
    summary: str
    """What changes, in a few words."""
    statements: tuple[str, ...]
    """SQL in the order in which it is run."""


STEPS: tuple[Step, ...] = (
    Step(
        version=2,
        summary="interactions may have versions",
        statements=(
            "DROP VIEW interaction_measures",
            "ALTER TABLE interaction RENAME TO interaction_version",
            "ALTER TABLE interaction_version ADD COLUMN superseded_at TIMESTAMPTZ",
            "ALTER TABLE interaction_version ADD COLUMN revision BIGINT",
        ),
    ),
    Step(
        version=3,
        summary="outcomes that are reported later; how much each source sent, and when",
        statements=(
            (
                "CREATE TABLE outcome_version (id VARCHAR NOT NULL, source VARCHAR NOT NULL, time TIMESTAMPTZ NOT NULL,"
                " interaction VARCHAR NOT NULL, interaction_source VARCHAR, project VARCHAR NOT NULL, outcome VARCHAR,"
                " csat DOUBLE, revenue DECIMAL(38, 12), currency VARCHAR, seconds_saved DOUBLE, labels VARCHAR,"
                " key UBIGINT NOT NULL, recorded_at TIMESTAMPTZ NOT NULL, data_version BIGINT NOT NULL,"
                " superseded_at TIMESTAMPTZ, revision BIGINT NOT NULL, target UBIGINT NOT NULL)"
            ),
            (
                "CREATE TABLE outcome_waiting (target UBIGINT NOT NULL, source VARCHAR NOT NULL, id VARCHAR NOT NULL,"
                " interaction_source VARCHAR NOT NULL, interaction VARCHAR NOT NULL, time TIMESTAMPTZ NOT NULL)"
            ),
            (
                "CREATE TABLE intake (arrived TIMESTAMPTZ, happened TIMESTAMPTZ, kind VARCHAR, source VARCHAR,"
                " records BIGINT, duplicates BIGINT, conflicts BIGINT, data_version BIGINT NOT NULL)"
            ),
            (
                "CREATE TABLE intake_field (day DATE, kind VARCHAR, source VARCHAR, field VARCHAR, records BIGINT,"
                " data_version BIGINT NOT NULL)"
            ),
            "INSERT INTO meta VALUES ('data_version:outcome', '0')",
            # What came before is counted from the facts; what came twice, and who filled which field, is not known.
            *(
                "INSERT INTO intake SELECT date_trunc('hour', recorded_at) AS arrived,"
                f" date_trunc('hour', {time}) AS happened, '{kind}', source, count(*), 0, 0, max(data_version)"
                f" FROM {kind}_version WHERE '{kind}' <> 'interaction' OR coalesce(revision, 1) = 1"
                " GROUP BY arrived, happened, source ORDER BY arrived, happened"
                for kind, time in (
                    ("interaction", "time"),
                    ("cost", "start"),
                    ("benefit", "time"),
                    ("deployment", "time"),
                    ("incident", "opened_at"),
                    ("evaluation", "time"),
                    ("activity", "time"),
                    ("survey", "time"),
                    ("model_state", "time"),
                    ("note", "time"),
                )
            ),
        ),
    ),
    Step(
        version=4,
        summary="roll-ups take in rows many commits at a time",
        statements=(
            *(
                f"ALTER TABLE interaction_{name} RENAME TO interaction_{name}_sum"
                for name in ("day", "month", "latency", "actor")
            ),
            "INSERT INTO meta SELECT 'rolled', value FROM meta WHERE name = 'data_version'",
        ),
    ),
)
"""All steps since schema version 1. A released step is never edited."""


def missing_steps(found: int, steps: Sequence[Step] = STEPS, present: int = SCHEMA_VERSION) -> tuple[Step, ...]:
    """The steps that lead from the version found to the present one.

    Raises StoreTooNew for a later version, StoreDamaged where no path leads from it.
    """
    if found > present:
        raise StoreTooNew(
            f"the store has schema version {found} and this breakeven reads up to {present}: install a later breakeven"
        )
    path = tuple(step for step in sorted(steps, key=lambda step: step.version) if found < step.version <= present)
    if [step.version for step in path] != list(range(found + 1, present + 1)):
        raise StoreDamaged(f"no migration leads from schema version {found} to {present}")
    return path


def migrate(
    execute: Callable[[str], object], found: int, steps: Sequence[Step] = STEPS, present: int = SCHEMA_VERSION
) -> int:
    """Run the missing steps in the caller's transaction; gives the number of steps."""
    path = missing_steps(found, steps, present)
    for step in path:
        for statement in step.statements:
            execute(statement)
    return len(path)
