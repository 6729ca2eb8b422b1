"""A DuckDB store as a file: opening, locks, damage, time zones, copies, and what is left after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest

from breakeven.errors import StoreDamaged, StoreError, StoreLocked, StoreTooNew, UsageProblem
from breakeven.facts import Interaction
from breakeven.store.base import Commit, Receipt
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.schema import SCHEMA_VERSION, as_table

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
EVENING = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)


def send(store: DuckDBStore, ids: Sequence[str], time: datetime = NOON) -> Receipt:
    facts = [Interaction(id=one, source="s", time=time, latency_ms=2.0, actor="u") for one in ids]
    return store.append(Commit(facts={"interaction": as_table("interaction", facts)}, recorded_at=NOON))


def values(store: DuckDBStore, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.query(sql).to_pylist()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


def test_a_store_is_found_again(path: Path) -> None:
    with DuckDBStore.open(path, time_zone="Asia/Tokyo") as store:
        send(store, ["a", "b"], EVENING)
        before = store.versions()
    with DuckDBStore.open(path) as store:
        assert (store.time_zone, store.versions()) == ("Asia/Tokyo", before)
        assert values(store, "SELECT day, sum(n) FROM interaction_day GROUP BY day") == [(date(2026, 4, 1), 2)]
        assert list(send(store, ["b", "c", "a"]).verdicts["interaction"].conflicts) == [0, 2]
        assert list(send(store, ["a", "b"], EVENING).verdicts["interaction"].duplicates) == [0, 1]


def test_another_time_zone_cuts_the_days_again(path: Path) -> None:
    with DuckDBStore.open(path, time_zone="UTC") as store:
        send(store, ["a"], EVENING)
        send(store, ["b"], NOON)
    with DuckDBStore.open(path, time_zone="Europe/Berlin") as store:
        days = [(date(2026, 3, 5),), (date(2026, 4, 1),)]
        assert values(store, "SELECT day FROM interaction_day ORDER BY 1") == days
        assert values(store, "SELECT day FROM interaction_measures ORDER BY 1") == days
        assert values(store, "SELECT month FROM interaction_actor ORDER BY 1") == [(date(2026, 3, 1),), days[1]]
        assert store.verify() == []
        assert store.versions().data == 2
    with DuckDBStore.open(path) as store:
        assert store.time_zone == "Europe/Berlin"


def test_one_process_opens_a_store_once(path: Path) -> None:
    with DuckDBStore.open(path), pytest.raises(StoreLocked, match="in this process"):
        DuckDBStore.open(path)
    DuckDBStore.open(path).close()


def test_a_store_held_by_another_process_names_it(path: Path) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked, match=rf"held by process {holder.pid}\b"):
            DuckDBStore.open(path)
        holder.communicate()


def test_a_closed_store_says_so(path: Path) -> None:
    store = DuckDBStore.open(path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.query("SELECT 1")
    with pytest.raises(StoreError, match="is closed"):
        send(store, ["a"])


def make_text(path: Path) -> None:
    path.write_text("id,source\n" * 1000)


def make_other_database(path: Path) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE mine (a INTEGER)")


def make_store(path: Path, statement: str) -> None:
    DuckDBStore.open(path).close()
    with duckdb.connect(path) as connection:
        connection.execute(statement)


def make_later(path: Path) -> None:
    make_store(path, "UPDATE meta SET value = '999' WHERE name = 'schema_version'")


def make_earlier(path: Path) -> None:
    make_store(path, "UPDATE meta SET value = '-1' WHERE name = 'schema_version'")


def make_headless(path: Path) -> None:
    make_store(path, "DELETE FROM meta")


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (make_text, StoreDamaged, "is not a store of breakeven"),
        (make_other_database, StoreDamaged, "is a DuckDB file but not a store of breakeven"),
        (make_later, StoreTooNew, f"schema version 999 and this breakeven reads up to {SCHEMA_VERSION}"),
        (make_earlier, StoreDamaged, "no migration leads from schema version -1"),
        (make_headless, StoreDamaged, "says nothing about its schema"),
        (Path.mkdir, StoreError, "is a folder"),
    ],
)
def test_what_is_no_store_is_refused_and_left_alone(path: Path, make: Any, error: type, said: str) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(error, match=said):
        DuckDBStore.open(path)
    assert before is None or path.read_bytes() == before


def test_a_missing_folder_and_a_wrong_zone_are_named(tmp_path: Path, path: Path) -> None:
    with pytest.raises(StoreError, match=r"folder .*nowhere for the store does not exist"):
        DuckDBStore.open(tmp_path / "nowhere" / "store.duckdb")
    with pytest.raises(UsageProblem, match="'Mars/Base' is not an IANA time zone"):
        DuckDBStore.open(path, time_zone="Mars/Base")
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path, path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="permission denied"):
        DuckDBStore.open(path)


def test_a_backup_is_a_store_of_its_own(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "backup.duckdb"
    copy.parent.mkdir()
    with DuckDBStore.open(path, time_zone="Europe/Berlin") as store:
        send(store, ["a", "b"], EVENING)
        with store.snapshot():
            store.backup(copy)
        send(store, ["c"])
        with pytest.raises(UsageProblem, match="exists already"):
            store.backup(copy)
    assert [file.name for file in copy.parent.iterdir()] == ["backup.duckdb"]
    with DuckDBStore.open(copy) as restored:
        assert (restored.versions().data, restored.time_zone) == (1, "Europe/Berlin")
        assert values(restored, "SELECT sum(n) FROM interaction_day") == [(2,)]
        assert restored.verify() == []
        assert send(restored, ["a", "d"], EVENING).verdicts["interaction"].accepted == 1


APPEND = """
import sys
from datetime import UTC, datetime, timedelta
from breakeven.facts import Cost, Interaction
from breakeven.store.base import Commit
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.schema import as_table
at = datetime(2026, 3, 5, tzinfo=UTC)
store = DuckDBStore.open(sys.argv[1], memory_limit="200MB", threads=1)
rows = int(sys.argv[2])
for number in range(100_000):
    times = [at + timedelta(seconds=i) for i in range(rows)]
    calls = [Interaction(id=f"{number}-{i}", source="s", time=time, actor="u") for i, time in enumerate(times)]
    bill = Cost(id="bill", source="s", start=at, amount=number)
    facts = {"interaction": as_table("interaction", calls), "cost": as_table("cost", [bill])}
    store.append(Commit(facts=facts, recorded_at=at))
    print(number, flush=True)
    if number % 7 == 6:
        store.compact()
