"""An import that is interrupted goes on behind its last commit, and ends as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from breakeven.facts import KINDS
from breakeven.ingest.files import FileSummary, import_file
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.resuming import Mark, found_mark, mark_name
from breakeven.store.base import Commit, Receipt
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.workspace.definitions import SourceMapping

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ROWS, CHUNK = 230, 60


class Killed(Exception):
    """The process ends here."""


class Interrupted:
    """A store that ends the process before or after one of its commits."""

    def __init__(self, store: DuckDBStore, at: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, at, after
        self.done = False

    def append(self, commit: Commit) -> Receipt:
        self._left -= 1
        if self._left < 0 and not self._after:
            raise Killed
        receipt = self._store.append(commit)
        self.done = commit.mark is not None and commit.mark[1] is None
        if self._left < 0:
            raise Killed
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    """JSON lines, with blank ones and some that are none."""
    texts = [json.dumps(row) for row in rows]
    texts[::7] = [f"{text}\n \t" for text in texts[::7]]
    texts[::50] = ["{broken" for _ in texts[::50]]
    path.write_text("\n".join(texts))
    return path


def call(n: int) -> dict[str, Any]:
    return {"time": f"2026-10-{n % 28 + 1:02}T10:00:00Z", "project": "chat", "input_tokens": n, "cost": "0.5"}


CALLS = [call(n) | {"id": str(n)} for n in range(ROWS)]
CONFLICTS = [call(n) | {"id": str(n % 100)} for n in range(ROWS)]
NAMELESS = [call(n % 9) for n in range(ROWS)]
INCIDENTS = [{"id": str(n % 40), "opened_at": "2026-10-01T10:00:00Z", "severity": str(n), "at": ROWS - n}
             for n in range(ROWS)]  # fmt: skip
"""Every incident is reported again and again, within a chunk and over several."""


def parquet(path: Path, rows: list[dict[str, Any]], group: int) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
    return path


def comma(path: Path, rows: list[dict[str, Any]]) -> Path:
    bad = [",".join(["too", *map(str, row.values())]) if n % 31 == 3 else ",".join(map(str, row.values()))
           for n, row in enumerate(rows)]  # fmt: skip
    path.write_text("\n".join([",".join(rows[0]), *bad]))
    return path


FILES: dict[str, tuple[str, Callable[[Path], Path], dict[str, Any]]] = {
    "lines": ("interaction", lambda folder: lines(folder / "a.ndjson", CALLS), {}),
    "conflicts": ("interaction", lambda folder: lines(folder / "a.ndjson", CONFLICTS), {}),
    "without ids": ("interaction", lambda folder: lines(folder / "a.ndjson", NAMELESS), {}),
    "some without ids": ("interaction", lambda folder: lines(folder / "a.ndjson", CALLS[:90] + NAMELESS), {}),
    "some rows only": ("interaction", lambda folder: lines(folder / "a.ndjson", CALLS), {"where": "input_tokens > 40"}),
    "parquet": ("interaction", lambda folder: parquet(folder / "a.parquet", CALLS, 33), {}),
    "csv": ("interaction", lambda folder: comma(folder / "a.csv", CALLS), {}),
    "versions": ("incident", lambda folder: lines(folder / "a.ndjson", INCIDENTS), {}),
    "versions in order": ("incident", lambda folder: lines(folder / "a.ndjson", INCIDENTS), {"order_by": "at"}),
}


@pytest.fixture
def open_store() -> Iterator[Callable[[], DuckDBStore]]:
    made: list[DuckDBStore] = []

    def opened() -> DuckDBStore:
        made.append(DuckDBStore.open(MEMORY, time_zone="Europe/Berlin"))
        return made[-1]

    yield opened
    for store in made:
        store.close()


def take(
    make: Callable[..., Pipeline], store: Any, path: Path, kind: str, spec: dict[str, Any], rows: int = CHUNK
) -> FileSummary:
    pipeline = make(store)
    try:
        mapping = SourceMapping(name="", kind=kind, **spec)
        return import_file(pipeline, path, mapping, now=NOW, rows=rows)
    finally:
        pipeline.close()


def content(store: DuckDBStore) -> dict[str, list[dict[str, Any]]]:
    """Every version of every fact, and what was rejected; without the number of the commit."""
    assert store.verify() == []
    assert store.query("SELECT name FROM meta WHERE name LIKE 'import:%'").num_rows == 0
    tables = [f"{kind}_version" for kind in KINDS]
    found = {table: store.query(f"SELECT * EXCLUDE (data_version) FROM {table} ORDER BY ALL") for table in tables}
    found["rejected"] = store.query("SELECT * FROM rejected ORDER BY ALL")
    return {name: table.to_pylist() for name, table in found.items()}


@pytest.mark.parametrize("case", FILES)
def test_it_ends_as_if_nothing_had_happened(case: str, make: Any, open_store: Any, tmp_path: Path) -> None:
    kind, write, spec = FILES[case]
    path = write(tmp_path)
    whole = open_store()
    take(make, whole, path, kind, spec)
    expected = content(whole)
    assert expected[f"{kind}_version"]
    store = open_store()
    taken = 0
    for turn in range(30):
        interrupted = Interrupted(store, turn % 3, after=bool(turn % 2))
        try:
            summary = take(make, interrupted, path, kind, spec)
        except Killed:
            if interrupted.done:
                break
            mark = found_mark(store, mark_name(path, SourceMapping(name="", kind=kind, **spec), None))
            assert mark.rows >= taken
            taken = mark.rows
        else:
            assert summary.resumed_after == taken
            break
    else:
        pytest.fail("it never ended")
    assert turn > 0
    assert content(store) == expected


def test_what_is_behind_is_passed_over_unread(make: Any, open_store: Any, tmp_path: Path, monkeypatch: Any) -> None:
    path = parquet(tmp_path / "a.parquet", CALLS, 10)
    store = open_store()
    with pytest.raises(Killed):
        take(make, Interrupted(store, 9, after=False), path, "interaction", {}, 20)
    read: list[int] = []
    original = pq.ParquetFile.iter_batches

    def counted(self: Any, **options: Any) -> Any:
        read.extend(options["row_groups"])
        return original(self, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", counted)
    summary = take(make, store, path, "interaction", {}, 20)
    # Nine commits: four chunks with a mark each, and the rows of a fifth, which are found to be there.
    assert (summary.resumed_after, summary.duplicates, summary.accepted) == (80, 20, ROWS - 100)
    assert read == list(range(8, 23))


@pytest.mark.parametrize("change", ["content", "mapping", "done"])
def test_another_file_or_mapping_starts_from_the_beginning(
    change: str, make: Any, open_store: Any, tmp_path: Path
) -> None:
    path = lines(tmp_path / "a.ndjson", CALLS)
    store = open_store()
    if change == "done":
        take(make, store, path, "interaction", {})
    else:
        with pytest.raises(Killed):
            take(make, Interrupted(store, 3, after=True), path, "interaction", {})
    if change == "content":
        path.write_text(path.read_text().replace("chat", "chut"))
    spec = {"set": {"team": "t"}} if change == "mapping" else {}
    assert take(make, store, path, "interaction", spec).resumed_after == 0


def test_a_mark_is_kept_as_text() -> None:
    assert Mark(rows=5, own_ids=False).text == '{"rows":5,"own_ids":false}'


PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from breakeven.ingest.files import import_file
from breakeven.ingest.pipeline import Pipeline
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import DuckDBStore
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import SourceMapping
workspace = default_workspace()
with DuckDBStore.open(sys.argv[1], time_zone="UTC") as store:
    pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, Path()))
    for path, kind in ((Path(sys.argv[2]), "interaction"), (Path(sys.argv[3]), "incident")):
        import_file(pipeline, path, SourceMapping(name="", kind=kind), now=datetime(2026, 11, 1, tzinfo=UTC),
                    rows=40, on_progress=lambda *_: print(flush=True))
"""


def test_a_process_that_is_killed(tmp_path: Path, open_store: Any, make: Any) -> None:
    calls, incidents = lines(tmp_path / "a.ndjson", CALLS), lines(tmp_path / "b.ndjson", INCIDENTS)
    command = [sys.executable, "-c", PROGRAM, tmp_path / "store.duckdb", calls, incidents]
    for chunks in (7,):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            for _ in range(chunks):
                assert running.stdout.readline()
            running.kill()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with DuckDBStore.open(tmp_path / "store.duckdb") as store:
        assert store.verify() == []
        sums = store.query("SELECT count(*) AS n, CAST(sum(input_tokens) AS BIGINT) AS t FROM interaction").to_pylist()
        good = [n for n in range(ROWS) if n % 50]
        assert sums == [{"n": len(good), "t": sum(good)}]
        found = store.query("SELECT severity, revision FROM incident_version ORDER BY recorded_at, data_version")
        assert found.num_rows == len(good)
        assert sorted(int(text) for text in found["severity"].to_pylist()) == good
