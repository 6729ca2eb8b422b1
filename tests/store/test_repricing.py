"""Interactions that get another cost: new versions beside the old, roll-ups that agree, nothing else changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples
from tests.store.conftest import LATER, LATEST, NOON, send

from breakeven.errors import StoreDamaged
from breakeven.store import repricing as module
from breakeven.store.base import REPRICED, Repriced, Repricing, Store
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.rollups import ROLLUPS, merge
from breakeven.store.schema import PRICED

USD = {"cost_currency": "USD", "cost_origin": "metered", "price_id": "book|1"}
UNPRICED: dict[str, Any] = {"cost": None, "cost_currency": None, "cost_origin": "unpriced", "price_id": None}


def change(id_: str, cost: int | None, **fields: Any) -> dict[str, Any]:
    priced = {"cost": Decimal(cost), **USD, "price_id": "book|2"} if cost is not None else UNPRICED
    return {"source": "s", "id": id_, "time": NOON, **priced, **fields}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=REPRICED)


def reprice(store: Store, *chunks: Sequence[dict[str, Any]], at: datetime = LATER, apply: bool = True) -> Repriced:
    return store.reprice(Repricing(changes=(table(*chunk) for chunk in chunks), recorded_at=at), apply=apply)


def values(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.query(sql).to_pylist()]


def rollups(store: Store) -> list[list[dict[str, Any]]]:
    return [store.query(f"SELECT * FROM ({merge(rollup, rollup.name)}) ORDER BY ALL").to_pylist() for rollup in ROLLUPS]


@pytest.fixture
def three(store: Store) -> Store:
    """A priced interaction, an unpriced one and a reported one, of two models, with all that can be summed."""
    told = {"input_tokens": 5, "latency_ms": 3.0, "actor": "u", "csat": 4.0}
    send(store, "interaction", {"id": "a", "model": "m", "cost": Decimal(1), **USD, **told},
         {"id": "b", **UNPRICED, "input_tokens": 7, "count": 3},
         {"id": "c", "model": "m", "cost": Decimal(9), "cost_currency": "USD", "cost_origin": "reported"})  # fmt: skip
    return store


def test_a_new_version_beside_the_old(three: Store) -> None:
    done = reprice(three, [change("a", 2), change("b", 6)])
    assert (done.version, done.rows, three.versions().data, three.versions().changed_at) == (2, 2, 2, LATER)
    assert values(three, "SELECT id, cost, cost_origin, price_id, revision FROM interaction ORDER BY id") == [
        ("a", 2, "metered", "book|2", 2), ("b", 6, "metered", "book|2", 2), ("c", 9, "reported", None, 1),
    ]  # fmt: skip
    history = "SELECT cost, revision, recorded_at, superseded_at FROM interaction_version WHERE id = 'a' ORDER BY cost"
    assert values(three, history) == [(1, None, NOON, LATER), (2, 2, LATER, None)]
    assert three.verify() == []


def test_groups_without_interactions_are_gone(three: Store) -> None:
    reprice(three, [change("b", 6)])
    groups = "SELECT model, cost_origin, n, cost FROM {} ORDER BY 1, 2"
    for name in ("interaction_day", "interaction_month"):
        assert values(three, groups.format(name)) == [
            ("m", "metered", 1, 1), ("m", "reported", 1, 9), (None, "metered", 3, 6),
        ]  # fmt: skip
    assert values(three, "SELECT sum(n), sum(cost) FROM interaction_measures") == [(5, 16)]
    reprice(three, [change("b", None)], at=LATEST)
    assert values(three, groups.format("interaction_month")) == [
        ("m", "metered", 1, 1), ("m", "reported", 1, 9), (None, "unpriced", 3, None),
    ]  # fmt: skip
    assert three.verify() == []


def test_what_is_told_is_equal_before_and_after(three: Store) -> None:
    done = reprice(three, [change("a", 2), change("b", 6)])
    assert done.before == done.after
    assert done.after.rows == 2
    known = {name: value for name, value in done.after.sums.items() if value is not None}
    assert known == {"count": 4, "input_tokens": 12, "latency_ms": 3, "csat": 4}
    assert int(done.after.fingerprint, 16) > 0


def test_a_preview_tells_the_same_and_writes_nothing(three: Store) -> None:
    before, shown = three.versions(), rollups(three)
    told = reprice(three, [change("a", 2)], [change("b", 6)], apply=False)
    assert (told.version, told.rows) == (1, 2)
    assert (three.versions(), rollups(three)) == (before, shown)
    assert values(three, "SELECT count(*) FROM interaction_version") == [(3,)]
    done = reprice(three, [change("a", 2)], [change("b", 6)])
    assert (done.rows, done.before, done.after) == (told.rows, told.before, told.after)


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [[]],
        [[change("a", 1, price_id="book|1")]],
        [[change("nobody", 1)]],
        [[change("a", 2, source="other")]],
    ],
    ids=["none", "empty", "the same", "unknown id", "unknown source"],
)
def test_nothing_to_change_changes_nothing(three: Store, chunks: list[list[dict[str, Any]]]) -> None:
    assert (reprice(three, *chunks).rows, three.versions().data, three.versions().changed_at) == (0, 1, NOON)


def test_a_change_sent_twice_is_made_once(three: Store) -> None:
    assert reprice(three, [change("a", 2), change("a", 3)], [change("a", 4)]).rows == 1
    assert values(three, "SELECT count(*), max(revision) FROM interaction WHERE id = 'a'") == [(1, 2)]
    assert three.verify() == []


def test_it_is_all_or_nothing(three: Store) -> None:
    def broken() -> Iterator[pa.Table]:
        yield table(change("a", 2))
        raise RuntimeError("no more")

    shown = rollups(three)
    with pytest.raises(RuntimeError):
        three.reprice(Repricing(changes=broken(), recorded_at=LATER), apply=True)
    assert (three.versions().data, rollups(three), three.verify()) == (1, shown, [])
    assert reprice(three, [change("a", 2)]).rows == 1


def test_a_rewrite_that_changes_more_is_refused(three: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REWRITTEN", module._REWRITTEN.replace('r."input_tokens"', "0 AS input_tokens"))
    for apply in (False, True):
        with pytest.raises(StoreDamaged, match="more than cost"):
            reprice(three, [change("a", 2)], apply=apply)
    assert (three.versions().data, three.verify()) == (1, [])
    assert values(three, "SELECT count(*) FROM interaction_version") == [(3,)]


def test_a_source_that_sends_again_is_judged_by_what_it_sent(three: Store) -> None:
    reprice(three, [change("c", 5)])
    sent = {"id": "c", "model": "m", "cost": Decimal(9), "cost_currency": "USD", "cost_origin": "reported"}
    assert list(send(three, "interaction", sent, at=LATEST).verdicts["interaction"].duplicates) == [0]
    assert list(send(three, "interaction", {**sent, "cost": Decimal(5)}).verdicts["interaction"].conflicts) == [0]
    assert values(three, "SELECT cost FROM interaction WHERE id = 'c'") == [(5,)]


def test_a_clock_that_goes_back_breaks_no_history(three: Store) -> None:
    reprice(three, [change("a", 2)], at=NOON - timedelta(days=3))
    assert values(three, "SELECT recorded_at, superseded_at FROM interaction_version WHERE id = 'a' ORDER BY cost") == [
        (NOON, NOON), (NOON, None),
    ]  # fmt: skip
    assert three.verify() == []


def test_before_it_the_old_cost_stands(three: Store) -> None:
    shown = rollups(three)
    reprice(three, [change("a", 2), change("b", 6)])
    reprice(three, [change("a", 3)], at=LATEST)
    for at, costs in ((NOON, [1, None, 9]), (LATER, [2, 6, 9]), (LATEST, [3, 6, 9])):
        with three.snapshot(at) as moment:
            assert moment.query("SELECT cost FROM interaction ORDER BY id")["cost"].to_pylist() == costs
            raw = moment.query("SELECT sum(cost) AS c FROM interaction_measures").to_pylist()
            for name in ("interaction_day", "interaction_month"):
                assert moment.query(f"SELECT sum(cost) AS c FROM {name}").to_pylist() == raw
    with three.snapshot(NOON) as moment:
        assert [
            moment.query(f"SELECT * FROM ({merge(rollup, rollup.name)}) ORDER BY ALL").to_pylist()
            for rollup in ROLLUPS
        ] == shown  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE interaction_version SET input_tokens = 6 WHERE revision = 2", "differ in more than their price"),
        ("UPDATE interaction_version SET superseded_at = NULL", "interaction s a: an earlier version is current too"),
        ("DELETE FROM interaction_version WHERE revision = 2", "interaction s a: its last version is superseded"),
        ("UPDATE interaction_version SET revision = 4 WHERE revision = 2", "its versions are not numbered"),
    ],
)
def test_verify_finds_an_edited_version(three: Any, edit: str, said: str) -> None:
    reprice(three, [change("a", 2)])
    three._writer.execute(edit)
    problems = three.verify()
    assert any(said in problem for problem in problems), problems


START = datetime(2026, 2, 27, tzinfo=UTC)
calls = st.lists(
    st.fixed_dictionaries(
        {"time": st.integers(0, 40 * 24).map(lambda hours: START + timedelta(hours=hours))},
        optional={
            "project": st.sampled_from(["p", "q"]), "model": st.sampled_from(["m", "n"]), "count": st.integers(1, 9),
            "input_tokens": st.integers(0, 99), "cost": st.decimals(0, 9, places=12), "actor": st.sampled_from("uv"),
            "latency_ms": st.floats(0, 1e6), "cost_origin": st.sampled_from(["metered", "unpriced", "reported"]),
        },
    ),
    min_size=1, max_size=10,
)  # fmt: skip
runs = st.lists(st.dictionaries(st.integers(0, 9), st.none() | st.integers(0, 9), max_size=6), max_size=4)


@examples(10)
@given(calls, runs, st.booleans())
def test_any_repricing_is_what_a_store_with_those_costs_shows(
    rows: list[dict[str, Any]], changes: list[dict[int, int | None]], compacted: bool
) -> None:
    costs = [{"id": str(place), **row} for place, row in enumerate(rows)]
    with DuckDBStore.open(MEMORY, time_zone="America/New_York", threads=1) as store:
        for place, row in enumerate(costs):
            send(store, "interaction", row, at=NOON + timedelta(seconds=place))
        for step, run in enumerate(changes):
            named = [(place, cost) for place, cost in run.items() if place < len(rows)]
            made = [change(str(place), cost, time=rows[place]["time"]) for place, cost in named]
            reprice(store, made[:2], made[2:], at=LATER + timedelta(days=step))
            for one in made:
                costs[int(one["id"])] |= {name: one[name] for name in PRICED}
            if compacted:
                store.compact()
        assert store.verify() == []
        with DuckDBStore.open(MEMORY, time_zone="America/New_York", threads=1) as fresh:
            send(fresh, "interaction", *costs)
            assert rollups(store) == rollups(fresh)
