"""From older layouts to the present one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from breakeven.errors import StoreDamaged, StoreError, StoreTooNew
from breakeven.store import duckdb as adapter
from breakeven.store import migrations
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


def test_the_shipped_steps_lead_here() -> None:
    assert [step.version for step in missing_steps(1)] == list(range(2, SCHEMA_VERSION + 1))
