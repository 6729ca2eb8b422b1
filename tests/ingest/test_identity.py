"""Ids made from content: stable, and different for two real records that say the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.ingest.identity import Occurrences
from breakeven.ingest.mapping import source_mapping
from breakeven.ingest.readers import open_source


@given(keys=st.lists(st.integers(0, 12), max_size=200), cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_occurrences_do_not_depend_on_chunks(keys: list[int], cuts: list[int]) -> None:
    seen: Counter[int] = Counter()
    expected = [seen.update([key]) or seen[key] for key in keys]
    found, got, start, turn = Occurrences(), [], 0, 0
    while start < len(keys):
        size = cuts[turn % len(cuts)]
        got += found.number(np.array(keys[start : start + size], np.uint64)).tolist()
        start, turn = start + size, turn + 1
    assert got == expected


def ids(path: Path, rows: int = 500_000, **options: list[str]) -> list[str]:
    reader = open_source(path, kind="cost", spec=source_mapping("cost", **options))  # type: ignore[arg-type]
    return [value for table in reader.chunks(rows) for value in table["id"].to_pylist()]


@examples(15)
@given(
    rows=st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["", "x", "y"])), max_size=30), size=st.integers(1, 9)
)
def test_ids_do_not_depend_on_chunk_size(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str]], size: int
) -> None:
    path = tmp_path_factory.mktemp("ids") / "bill.csv"
    path.write_text("start,amount,vendor\n" + "".join(f"2026-01-01,{amount},{vendor}\n" for amount, vendor in rows))
    made = ids(path)
    assert ids(path, size) == made
    assert len(set(made)) == len(rows)


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    path = tmp_path / "bill.csv"
    path.write_text("start,amount,vendor,other\n2026-01-01,1,x,1\n2026-01-01,1,x,2\n2026-01-02,1,x,3\n")
    return path


def test_same_content_counts_twice(bill: Path) -> None:
    first, second, third = ids(bill)
    assert first[:-2] == second[:-2] != third[:-2]
    assert (first[-2:], second[-2:], third[-2:]) == ("-1", "-2", "-1")


def test_ids_do_not_depend_on_place_or_order_of_columns(bill: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    moved = folder / "other-name.csv"
    moved.write_text("vendor,amount,start,list_amount\nx,1,2026-01-01,\nx,1,2026-01-01,\nx,1,2026-01-02,\n")
    assert ids(moved) == ids(bill)


def test_ids_that_are_there_stay(bill: Path) -> None:
    assert ids(bill, maps=["id=CASE WHEN other = '2' THEN NULL ELSE other END"])[0::2] == ["1", "3"]
    assert ids(bill, maps=["id=CASE WHEN other = '2' THEN NULL ELSE other END"])[1].endswith("-1")


def test_source_is_the_files_name(bill: Path) -> None:
    [table] = open_source(bill, kind="cost").chunks()
    assert set(table["source"].to_pylist()) == {"bill.csv"}
