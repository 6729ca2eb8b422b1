"""From older layouts to the present one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from tests.store.conftest import LATER, NOON, send

from breakeven.errors import StoreDamaged, StoreError, StoreTooNew
from breakeven.store import duckdb as adapter
from breakeven.store import migrations
from breakeven.store.base import REPRICED, Repricing
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.migrations import Step, missing_steps
from breakeven.store.schema import SCHEMA_VERSION

ADD_COLOUR = Step(version=SCHEMA_VERSION + 1, summary="notes have a colour", statements=(
    "ALTER TABLE note_version ADD COLUMN colour VARCHAR",
    "UPDATE note_version SET colour = 'grey'",
))  # fmt: skip
ADD_SHAPE = Step(version=SCHEMA_VERSION + 2, summary="notes have a shape", statements=(
    "ALTER TABLE note_version ADD COLUMN shape VARCHAR",
))  # fmt: skip
BROKEN = Step(version=SCHEMA_VERSION + 2, summary="fails", statements=(
    "DROP TABLE rejected",
    "ALTER TABLE no_such_table ADD COLUMN shape VARCHAR",
))  # fmt: skip


NOTE = """
    INSERT INTO note_version BY NAME
    SELECT 'n' AS id, 's' AS source, now() AS time, 'p' AS project, 'risk' AS kind, 't' AS text, 'open' AS status,
           1 AS key, now() AS recorded_at, 0 AS data_version, 1 AS revision
"""


def later(monkeypatch: pytest.MonkeyPatch, *steps: Step) -> None:
    """Make this breakeven one of the future, to which today's store is an older one."""
    present = SCHEMA_VERSION + len(steps)
    monkeypatch.setattr(adapter, "SCHEMA_VERSION", present)
    monkeypatch.setattr(adapter, "migrate", lambda execute, found: migrations.migrate(execute, found, steps, present))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store as it is today, with a note."""
    path = tmp_path / "store.duckdb"
    DuckDBStore.open(path).close()
    with duckdb.connect(path) as connection:
        connection.execute(NOTE)
    return path


def test_an_older_store_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, ADD_COLOUR, ADD_SHAPE)
    with DuckDBStore.open(path) as store:
        assert store.query("SELECT colour, shape FROM note_version").to_pylist() == [{"colour": "grey", "shape": None}]
        version = store.query("SELECT value FROM meta WHERE name = 'schema_version'").to_pylist()
        assert version == [{"value": str(SCHEMA_VERSION + 2)}]
    DuckDBStore.open(path).close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as future:
        later(future, ADD_COLOUR, BROKEN)
        with pytest.raises(StoreError, match="no_such_table"):
            DuckDBStore.open(path)
    with DuckDBStore.open(path) as store:
        assert "colour" not in store.query("SELECT * FROM note_version").column_names
        assert len(store.query("SELECT * FROM rejected")) == 0


def test_a_store_of_the_future_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as future:
        later(future, ADD_COLOUR)
        DuckDBStore.open(path).close()
    with pytest.raises(StoreTooNew, match=f"{SCHEMA_VERSION + 1} and .* up to {SCHEMA_VERSION}"):
        DuckDBStore.open(path)


@pytest.mark.parametrize(("found", "numbers"), [(1, [2, 3]), (2, [3]), (3, [])])
def test_only_what_is_missing_runs(found: int, numbers: list[int]) -> None:
    steps = [Step(version=number, summary="", statements=()) for number in (3, 2)]
    assert [step.version for step in missing_steps(found, steps, 3)] == numbers


def test_a_gap_is_damage() -> None:
    with pytest.raises(StoreDamaged, match="no migration leads from schema version 1 to 3"):
        missing_steps(1, [Step(version=3, summary="", statements=())], 3)


SUMMED = ("interaction_day", "interaction_month", "interaction_latency", "interaction_actor")
TO_1 = (
    *(f"DROP VIEW interaction_{name}" for name in ("day", "month", "latency", "actor")),
    *(
        f"ALTER TABLE interaction_{name}_sum RENAME TO interaction_{name}"
        for name in ("day", "month", "latency", "actor")
    ),
    "DELETE FROM meta WHERE name = 'rolled'",
    "DROP TABLE intake",
    "DROP TABLE intake_field",
    "DROP VIEW outcome",
    "DROP TABLE outcome_version",
    "DROP TABLE outcome_waiting",
    "DELETE FROM meta WHERE name = 'data_version:outcome'",
    "DROP VIEW interaction_measures",
    "DROP VIEW interaction",
    "ALTER TABLE interaction_version DROP COLUMN revision",
    "ALTER TABLE interaction_version DROP COLUMN superseded_at",
    "ALTER TABLE interaction_version RENAME TO interaction",
    "CREATE VIEW interaction_measures AS SELECT * FROM interaction",
    "UPDATE meta SET value = '1' WHERE name = 'schema_version'",
)
"""From version 4 back to the layout of version 1."""


def test_interactions_of_version_1_may_have_versions(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with DuckDBStore.open(path, time_zone="Europe/Berlin") as store:
        send(store, "interaction", {"id": "a", "cost": Decimal(1), "cost_origin": "metered"}, {"id": "b"})
        store.compact()
    with duckdb.connect(path) as connection:
        for statement in TO_1:
            connection.execute(statement)
    change = {"source": "s", "id": "a", "time": NOON, "cost": Decimal(2), "cost_origin": "metered"}
    changes = [pa.Table.from_pylist([change], schema=REPRICED)]
    with DuckDBStore.open(path) as store:
        assert store.verify() == []
        assert store.query("SELECT sum(n) AS n FROM interaction_measures").to_pylist() == [{"n": 2}]
        assert store.reprice(Repricing(changes=changes, recorded_at=LATER), apply=True).rows == 1
    with DuckDBStore.open(path) as store:
        assert store.query("SELECT id, cost, revision FROM interaction ORDER BY id").to_pylist() == [
            {"id": "a", "cost": 2, "revision": 2},
            {"id": "b", "cost": None, "revision": 1},
        ]
        assert store.verify() == []


def test_the_shipped_steps_lead_here() -> None:
    assert [step.version for step in missing_steps(1)] == list(range(2, SCHEMA_VERSION + 1))
