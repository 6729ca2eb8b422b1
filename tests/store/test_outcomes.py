"""Outcomes that are reported later: the interaction's own day has them, once, whatever came first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples
from tests.store.conftest import LATER, LATEST, NOON, send, table

from breakeven.store.base import REPRICED, Commit, Receipt, Repricing, Store
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.rollups import ROLLUPS, merge
from breakeven.store.schema import OUTCOME, RESULTS

HOUR = timedelta(hours=1)
CALL: dict[str, Any] = {"id": "a", "model": "m", "latency_ms": 3.0, "actor": "u", "input_tokens": 5}


def values(store: Store, sql: str, at: datetime | None = None) -> list[tuple[Any, ...]]:
    with store.snapshot(at) as moment:
        return [tuple(row.values()) for row in moment.query(sql).to_pylist()]


def rollups(store: Store, at: datetime | None = None) -> list[list[tuple[Any, ...]]]:
    return [values(store, f"SELECT * FROM ({merge(rollup, rollup.name)}) ORDER BY ALL", at) for rollup in ROLLUPS]


def told(store: Store, *rows: Mapping[str, Any], at: datetime = LATER) -> Receipt:
    """Outcomes of interaction `a`, known at noon where they do not say."""
    return send(store, OUTCOME, *({"interaction": "a", **row} for row in rows), at=at)


def result(store: Store, at: datetime | None = None) -> list[tuple[Any, ...]]:
    return values(store, f"SELECT {', '.join(RESULTS)} FROM interaction ORDER BY source, id", at)


def waiting(store: Store) -> list[tuple[Any, ...]]:
    return values(store, "SELECT interaction_source, interaction, id FROM outcome_waiting ORDER BY ALL")


def test_it_counts_on_the_day_of_its_interaction(store: Store) -> None:
    send(store, "interaction", CALL, {"id": "b", "model": "m"})
    before = rollups(store)
    receipt = told(store, {"id": "o", "time": LATEST, "outcome": "converted", "revenue": Decimal(49),
                           "currency": "EUR", "csat": 4.5, "seconds_saved": 60.0})  # fmt: skip
    assert (receipt.version, receipt.verdicts[OUTCOME].accepted) == (2, 1)
    assert (store.versions().by_kind["interaction"], store.versions().by_kind[OUTCOME]) == (2, 2)
    sums = "outcome, currency, n, revenue, revenue_n, csat, csat_n, seconds_saved, seconds_n"
    for name, period in (("day", "2026-03-05"), ("month", "2026-03-01")):
        assert values(store, f"SELECT CAST({name} AS VARCHAR), {sums} FROM interaction_{name} ORDER BY outcome") == [
            (period, "converted", "EUR", 1, 49, 1, Decimal("4.5"), 1, 60, 1),
            (period, None, None, 1, None, 0, None, 0, None, 0),
        ]
    # Response times and actors are not what an outcome speaks of.
    assert rollups(store)[2:] == before[2:]
    assert store.verify() == []


def test_as_of_shows_what_was_known(store: Store) -> None:
    send(store, "interaction", CALL | {"outcome": "resolved"})
    then, sums = result(store), rollups(store)
    told(store, {"id": "o", "outcome": "reworked", "seconds_saved": -60.0}, at=LATER)
    now = result(store)
    told(store, {"id": "p", "time": LATER, "outcome": "accepted"}, at=LATEST)
    for moment in (NOON, LATER - timedelta(microseconds=1)):
        assert (result(store, moment), rollups(store, moment)) == (then, sums)
    assert result(store, LATER) == now == [("reworked", None, None, None, -60.0)]
    assert result(store) == [("accepted", None, None, None, -60.0)]
    history = "SELECT outcome, coalesce(revision, 1), recorded_at, superseded_at FROM interaction_version ORDER BY 2"
    assert values(store, history) == [
        ("resolved", 1, NOON, LATER), ("reworked", 2, LATER, LATEST), ("accepted", 3, LATEST, None),
    ]  # fmt: skip
    assert store.verify() == []


def test_an_interaction_that_comes_after_its_outcome(store: Store) -> None:
    told(store, {"id": "o", "outcome": "resolved"}, {"id": "p", "csat": 2.0, "interaction_source": "other"}, at=NOON)
    assert waiting(store) == [("other", "a", "p"), ("s", "a", "o")]
    assert values(store, "SELECT count(*) FROM interaction") == [(0,)]
    send(store, "interaction", CALL, at=LATER)
    assert (waiting(store), result(store)) == ([("other", "a", "p")], [("resolved", None, None, None, None)])
    send(store, "interaction", CALL | {"source": "other"}, at=LATEST)
    assert waiting(store) == []
    assert result(store)[0] == (None, 2.0, None, None, None)
    assert store.verify() == []


def test_both_in_one_commit(store: Store) -> None:
    facts = {OUTCOME: table(OUTCOME, [{"id": "o", "interaction": "a", "csat": 1.0}]),
             "interaction": table("interaction", [CALL])}  # fmt: skip
    store.append(Commit(facts=facts, recorded_at=NOON))
    assert (result(store), waiting(store)) == ([(None, 1.0, None, None, None)], [])
    assert values(store, "SELECT sum(csat), sum(n) FROM interaction_day") == [(1, 1)]


def test_the_last_one_holds_field_by_field(store: Store) -> None:
    send(store, "interaction", CALL)
    told(store, {"id": "late", "time": LATEST, "outcome": "converted"})
    told(store, {"id": "early", "time": NOON, "outcome": "resolved", "revenue": Decimal(5), "currency": "EUR"})
    told(store, {"id": "mid", "time": LATER, "revenue": Decimal(7), "currency": "USD"})
    assert result(store) == [("converted", None, 7, "USD", None)]
    # It was a mistake: what it said before is nobody's any more.
    told(store, {"id": "mid", "time": LATER, "csat": 3.0}, at=LATEST)
    assert result(store) == [("converted", 3.0, 5, "EUR", None)]


def test_one_that_moves_to_another_interaction(store: Store) -> None:
    send(store, "interaction", CALL, {"id": "b", "outcome": "resolved"})
    told(store, {"id": "o", "outcome": "rejected"})
    told(store, {"id": "o", "outcome": "rejected", "interaction": "b"})
    assert [row[0] for row in result(store)] == [None, "rejected"]
    told(store, {"id": "o", "outcome": "rejected", "interaction": "nowhere"}, at=LATEST)
    assert ([row[0] for row in result(store)], waiting(store)) == ([None, "resolved"], [("s", "nowhere", "o")])
    assert store.verify() == []


def test_again_changes_nothing(store: Store) -> None:
    send(store, "interaction", CALL)
    told(store, {"id": "o", "outcome": "resolved"})
    versions, sums = store.versions(), rollups(store)
    assert told(store, {"id": "o", "outcome": "resolved"}, at=LATEST).verdicts[OUTCOME].duplicates == [0]
    # As the source sent it first: a duplicate; as it stands now: another content.
    verdict = send(store, "interaction", CALL, CALL | {"outcome": "resolved"}, at=LATEST).verdicts["interaction"]
    assert (list(verdict.duplicates), list(verdict.conflicts)) == ([0], [1])
    assert (store.versions(), rollups(store)) == (versions, sums)
    # One that says what is known already makes no version of the interaction.
    told(store, {"id": "p", "time": LATER, "outcome": "resolved"}, at=LATEST)
    assert values(store, "SELECT max(revision) FROM interaction_version") == [(2,)]


def test_a_record_that_counts_many(store: Store) -> None:
    """What is said is said of all of them: totals are totals and satisfaction is the mean, as in the record itself."""
    send(store, "interaction", CALL | {"count": 10})
    told(store, {"id": "o", "outcome": "accepted", "csat": 4.0, "revenue": Decimal(100), "currency": "USD",
                 "seconds_saved": 600.0})  # fmt: skip
    sums = "n, revenue, revenue_n, csat, csat_n, seconds_saved, seconds_n"
    assert values(store, f"SELECT outcome, {sums} FROM interaction_month") == [
        ("accepted", 10, 100, 10, 40, 10, 600, 10)
    ]


def test_prices_and_outcomes_in_turn(store: Store) -> None:
    unpriced = {"cost_origin": "unpriced"}
    priced = {"cost": Decimal(2), "cost_currency": "USD", "cost_origin": "metered", "price_id": "book|2"}
    send(store, "interaction", CALL | unpriced)
    told(store, {"id": "o", "csat": 5.0})
    change = pa.Table.from_pylist([{"source": "s", "id": "a", "time": NOON, **priced}], schema=REPRICED)
    assert store.reprice(Repricing(changes=[change], recorded_at=LATER), apply=True).rows == 1
    told(store, {"id": "p", "time": LATER, "csat": 1.0}, at=LATEST)
    assert values(store, "SELECT cost, csat, revision FROM interaction") == [(2, 1.0, 4)]
    assert values(store, "SELECT sum(cost), sum(csat), sum(csat_n), count(*) FROM interaction_day") == [(2, 1, 1, 1)]
    assert store.verify() == []


def test_interactions_of_long_ago(store: Store) -> None:
    old = NOON - timedelta(days=400)
    send(store, "interaction", CALL | {"time": old}, {"id": "b", "time": NOON}, at=NOON)
    told(store, {"id": "o", "time": LATER, "outcome": "converted"},
         {"id": "p", "interaction": "b", "outcome": "resolved"})  # fmt: skip
    assert values(store, "SELECT CAST(day AS VARCHAR), outcome FROM interaction_day ORDER BY day") == [
        ("2025-01-29", "converted"), ("2026-03-05", "resolved"),
    ]  # fmt: skip
    # Known before it happened: clocks differ.
    told(store, {"id": "q", "interaction": "b", "time": old, "csat": 2.0}, at=LATEST)
    assert result(store)[1][:2] == ("resolved", 2.0)
    assert store.verify() == []


def test_what_waited_is_found_after_a_restart(tmp_path: Path) -> None:
    with DuckDBStore.open(tmp_path / "s.duckdb", time_zone="UTC") as store:
        told(store, {"id": "o", "outcome": "resolved"}, at=NOON)
    with DuckDBStore.open(tmp_path / "s.duckdb") as store:
        send(store, "interaction", CALL, at=LATER)
        assert (result(store), waiting(store)) == ([("resolved", None, None, None, None)], [])
    with DuckDBStore.open(tmp_path / "s.duckdb") as store:
        told(store, {"id": "p", "time": LATER, "outcome": "reworked"}, at=LATEST)
        assert (result(store)[0][0], store.verify()) == ("reworked", [])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE interaction_version SET csat = 1 WHERE revision = 2", "is not what outcomes of it say"),
        (
            "UPDATE interaction_version SET model = 'x' WHERE revision = 2",
            "differ in more than their price and outcome",
        ),
        ("UPDATE outcome_version SET target = 1", "its target is not the key of its interaction"),
        ("DELETE FROM outcome_waiting", "does not wait for its interaction"),
    ],
)
def test_verification_finds(damage: str, said: str) -> None:
    with DuckDBStore.open(MEMORY, time_zone="UTC", threads=1) as store:
        send(store, "interaction", CALL)
        told(store, {"id": "o", "csat": 5.0}, {"id": "p", "interaction": "b", "csat": 5.0})
        assert store.verify() == []
        store._writer.execute(damage)
        assert any(said in problem for problem in store.verify()), store.verify()


# --- any order, any split, any repetition

SAID = st.fixed_dictionaries({
    "id": st.sampled_from("opqr"), "interaction": st.sampled_from("abx"), "source": st.sampled_from(("s", "t")),
    "interaction_source": st.sampled_from((None, "s", "t")), "time": st.sampled_from((NOON, NOON + HOUR, LATER)),
    "outcome": st.sampled_from((None, "resolved", "reworked")), "csat": st.sampled_from((None, 1.0, 4.5)),
    "revenue": st.sampled_from((None, Decimal(0), Decimal("7.25"))), "currency": st.sampled_from(("USD", "EUR")),
    "seconds_saved": st.sampled_from((None, 0.1, -3.0)),
})  # fmt: skip
HAPPENED = st.fixed_dictionaries({
    "id": st.sampled_from("ab"), "source": st.sampled_from(("s", "t")), "model": st.sampled_from((None, "m")),
    "time": st.sampled_from((NOON, NOON - 40 * HOUR, datetime(2025, 6, 1, 22, tzinfo=UTC))),
    "count": st.sampled_from((1, 3)), "outcome": st.sampled_from((None, "resolved")),
    "csat": st.sampled_from((None, 2.0)), "revenue": st.sampled_from((None, Decimal(1))),
    "currency": st.just("USD"), "cost": st.sampled_from((None, Decimal(0), Decimal(3))),
})  # fmt: skip
Event = tuple[str, Mapping[str, Any]]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[list[Event]]]:
    """Facts with different ids, and the same in some order, some twice, cut into commits."""

    def by_name(row: Mapping[str, Any]) -> tuple[Any, Any]:
        return row["source"], row["id"]

    outcomes = draw(st.lists(SAID, min_size=1, max_size=6, unique_by=by_name))
    calls = draw(st.lists(HAPPENED, min_size=1, max_size=4, unique_by=by_name))
    events: list[Event] = [*(("interaction", row) for row in calls), *((OUTCOME, row) for row in outcomes)]
    order = draw(st.permutations([*events, *draw(st.lists(st.sampled_from(events), max_size=3))]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=5)))
    return events, [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def commit(store: Store, events: Sequence[Event], at: datetime) -> None:
    kinds = dict.fromkeys(kind for kind, _ in events)
    facts = {kind: table(kind, [row for of, row in events if of == kind]) for kind in kinds}
    store.append(Commit(facts=facts, recorded_at=at))


def content(store: Store) -> tuple[object, ...]:
    shown = "source, id, time, count, model, outcome, csat, revenue, currency, seconds_saved, cost"
    return values(store, f"SELECT {shown} FROM interaction ORDER BY ALL"), rollups(store), waiting(store)


@examples(10)
@given(history=histories(), compacted=st.integers(0, 5))
def test_no_order_and_no_split_makes_a_difference(
    history: tuple[list[Event], list[list[Event]]], compacted: int
) -> None:
    events, commits = history
    with (
        DuckDBStore.open(MEMORY, time_zone="Europe/Berlin", threads=1) as at_once,
        DuckDBStore.open(MEMORY, time_zone="Europe/Berlin", threads=1) as split,
    ):
        commit(at_once, events, LATEST)
        middle, then = len(commits) // 2, rollups(split)
        for number, part in enumerate(commits):
            commit(split, part, NOON + number * HOUR)
            if number == compacted:
                split.compact()
            if number == middle:
                then = rollups(split)
        assert content(split) == content(at_once)
        assert rollups(split, NOON + middle * HOUR) == then
        assert split.verify() == []
