"""The engine stops itself when a checkpoint fails: the store opens its file again, and has every commit."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from breakeven.errors import StoreDamaged, StoreError, StoreFull
from breakeven.facts import Interaction, Note
from breakeven.store.base import Commit, Receipt
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.engine import Engine
from breakeven.store.schema import as_table

AT = datetime(2026, 3, 5, 12, tzinfo=UTC)


@contextmanager
def full(path: Path) -> Iterator[None]:
    """No file grows: what a full device does, without a device."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(file.stat().st_size for file in path.parent.iterdir()), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def append(store: DuckDBStore, *ids: int, journal: int | None = None) -> Receipt:
    rows = [Interaction(id=str(number), source="s", time=AT) for number in ids]
    return store.append(Commit(facts={"interaction": as_table("interaction", rows)}, recorded_at=AT, journal=journal))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


def in_the_log(store: DuckDBStore) -> None:
    """Write what tidying has nothing to do with but to fold it into the file."""
    note = Note(id="n", source="s", time=AT, kind="risk", text="t")
    store.append(Commit(facts={"note": as_table("note", [note])}, recorded_at=AT))


def stopped(store: DuckDBStore, path: Path) -> None:
    """Let the engine stop."""
    with full(path), pytest.raises(StoreFull, match="no room left"):
        store.compact()
    with full(path), pytest.raises(StoreFull, match="no room left"):  # it is not only the commit that fails
        append(store, *range(1000, 1100))


def test_it_goes_on_by_itself_when_there_is_room_again(path: Path) -> None:
    with DuckDBStore.open(path) as store:
        append(store, 1, 2, journal=7)
        stopped(store, path)
        assert store.query("SELECT id FROM interaction ORDER BY id")["id"].to_pylist() == ["1", "2"]
        receipt = append(store, 2, 3, journal=8)
        assert (receipt.version, list(receipt.verdicts["interaction"].duplicates), store.journal()) == (2, [0], 8)
        assert store.verify() == []
    with DuckDBStore.open(path) as store:
        assert store.query("SELECT count(*) AS n FROM interaction_version")["n"].to_pylist() == [3]


def test_what_the_file_turns_out_to_have_is_not_written_again(path: Path) -> None:
    with DuckDBStore.open(path) as store:
        append(store, 1, journal=7)
        with pytest.raises(StoreError, match="the journal up to 7 already"):
            append(store, 2, journal=7)
        assert store.query("SELECT id FROM interaction_version")["id"].to_pylist() == ["1"]


def test_two_instances_never_stand_on_one_file(path: Path) -> None:
    with DuckDBStore.open(path) as store:
        in_the_log(store)
        with store.snapshot():
            with full(path), pytest.raises(StoreFull):
                store.compact()
            with pytest.raises(StoreError, match="as soon as the questions under way have ended"):
                append(store, 2)
        assert append(store, 2).verdicts["interaction"].accepted == 1


def test_a_file_that_is_gone_is_not_made_anew(path: Path) -> None:
    with DuckDBStore.open(path) as store:
        in_the_log(store)
        with full(path), pytest.raises(StoreFull):
            store.compact()
        path.rename(path.with_name("away"))
        with pytest.raises(StoreDamaged, match="is not there any more"):
            append(store, 2)
        assert not path.exists()
        path.with_name("away").rename(path)
        assert append(store, 2).version == 2


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A device of 24 MB that can be made larger."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", tmp_path], check=False).returncode:
        pytest.skip("only an administrator may mount a device")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


def test_what_may_be_spilled_grows_with_the_device(small: Path) -> None:
    engine = Engine(str(small / "store.duckdb"), "40MB", 1)
    sorted_ = "CREATE OR REPLACE TEMP TABLE t AS SELECT md5(i::VARCHAR) AS a FROM range(1000000) AS r(i) ORDER BY a"
    with pytest.raises(StoreFull), engine.words():
        engine.connection.execute(sorted_)
    subprocess.run(["mount", "-o", "remount,size=500m", small], check=True)
    engine.connection.execute(sorted_)
    engine.close()