"""


def test_a_backup_under_way_holds_whole_commits(path: Path, tmp_path: Path) -> None:
    with DuckDBStore.open(path) as store:
        send(store, ["first"])
        writer = Thread(target=lambda: [send(store, [f"{number}-{i}" for i in range(4)]) for number in range(10)])
        writer.start()
        copies = [tmp_path / f"{number}.duckdb" for number in range(3)]
        for copy in copies:
            store.backup(copy)
        writer.join()
    for copy in copies:
        with DuckDBStore.open(copy) as restored:
            rows = 1 + 4 * (restored.versions().data - 1)
            assert values(restored, "SELECT count(*) FROM interaction") == [(rows,)]
            assert restored.verify() == []


def test_a_kill_loses_and_doubles_nothing(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", APPEND, str(path), "20"], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = 0
        while acknowledged < 16:
            acknowledged = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in writer.stdout.read().split())])
    with DuckDBStore.open(path) as store:
        commits = store.versions().data
        assert commits in (acknowledged + 1, acknowledged + 2)
        assert values(store, "SELECT count(*), count(DISTINCT id) FROM interaction") == [(20 * commits, 20 * commits)]
        assert values(store, "SELECT revision, amount FROM cost") == [(commits, commits - 1)]
        assert store.verify() == []
        start = datetime(2026, 3, 5, tzinfo=UTC)
        again = [Interaction(id=f"{acknowledged}-{i}", source="s", time=start + timedelta(seconds=i), actor="u")
                 for i in range(20)]  # fmt: skip
        receipt = store.append(Commit(facts={"interaction": as_table("interaction", again)}, recorded_at=NOON))
        assert list(receipt.verdicts["interaction"].duplicates) == list(range(20))


FILL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
from breakeven.errors import StoreFull
try:
    exec(compile(sys.argv.pop(), "append", "exec"))
except StoreFull as error:
    print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    receipt = store.append(Commit(facts=facts, recorded_at=at))
    print(receipt.version, receipt.verdicts["interaction"].accepted)
"""


def test_a_full_device_is_told_and_work_goes_on_when_there_is_room_again(path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FILL, str(path), "3000", APPEND], capture_output=True, text=True, timeout=60, check=False
    )
    *numbers, said, after = ended.stdout.splitlines()
    assert said == f"no room left for the store {path}: free space on its device and send again", ended.stderr
    commits = len(numbers) + 1
    assert after == f"{commits} 3000"
    with DuckDBStore.open(path) as store:
        assert store.versions().data == commits
        assert values(store, "SELECT count(*) FROM interaction") == [(3000 * commits,)]
        assert store.verify() == []


def test_errors_of_the_engine_are_errors_of_the_product(path: Path) -> None:
    with DuckDBStore.open(path) as store, pytest.raises(StoreError, match=r"store\.duckdb failed: .*no_such"):
        store.query("SELECT no_such FROM interaction")
