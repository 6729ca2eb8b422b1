"""The store as it stood at an instant of the past: as if it had stopped then, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples
from tests.store.conftest import LATER, LATEST, NOON, REQUIRED, rejected, send

from breakeven.errors import UsageProblem
from breakeven.facts import KINDS, Fact, Incident, Interaction
from breakeven.store import writing
from breakeven.store.base import REPRICED, Commit, Repricing, Snapshot, Store
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.rollups import ROLLUPS, merge
from breakeven.store.schema import as_table, fact_table_name

DAY = timedelta(days=1)


def seen(store: Store, as_of: datetime | None = None) -> dict[str, Any]:
    """All that a snapshot shows: every table, view and roll-up, and the versions."""
    with store.snapshot(as_of) as moment:
        assert moment.as_of == as_of
        shown = {name: rows(moment, f"SELECT * FROM {name}") for name in (*KINDS, "interaction_measures", "rejected")}
        for kind in KINDS:
            shown[fact_table_name(kind)] = rows(moment, f"SELECT * FROM {fact_table_name(kind)}")
        for rollup in ROLLUPS:
            shown[rollup.name] = rows(moment, merge(rollup, rollup.name))
        return {**shown, "versions": moment.versions}


def rows(moment: Snapshot, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = moment.query(f"SELECT * FROM ({sql}) ORDER BY ALL").to_pylist()
    return found


def one(moment: Snapshot, sql: str) -> Any:
    (row,) = moment.query(sql).to_pylist()
    (value,) = row.values()
    return value


def test_before_everything_there_is_nothing(store: Store) -> None:
    empty = seen(store)
    for kind in KINDS:
        send(store, kind, {"id": "a"}, at=LATER)
    assert seen(store, NOON) == empty
    assert (empty["versions"].data, empty["versions"].changed_at) == (0, None)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_as_it_was(store: Store, kind: str) -> None:
    send(store, "note", {"id": "before"}, at=NOON - DAY)
    send(store, kind, {"id": "a"}, {"id": "b"}, at=NOON)
    then = seen(store)
    send(store, kind, {"id": "a", "project": "other"}, {"id": "c"}, at=LATER)
    send(store, "note", {"id": "before", "text": "changed"}, {"id": "after"}, at=LATEST)
    assert seen(store, NOON) == then
    assert seen(store, LATER - timedelta(microseconds=1)) == then
    assert seen(store, LATER) != then
    with store.snapshot(NOON) as moment:
        assert moment.versions.data == 2
        assert one(moment, f"SELECT count(*) FROM {kind}") == (3 if kind == "note" else 2)


def test_the_instant_itself_counts_and_the_future_is_the_present(store: Store) -> None:
    send(store, "cost", {"id": "a"}, at=NOON)
    present = seen(store)
    for at in (NOON, LATER, datetime(2999, 1, 1, tzinfo=UTC)):
        assert seen(store, at) == present


def test_an_instant_may_be_told_in_any_zone(store: Store) -> None:
    send(store, "cost", {"id": "a"}, at=NOON)
    send(store, "cost", {"id": "b"}, at=LATER)
    berlin = datetime.fromisoformat("2026-03-06T12:59:59+01:00")
    with store.snapshot(berlin) as moment:
        assert one(moment, "SELECT count(*) FROM cost") == 1
    with store.snapshot(berlin + timedelta(seconds=1)) as moment:
        assert one(moment, "SELECT count(*) FROM cost") == 2


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(UsageProblem, match="time zone"), store.snapshot(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass
    assert store.query("SELECT 1 AS one").num_rows == 1


def test_a_past_does_not_move_and_hides_nothing_from_others(store: Store) -> None:
    send(store, "interaction", {"id": "a", "latency_ms": 3.0, "actor": "u"}, at=NOON)
    send(store, "interaction", {"id": "b"}, at=LATER)
    with store.snapshot(NOON) as past, store.snapshot() as present:
        send(store, "interaction", {"id": "late"}, at=NOON)
        store.compact()
        assert [one(past, f"SELECT sum(n) FROM {rollup.name}") for rollup in ROLLUPS] == [1, 1, 1, 1]
        assert one(past, "SELECT count(*) FROM interaction") == 1
        assert one(present, "SELECT sum(n) FROM interaction_month") == 2
    assert store.query("SELECT sum(n) AS n FROM interaction_day").to_pylist() == [{"n": 3}]
    assert store.verify() == []


def test_rejected_records_are_those_of_then(store: Store) -> None:
    store.append(Commit(rejected=rejected({"id": "h1"}, {"id": "h2", "received_at": LATER}), recorded_at=NOON))
    send(store, "cost", {"id": "c"}, at=NOON)
    store.append(Commit(replayed=["h1"], recorded_at=LATEST))
    with store.snapshot(NOON) as moment:
        assert rows(moment, "SELECT id, replayed_at FROM rejected") == [{"id": "h1", "replayed_at": None}]


def test_what_a_late_row_made_known_is_unknown_again(store: Store) -> None:
    """A sum that nobody knew is NULL, not 0."""
    send(store, "interaction", {"id": "a"}, at=NOON)
    send(store, "interaction", {"id": "b", "input_tokens": 5, "cost": Decimal(1), "csat": 4.0}, at=LATER)
    with store.snapshot(NOON) as moment:
        for name in ("interaction_day", "interaction_month"):
            found = rows(moment, f"SELECT n, input_tokens, input_n, cost, csat FROM {name}")
            assert found == [{"n": 1, "input_tokens": None, "input_n": 0, "cost": None, "csat": None}]


# --- any history


WHEN = st.integers(0, 45 * 24).map(lambda hours: datetime(2026, 2, 20, tzinfo=UTC) + timedelta(hours=hours))
interactions = st.fixed_dictionaries(
    {"id": st.sampled_from("abcdefgh"), "time": WHEN, "project": st.sampled_from(["p", "q"])},
    optional={
        "count": st.integers(1, 9),
        "model": st.sampled_from(["m"]),
        "actor": st.sampled_from(["u", "v"]),
        "latency_ms": st.floats(0, 1e6),
        "input_tokens": st.integers(0, 1000),
        "cost": st.decimals(0, 9, places=12),
        "cost_origin": st.sampled_from(["metered", "unpriced"]),
    },
)
events = st.fixed_dictionaries({"id": st.sampled_from("abc")}, optional={"project": st.sampled_from(["p", "q"])})
commits = st.lists(
    st.tuples(st.sampled_from(["interaction", "interaction", "commit", "compact", "reprice"]),
              st.lists(interactions, max_size=5), st.sampled_from(list(KINDS)), st.lists(events, max_size=3)),
    min_size=1, max_size=7,
)  # fmt: skip


def play(store: Store, step: int, what: tuple[str, list[dict[str, Any]], str, list[dict[str, Any]]]) -> None:
    form, calls, kind, others = what
    if form == "compact":
        store.compact()
        return
    if form == "reprice":
        priced = {row["id"]: row.get("cost") for row in calls}
        there = store.query("SELECT source, id, time FROM interaction").to_pylist()
        changes = [{**row, "cost": priced[row["id"]], "cost_origin": "metered"} for row in there if row["id"] in priced]
        chunk = pa.Table.from_pylist(changes, schema=REPRICED)
        store.reprice(Repricing(changes=[chunk], recorded_at=NOON + step * DAY), apply=True)
        return
    facts: dict[str, list[Fact]] = {"interaction": [Interaction(**{"source": "s", **row}) for row in calls]}
    if form == "commit" and kind != "interaction":
        facts[kind] = [KINDS[kind](**{"source": "s", **REQUIRED[kind], **row}) for row in others]
    tables = {name: as_table(name, rows) for name, rows in facts.items()}
    store.append(Commit(facts=tables, recorded_at=NOON + step * DAY))


@contextmanager
def empty() -> Iterator[DuckDBStore]:
    with DuckDBStore.open(MEMORY, time_zone="America/New_York", threads=1) as store:
        yield store


@examples(10)
@given(commits, st.data())
def test_a_past_is_what_a_store_that_stopped_then_shows(history: list[Any], data: st.DataObject) -> None:
    stop, out = data.draw(st.integers(0, len(history))), data.draw(st.sampled_from([1, 4, writing.MOST_OUT]))
    with patch.object(writing, "MOST_OUT", out), empty() as stopped, empty() as went_on:
        for step, what in enumerate(history):
            play(went_on, step, what)
            if step < stop:
                play(stopped, step, what)
        then = NOON + (stop - 1) * DAY
        assert seen(went_on, then) == seen(stopped)
        assert seen(went_on, then + timedelta(hours=1)) == seen(stopped)


def test_a_superseded_version_is_current_again(store: Store) -> None:
    for place, severity in enumerate(["low", "high", "low"]):
        fact = Incident(id="i", source="s", opened_at=NOON, severity=severity)
        store.append(Commit(facts={"incident": as_table("incident", [fact])}, recorded_at=NOON + place * DAY))
    for place, severity in enumerate(["low", "high", "low"]):
        with store.snapshot(NOON + place * DAY) as moment:
            assert rows(moment, "SELECT severity, revision FROM incident") == [
                {"severity": severity, "revision": place + 1}
            ]
