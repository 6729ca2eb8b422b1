"""What every store does, whatever the engine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest
from tests.store.conftest import LATER, LATEST, NOON, rejected, send, table

from breakeven.errors import BreakevenError, StoreError
from breakeven.facts import KINDS
from breakeven.store import identity
from breakeven.store.base import Commit, Store
from breakeven.store.rollups import ROLLUPS
from breakeven.store.schema import SUPERSEDING, arrow_schema, fact_table_name


def values(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.query(sql).to_pylist()]


FULL: dict[str, Any] = {
    "string": "text", "int64": 7, "double": 2.5, "bool": True, "decimal128(38, 12)": Decimal("0.000000800001"),
    "timestamp[us, tz=UTC]": datetime(2026, 3, 5, 23, 30, 0, 123456, tzinfo=UTC),
}  # fmt: skip


def test_an_empty_store_answers(store: Store) -> None:
    assert store.versions().data == 0
    assert store.versions().changed_at is None
    assert set(store.versions().by_kind) == set(KINDS)
    assert store.verify() == []
    for name in (*KINDS, "interaction_measures", "rejected", *(rollup.name for rollup in ROLLUPS)):
        assert values(store, f"SELECT count(*) FROM {name}") == [(0,)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_comes_back_as_it_went_in(store: Store, kind: str) -> None:
    full = {field.name: FULL[str(field.type)] for field in arrow_schema(kind) if field.name != "ordinal"}
    store.append(Commit(facts={kind: table(kind, [full])}, recorded_at=NOON))
    (stored,) = store.query(f"SELECT * FROM {fact_table_name(kind)}").to_pylist()
    assert {name: stored[name] for name in full} == full
    assert (stored["recorded_at"], stored["data_version"]) == (NOON, 1)
    assert store.verify() == []


SENT = {"id": "a", "cost": Decimal(1), "cost_currency": "USD", "cost_origin": "reported", "price_id": None}
METERED = {**SENT, "cost_origin": "metered", "price_id": "book/1"}


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (SENT, SENT, "duplicate"),
        (SENT, {**SENT, "id": "b"}, "accepted"),
        (SENT, {**SENT, "source": "other"}, "accepted"),
        (SENT, {**SENT, "cost": Decimal(2)}, "conflict"),
        (SENT, {**SENT, "cost": None, "cost_origin": "unmetered"}, "conflict"),
        (SENT, {**SENT, "time": LATER}, "conflict"),
        (SENT, {**SENT, "model": "m"}, "conflict"),
        ({**SENT, "model": "m"}, SENT, "conflict"),
        (METERED, {**METERED, "cost": Decimal(2), "price_id": "book/2"}, "duplicate"),
        (METERED, {**METERED, "cost": None, "cost_origin": "unpriced", "price_id": None}, "duplicate"),
        (METERED, {**METERED, "cost_origin": "reported"}, "conflict"),
        ({"id": "a", "latency_ms": 0.1 + 0.2}, {"id": "a", "latency_ms": 0.1 + 0.2}, "duplicate"),
        ({"id": "a", "latency_ms": 0.1 + 0.2}, {"id": "a", "latency_ms": 0.3}, "conflict"),
        ({"id": "a"}, {"id": "A"}, "accepted"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one commit", "in two"])
def test_of_interactions_the_first_wins(
    store: Store, first: dict[str, Any], second: dict[str, Any], verdict: str, together: bool
) -> None:
    if together:
        found = send(store, "interaction", first, second).verdicts["interaction"]
        assert found.accepted == (2 if verdict == "accepted" else 1)
        place = [1]
    else:
        send(store, "interaction", first)
        receipt = send(store, "interaction", second, at=LATER)
        found = receipt.verdicts["interaction"]
        assert receipt.version == (2 if verdict == "accepted" else 1)
        assert found.accepted == (verdict == "accepted")
        place = [0]
    assert list(found.duplicates) == (place if verdict == "duplicate" else [])
    assert list(found.conflicts) == (place if verdict == "conflict" else [])
    assert values(store, "SELECT cost FROM interaction ORDER BY recorded_at LIMIT 1") == [(first.get("cost"),)]


def test_later_versions_supersede_and_all_are_kept(store: Store) -> None:
    first = send(store, "incident", {"id": "i"}, {"id": "j"}, {"id": "i"}, {"id": "i", "severity": "high"})
    assert (first.verdicts["incident"].accepted, list(first.verdicts["incident"].duplicates)) == (3, [2])
    second = send(store, "incident", {"id": "i", "severity": "high"}, {"id": "j", "resolved_at": LATER}, at=LATER)
    assert (second.verdicts["incident"].accepted, list(second.verdicts["incident"].duplicates)) == (1, [0])
    third = send(store, "incident", {"id": "i"}, {"id": "i", "severity": "low"}, {"id": "i"}, at=LATEST)
    assert third.verdicts["incident"].accepted == 3
    assert values(store, "SELECT id, severity, resolved_at, revision FROM incident ORDER BY id") == [
        ("i", None, None, 5),
        ("j", None, LATER, 2),
    ]
    history = "SELECT revision, severity, recorded_at, superseded_at FROM incident_version WHERE id = 'i' ORDER BY 1"
    assert values(store, history) == [
        (1, None, NOON, NOON),
        (2, "high", NOON, LATEST),
        (3, None, LATEST, LATEST),
        (4, "low", LATEST, LATEST),
        (5, None, LATEST, None),
    ]
    assert store.verify() == []


def test_a_clock_that_goes_back_breaks_no_history(store: Store) -> None:
    send(store, "note", {"id": "n"}, at=LATER)
    send(store, "note", {"id": "n", "text": "new"}, at=NOON)
    assert values(store, "SELECT recorded_at, superseded_at FROM note_version ORDER BY revision") == [
        (LATER, LATER),
        (LATER, None),
    ]
    assert store.verify() == []


@pytest.mark.parametrize("kind", ["interaction", "cost"])
def test_two_ids_with_one_key_are_two_facts(store: Store, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "KEY", "CAST(7 AS UBIGINT)")
    assert send(store, kind, {"id": "a"}, {"id": "b"}).verdicts[kind].accepted == 2
    other_time = {"time": LATER} if kind == "interaction" else {"start": LATER}
    again = send(store, kind, {"id": "b"}, {"id": "c"}, {"id": "d", **other_time}, {"id": "a"}).verdicts[kind]
    assert (again.accepted, list(again.duplicates)) == (2, [0, 3])
    assert values(store, f"SELECT count(*) FROM {kind}") == [(4,)]


def test_versions_say_what_changed(store: Store) -> None:
    send(store, "interaction", {"id": "a"})
    send(store, "cost", {"id": "a"}, at=LATER)
    assert send(store, "cost", {"id": "a"}, at=LATEST).version == 2
    versions = store.versions()
    assert (versions.data, versions.changed_at) == (2, LATER)
    assert {kind: version for kind, version in versions.by_kind.items() if version} == {"interaction": 1, "cost": 2}


def test_one_commit_may_hold_several_kinds(store: Store) -> None:
    facts = {kind: table(kind, [{"id": "x"}, {"id": "y"}]) for kind in KINDS}
    receipt = store.append(Commit(facts=facts, recorded_at=NOON))
    assert receipt.version == 1
    assert {verdict.accepted for verdict in receipt.verdicts.values()} == {2}
    assert values(store, "SELECT DISTINCT data_version FROM survey") == [(1,)]


def test_an_empty_commit_changes_nothing(store: Store) -> None:
    receipt = store.append(Commit(facts={"cost": table("cost", [])}, recorded_at=NOON))
    assert (receipt.version, receipt.verdicts["cost"].accepted) == (0, 0)


def test_a_commit_is_all_or_nothing(store: Store) -> None:
    send(store, "interaction", {"id": "a"})
    facts = {"interaction": table("interaction", [{"id": "b"}]), "cost": table("cost", [{"id": "c", "amount": None}])}
    with pytest.raises(StoreError, match="amount"):
        store.append(Commit(facts=facts, recorded_at=LATER))
    assert store.versions().data == 1
    assert values(store, "SELECT id FROM interaction") == [("a",)]
    assert store.verify() == []
    assert send(store, "interaction", {"id": "b"}).verdicts["interaction"].accepted == 1


def test_rejected_records_are_kept_once_and_marked_when_replayed(store: Store) -> None:
    rows = rejected({"id": "h1", "row": 3, "record": "{}"}, {"id": "h1", "row": 9}, {"id": "h2"})
    receipt = store.append(Commit(rejected=rows, recorded_at=NOON))
    assert receipt.version == 0
    store.append(Commit(rejected=rejected({"id": "h2", "reason": "conflict"}), recorded_at=LATER))
    store.append(Commit(facts={"cost": table("cost", [{"id": "c"}])}, replayed=["h1"], recorded_at=LATEST))
    assert values(store, 'SELECT id, "row", reason, replayed_at FROM rejected ORDER BY id') == [
        ("h1", 3, "bad_type", LATEST),
        ("h2", None, "bad_type", None),
    ]


def test_days_and_months_are_local(store: Store) -> None:
    berlin_is_ahead = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    send(store, "interaction", {"id": "a", "time": berlin_is_ahead, "latency_ms": 3.0, "actor": "u"})
    assert values(store, "SELECT day FROM interaction_day") == [(date(2026, 4, 1),)]
    for name in ("interaction_month", "interaction_latency", "interaction_actor"):
        assert values(store, f"SELECT month FROM {name}") == [(date(2026, 4, 1),)]
    assert values(store, "SELECT day, month FROM interaction_measures") == [(date(2026, 4, 1), date(2026, 4, 1))]


def test_rollups_know_what_is_unknown(store: Store) -> None:
    send(
        store,
        "interaction",
        {"id": "a", "count": 10, "input_tokens": 5, "latency_ms": 2.5, "csat": 4.0, "cost": Decimal("0.0000008")},
        {"id": "b", "count": 3},
        {"id": "c", "latency_ms": 0.0, "seconds_saved": -1.25, "revenue": Decimal(2)},
    )
    names = ("n, input_tokens, input_n, output_tokens, output_n, cost, revenue, revenue_n, latency_ms, latency_n, "
             "csat, csat_n, seconds_saved, seconds_n")  # fmt: skip
    due = (14, 5, 10, None, 0, Decimal("0.0000008"), 2, 1, 25, 11, 40, 10, Decimal("-1.25"), 1)
    summed = ", ".join(f"sum({name})" for name in names.split(", "))
    for name in ("interaction_day", "interaction_month", "interaction_measures"):
        assert values(store, f"SELECT {summed} FROM {name}") == [due]
    assert values(store, "SELECT bucket, n FROM interaction_latency ORDER BY 1") == [(-32768, 1), (22, 10)]


def test_values_beyond_all_measure_stop_no_commit(store: Store) -> None:
    huge = {"latency_ms": 1e300, "csat": float("inf"), "seconds_saved": float("nan"), "input_tokens": 2**63 - 1}
    receipt = send(store, "interaction", *({"id": str(i), **huge} for i in range(3)))
    assert receipt.verdicts["interaction"].accepted == 3
    assert values(store, "SELECT sum(input_tokens), sum(latency_n), sum(csat_n) FROM interaction_month") == [
        (3 * (2**63 - 1), 0, 0)
    ]
    store.compact()
    assert store.verify() == []


def test_a_snapshot_does_not_move(store: Store) -> None:
    send(store, "interaction", {"id": "a"})
    with store.snapshot() as snapshot:
        send(store, "interaction", {"id": "b"}, at=LATER)
        store.compact()
        assert snapshot.versions.data == 1
        assert snapshot.query("SELECT sum(n) AS n FROM interaction_day").to_pylist() == [{"n": 1}]
    assert values(store, "SELECT sum(n) FROM interaction_day") == [(2,)]


def test_queries_take_parameters(store: Store) -> None:
    send(store, "cost", {"id": "a"}, {"id": "b", "amount": Decimal(3)})
    assert len(store.query("SELECT id FROM cost WHERE amount > ?", [2])) == 1
    assert len(store.query("SELECT id FROM cost WHERE amount > $least", {"least": 1})) == 2
    assert isinstance(store.query("SELECT 1 AS one"), pa.Table)


@pytest.mark.parametrize("sql", ["DELETE FROM cost_version", "SELECT 1; SELECT 2", "DROP TABLE meta", "nonsense"])
def test_queries_only_read(store: Store, sql: str) -> None:
    send(store, "cost", {"id": "a"})
    with pytest.raises(BreakevenError):
        store.query(sql)
    assert values(store, "SELECT count(*) FROM cost") == [(1,)]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            "UPDATE interaction_day_sum SET n = n + 1",
            "interaction_day 2026-03-05: 1 groups differ from the raw rows, n 3",
        ),
        ("DELETE FROM interaction_month_sum", "interaction_month 2026-03-01"),
        ("UPDATE interaction_latency_sum SET bucket = 1", "interaction_latency 2026-03-01"),
        (
            "INSERT INTO interaction_actor_sum VALUES ('2026-02-01', 'chat', 'nobody', 1, 1)",
            "interaction_actor 2026-02-01",
        ),
        (
            "INSERT INTO interaction_version SELECT * FROM interaction_version WHERE id = 'a'",
            "interaction s a: stored 2 times",
        ),
        ("UPDATE interaction_version SET id = 'z' WHERE id = 'a'", "interaction s z: its key is not that"),
        ("UPDATE cost_version SET superseded_at = NULL", "cost s a: an earlier version is current too"),
        ("UPDATE cost_version SET revision = 3 WHERE revision = 2", "cost s a: its versions are not numbered"),
        ("UPDATE meta SET value = '1' WHERE name = 'data_version'", "cost: rows of data version 3"),
    ],
)
def test_verify_names_what_was_edited(store: Any, edit: str, said: str) -> None:
    send(store, "interaction", {"id": "a", "latency_ms": 5.0, "actor": "u"}, {"id": "b"})
    send(store, "cost", {"id": "a"})
    send(store, "cost", {"id": "a", "amount": Decimal(2)}, at=LATER)
    store.compact()
    assert store.verify() == []
    store._writer.execute(edit)
    problems = store.verify()
    assert any(said in problem for problem in problems), problems


def test_readers_see_whole_commits(store: Store) -> None:
    stop, wrong = [], []

    def read() -> None:
        while not stop:
            with store.snapshot() as snapshot:
                raw = snapshot.query("SELECT count(*) AS n FROM interaction").column(0)[0].as_py()
                summed = snapshot.query("SELECT sum(n) AS n FROM interaction_month").column(0)[0].as_py()
                if raw != (summed or 0) or raw != 5 * snapshot.versions.data:
                    wrong.append((raw, summed, snapshot.versions.data))

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for commit in range(12):
        send(store, "interaction", *({"id": f"{commit}-{i}"} for i in range(5)))
        if commit % 4 == 3:
            store.compact()
    stop.append(True)
    for reader in readers:
        reader.join()
    assert wrong == []


@pytest.mark.parametrize("kind", SUPERSEDING)
def test_current_views_have_the_facts_fields(store: Store, kind: str) -> None:
    fields = [name for name in arrow_schema(kind).names if name != "ordinal"]
    assert store.query(f"SELECT * FROM {kind}").column_names == [*fields, "recorded_at", "data_version", "revision"]
