"""The journal's files: what was appended is read again, what a crash left half written is not, and damage is told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from breakeven.errors import StoreDamaged, StoreFull
from breakeven.ingest import journal as module
from breakeven.ingest.journal import Entry, Journal

AT = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)


def rows(*ids: str) -> Mapping[str, pa.Table]:
    return {"interaction": pa.table({"id": list(ids)})}


def ids(entry: Entry) -> list[str]:
    return [str(id_) for id_ in entry.tables["interaction"]["id"].to_pylist()]


def reopened(folder: Path, after: int = 0) -> list[list[str]]:
    journal = Journal(folder, after)
    found = [ids(journal.read(place)) for place in journal.left()]
    journal.close()
    return found


def written(folder: Path, *entries: str) -> Journal:
    journal = Journal(folder, 0)
    for entry in entries:
        journal.append(rows(entry), AT)
    return journal


def test_entries_are_there_again_in_order(tmp_path: Path) -> None:
    journal = written(tmp_path, "a", "b")
    place = journal.append(rows("c", "d") | {"rejected": pa.table({"id": ["x"]})}, AT)
    entry = journal.read(place)
    assert (place.sequence, journal.sequence, entry.at) == (3, 3, AT)
    assert (ids(entry), entry.tables["rejected"].num_rows) == (["c", "d"], 1)
    journal.close()
    assert reopened(tmp_path) == [["a"], ["b"], ["c", "d"]]
    assert reopened(tmp_path, after=2) == [["c", "d"]]
    assert reopened(tmp_path, after=3) == []


def test_sequences_go_on_where_the_store_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 41)
    assert journal.append(rows("a"), AT).sequence == 42
    journal.close()
    again = Journal(tmp_path, 41)
    assert again.append(rows("b"), AT).sequence == 43
    again.close()
    assert reopened(tmp_path, 41) == [["a"], ["b"]]


@pytest.mark.parametrize("lost", range(1, 60, 7))
def test_a_torn_end_is_cut_and_written_over(tmp_path: Path, lost: int) -> None:
    journal = written(tmp_path, "a", "b")
    journal.close()
    (segment,) = tmp_path.glob("*.journal")
    os.truncate(segment, segment.stat().st_size - lost)
    again = Journal(tmp_path, 0)
    assert len(again.left()) == 1
    again.append(rows("c"), AT)
    again.close()
    assert reopened(tmp_path) == [["a"], ["c"]]


def test_nothing_but_a_beginning(tmp_path: Path) -> None:
    (tmp_path / f"{1:020d}.journal").write_bytes(module.MAGIC[:5])
    journal = written(tmp_path, "a")
    journal.close()
    assert reopened(tmp_path) == [["a"]]


def test_damage_before_the_end_is_told(tmp_path: Path) -> None:
    written(tmp_path, "a", "b", "c").close()
    (segment,) = tmp_path.glob("*.journal")
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    with pytest.raises(StoreDamaged, match="acknowledged records follow"):
        Journal(tmp_path, 0)
    assert segment.read_bytes() == bytes(content)


def test_segments_that_the_store_has_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT", 400)
    journal = written(tmp_path, *"abcdef")
    before = sorted(int(path.stem) for path in tmp_path.iterdir())
    assert len(before) > 2
    journal.forget(before[2] - 2)
    assert sorted(int(path.stem) for path in tmp_path.iterdir()) == before[1:]
    journal.forget(6)
    assert [int(path.stem) for path in tmp_path.iterdir()] == before[-1:]
    assert journal.length == sum(path.stat().st_size for path in tmp_path.iterdir())
    journal.close()
    assert reopened(tmp_path, 6) == []


@pytest.mark.parametrize("failing", ["pwrite", "fdatasync"])
def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    journal = written(tmp_path, "a")
    (segment,) = tmp_path.iterdir()
    size = segment.stat().st_size
    whole = os.pwrite

    def half(file: int, content: memoryview, offset: int) -> int:
        if offset > size:
            raise OSError(28, "No space left on device")
        return whole(file, content[: len(content) // 2], offset)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, failing, half if failing == "pwrite" else fail)
        with pytest.raises(StoreFull, match="no room left"):
            journal.append(rows("b"), AT)
    assert segment.stat().st_size == size
    assert journal.append(rows("c"), AT).sequence == 2
    journal.close()
    assert reopened(tmp_path) == [["a"], ["c"]]


def test_what_could_not_be_cut_at_once_is_cut_before_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = written(tmp_path, "a")

    def fail(*_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fail)
        patched.setattr(os, "ftruncate", fail)
        for _ in range(2):
            with pytest.raises(Exception, match="Input/output error"):
                journal.append(rows("b"), AT)
    journal.append(rows("c"), AT)
    journal.close()
    assert reopened(tmp_path) == [["a"], ["c"]]


def test_a_journal_that_somebody_deleted_is_begun_anew(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    journal = written(folder, "a")
    shutil.rmtree(folder)
    place = journal.append(rows("b"), AT)
    assert place.segment.is_file()
    assert journal.read(place).sequence == 2
    journal.close()
    assert reopened(folder, after=1) == [["b"]]
