"""Buckets of response times, and that no order of commits and merges changes a sum."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf, nextafter
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.facts import Interaction
from breakeven.store import compaction, writing
from breakeven.store.base import Commit, Store
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.rollups import (
    BUCKET,
    BUCKET_VALUE,
    ROLLUPS,
    ZERO_BUCKET,
    bucket_bounds,
    bucket_of,
    bucket_value,
    merge,
)
from breakeven.store.schema import as_table

START = datetime(2026, 2, 27, tzinfo=UTC)


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_a_bucket_is_at_most_2_17_percent_off(latency: float) -> None:
    bucket = bucket_of(latency)
    low, high = bucket_bounds(bucket)
    assert low * (1 - 1e-12) < latency <= high * (1 + 1e-12)
    assert abs(bucket_value(bucket) - latency) / latency <= 0.0217


def test_no_time_has_a_bucket_of_its_own() -> None:
    assert (bucket_of(0), bucket_bounds(ZERO_BUCKET), bucket_value(ZERO_BUCKET)) == (ZERO_BUCKET, (0, 0), 0)


@pytest.mark.parametrize("latency", [0, 5e-324, 0.001, 1, 1.0001, 1000, nextafter(1024, inf), 1e308, inf, None])
def test_the_engine_finds_the_same_bucket(latency: float | None) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE r AS SELECT CAST(? AS DOUBLE) AS latency_ms", [latency])
        found = connection.execute(f"SELECT bucket, {BUCKET_VALUE} FROM (SELECT {BUCKET} AS bucket FROM r)").fetchall()
    bucket = None if latency is None or latency == inf else bucket_of(latency)
    assert found == [(bucket, None if bucket is None else pytest.approx(bucket_value(bucket)))]


optional = {
    "model": st.sampled_from(["m1", "m2"]),
    "team": st.sampled_from(["t"]),
    "actor": st.sampled_from(["u", "v"]),
    "outcome": st.sampled_from(["resolved"]),
    "latency_ms": st.floats(0, 1e9),
    "csat": st.floats(1, 5),
    "seconds_saved": st.floats(-1e6, 1e6),
    "input_tokens": st.integers(0, 2**40),
    "cost": st.decimals(0, 1000, places=12),
    "revenue": st.decimals(-1000, 1000, places=12),
}
interaction = st.fixed_dictionaries(
    {
        "project": st.sampled_from(["p1", "p2"]),
        "count": st.integers(1, 1000),
        "time": st.integers(0, 40 * 24).map(lambda hours: START + timedelta(hours=hours)),
    },
    optional=optional,
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Interaction], list[list[int] | None]]:
    """Interactions, and two ways they may come: steps of rows to send (some again) or to compact (None)."""
    rows = draw(st.lists(interaction, min_size=1, max_size=12))
    facts = [Interaction(id=str(place), source="s", **row) for place, row in enumerate(rows)]
    places = draw(st.permutations(range(len(facts))))
    steps: list[list[int] | None] = []
    while places:
        size = draw(st.integers(1, len(places)))
        again = draw(st.lists(st.integers(0, len(facts) - 1), max_size=3))
        steps += [[*places[:size], *again], *([None] if draw(st.booleans()) else [])]
        places = places[size:]
    return facts, steps


def summed(store: Store) -> list[list[dict[str, Any]]]:
    """What every roll-up says."""
    return [store.query(f"SELECT * FROM ({merge(rollup, rollup.name)}) ORDER BY ALL").to_pylist() for rollup in ROLLUPS]


def play(facts: list[Interaction], steps: list[list[int] | None]) -> DuckDBStore:
    store = DuckDBStore.open(MEMORY, time_zone="America/New_York", threads=1)
    for step in steps:
        if step is None:
            store.compact()
        else:
            rows = as_table("interaction", [facts[place] for place in step])
            store.append(Commit(facts={"interaction": rows}, recorded_at=START))
    return store


@examples(10)
@given(histories(), st.sampled_from([1, 4, writing.MOST_OUT]), st.sampled_from([1, compaction.MOST_MERGED]))
def test_no_order_batching_or_compaction_changes_a_sum(
    history: tuple[list[Interaction], list[Any]], out: int, merged: int
) -> None:
    facts, steps = history
    with (
        patch.object(writing, "MOST_OUT", out),
        patch.object(compaction, "MOST_MERGED", merged),
        play(facts, steps) as store,
        play(facts, [list(range(len(facts)))]) as whole,
    ):
        assert store.query("SELECT count(*) AS n FROM interaction").to_pylist() == [{"n": len(facts)}]
        assert summed(store) == summed(whole)
        assert store.verify() == []
        before = store.versions()
        for step in steps:
            if step is not None:
                rows = as_table("interaction", [facts[place] for place in step])
                store.append(Commit(facts={"interaction": rows}, recorded_at=START))
        assert (store.versions(), summed(store)) == (before, summed(whole))


def test_compaction_leaves_one_row_a_group() -> None:
    facts = [
        Interaction(id=str(i), source="s", time=START, actor="u", latency_ms=1.0, cost=Decimal(i)) for i in range(6)
    ]
    with patch.object(writing, "MOST_OUT", 1), play(facts, [[i] for i in range(6)]) as store:
        assert {len(store.query(f"SELECT * FROM {rollup.stored}")) for rollup in ROLLUPS} == {6}
        store.compact()
        assert {len(store.query(f"SELECT * FROM {rollup.name}")) for rollup in ROLLUPS} == {1}
        assert store.query("SELECT cost FROM interaction_month").to_pylist() == [{"cost": 15}]


def test_rows_that_are_not_in_the_sums_are_in_every_answer() -> None:
    facts = [
        Interaction(id=str(i), source="s", time=START, actor="u", latency_ms=1.0, cost=Decimal(i)) for i in range(6)
    ]
    with patch.object(writing, "MOST_OUT", 4), play(facts, [[i] for i in range(6)]) as store:
        assert {store.query(f"SELECT sum(n) AS n FROM {rollup.stored}")["n"][0].as_py() for rollup in ROLLUPS} == {4}
        assert {store.query(f"SELECT sum(n) AS n FROM {rollup.name}")["n"][0].as_py() for rollup in ROLLUPS} == {6}
        assert store.query("SELECT sum(cost) AS cost FROM interaction_month").to_pylist() == [{"cost": 15}]
        assert store.verify() == []
