"""The pipeline from staging relation to store: every reason, what is kept, and what never changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import UnknownName
from breakeven.facts import Reason
from breakeven.ingest.pipeline import Pipeline
from breakeven.store.duckdb import MEMORY, DuckDBStore

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
Make = Callable[..., Pipeline]
Table = Callable[..., pa.Table]


@pytest.fixture
def store() -> Iterator[DuckDBStore]:
    store = DuckDBStore.open(MEMORY, time_zone="Europe/Berlin")
    yield store
    store.close()


@pytest.fixture
def pipeline(make: Make, store: DuckDBStore) -> Iterator[Pipeline]:
    pipeline = make(store)
    yield pipeline
    pipeline.close()


CALL = {"id": "1", "source": "s", "time": "2026-10-01T10:00:00Z"}
COST = {"id": "1", "source": "s", "start": "2026-10-01T00:00:00Z", "amount": "5"}
SURVEY = {"id": "1", "source": "s", "time": "2026-10-01T10:00:00Z", "kind": "csat", "score": "4"}

REFUSED = [
    ("interaction", {**CALL, "malformed": '{"id": '}, Reason.UNREADABLE, None),
    ("interaction", {**CALL, "id": " "}, Reason.MISSING_FIELD, "id"),
    ("interaction", {"id": "1", "source": "s"}, Reason.MISSING_FIELD, "time"),
    ("cost", {"id": "1", "start": "2026-10-01"}, Reason.MISSING_FIELD, "amount"),
    ("interaction", {**CALL, "input_tokens": "abc"}, Reason.BAD_TYPE, "input_tokens"),
    ("interaction", {**CALL, "input_tokens": "1.5"}, Reason.BAD_TYPE, "input_tokens"),
    ("interaction", {**CALL, "count": "1e30"}, Reason.BAD_TYPE, "count"),
    ("interaction", {**CALL, "latency_ms": "NaN"}, Reason.BAD_TYPE, "latency_ms"),
    ("interaction", {**CALL, "latency_ms": "Infinity"}, Reason.BAD_TYPE, "latency_ms"),
    ("cost", {**COST, "amount": "1e27"}, Reason.BAD_TYPE, "amount"),
    ("cost", {**COST, "amount": "five"}, Reason.BAD_TYPE, "amount"),
    ("interaction", {**CALL, "labels": "[1]"}, Reason.BAD_TYPE, "labels"),
    ("interaction", {**CALL, "labels": "{broken"}, Reason.BAD_TYPE, "labels"),
    ("incident", {"id": "1", "opened_at": "2026-10-01", "caught_before_impact": "perhaps"}, Reason.BAD_TYPE,
     "caught_before_impact"),
    ("interaction", {**CALL, "time": "31/12/2025"}, Reason.BAD_TIME, "time"),
    ("interaction", {**CALL, "time": "2026-02-30"}, Reason.BAD_TIME, "time"),
    ("interaction", {**CALL, "time": "epoch"}, Reason.BAD_TIME, "time"),
    ("interaction", {**CALL, "time": "0001-01-01T00:00:00Z"}, Reason.BAD_TIME, "time"),
    ("interaction", {**CALL, "time": "2026-11-03T00:00:00Z"}, Reason.FUTURE_TIME, "time"),
    ("interaction", {**CALL, "status": "fine"}, Reason.BAD_VALUE, "status"),
    ("interaction", {**CALL, "csat": "6"}, Reason.BAD_VALUE, "csat"),
    ("interaction", {**CALL, "cost": "1000000000000001"}, Reason.BAD_VALUE, "cost"),
    ("interaction", {**CALL, "count": "0"}, Reason.BAD_VALUE, "count"),
    ("interaction", {**CALL, "input_tokens": "5", "cached_tokens": "6"}, Reason.BAD_VALUE, "cached_tokens"),
    ("survey", {**SURVEY, "score": "0"}, Reason.BAD_VALUE, "score"),
    ("survey", {**SURVEY, "kind": "nps", "score": "11"}, Reason.BAD_VALUE, "score"),
    ("interaction", {**CALL, "cost": "-0.01"}, Reason.NEGATIVE_AMOUNT, "cost"),
    ("cost", {**COST, "end": "2026-09-01"}, Reason.BAD_SPAN, "end"),
    ("interaction", {**CALL, "cost": "1", "cost_currency": "XQZ"}, Reason.UNKNOWN_CURRENCY, "cost_currency"),
    ("interaction", {**CALL, "id": "x" * 513}, Reason.TOO_LARGE, "id"),
    ("interaction", {**CALL, "labels": json.dumps({"a": "x" * 65_536})}, Reason.TOO_LARGE, "labels"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "record", "reason", "field"), REFUSED)
def test_refused(
    pipeline: Pipeline,
    store: DuckDBStore,
    kind: str,
    record: dict[str, object],
    reason: Reason,
    field: str | None,
    table: Table,
) -> None:
    good = {"interaction": CALL, "cost": COST, "survey": SURVEY}.get(kind, record)
    sent = [record] if kind not in ("interaction", "cost", "survey") else [{**good, "id": "good"}, record]
    outcome = pipeline.ingest(kind, table(*sent), source="file", now=NOW)
    assert outcome.rejected == {reason: 1}
    assert outcome.accepted == len(sent) - 1
    (refusal,) = outcome.refusals
    assert (refusal.row, refusal.reason, refusal.field) == (len(sent), reason, field)
    (kept,) = store.query("SELECT * FROM rejected").to_pylist()
    assert (kept["kind"], kept["reason"], kept["field"], kept["row"]) == (kind, reason, field, len(sent))
    if reason != Reason.UNREADABLE:
        assert json.loads(kept["record"]) == {name: value for name, value in record.items() if name != "labels"} | (
            {"labels": record["labels"]} if "labels" in record else {}
        )


def test_unknown_project_is_rejected_where_the_workspace_says_so(store: DuckDBStore, make: Make, table: Table) -> None:
    pipeline = make(store, unknown="reject")
    records = [{**CALL, "project": "chat"}, {**CALL, "id": "2", "project": "other"}, {**CALL, "id": "3"}]
    outcome = pipeline.ingest("interaction", table(*records), source="file", now=NOW)
    assert outcome.rejected == {Reason.UNKNOWN_PROJECT: 1}
    assert outcome.accepted == 2


def test_unknown_project_keeps_its_name(pipeline: Pipeline, store: DuckDBStore, table: Table) -> None:
    records = [{**CALL, "project": "other"}, {**CALL, "id": "2", "project": "chat"}, {**CALL, "id": "3"}]
    assert pipeline.ingest("interaction", table(*records), source="file", now=NOW).accepted == 3
    rows = store.query("SELECT project FROM interaction ORDER BY id").to_pylist()
    assert [row["project"] for row in rows] == ["other", "chat", "unassigned"]


def test_conflict(pipeline: Pipeline, store: DuckDBStore, table: Table) -> None:
    assert pipeline.ingest("interaction", table({**CALL, "model": "a"}), source="file", now=NOW).accepted == 1
    outcome = pipeline.ingest("interaction", table({**CALL, "model": "b"}), source="file", now=NOW)
    assert outcome.rejected == {Reason.CONFLICT: 1}
    assert outcome.refusals[0].message.startswith("row 1: conflict in id: '1' was sent before")
    assert store.query("SELECT model FROM interaction")["model"].to_pylist() == ["a"]


def test_message_names_row_field_and_value(pipeline: Pipeline, table: Table) -> None:
    outcome = pipeline.ingest("interaction", table({**CALL, "input_tokens": "abc"}), source="file", now=NOW)
    assert outcome.refusals[0].message == "row 1: bad_type in input_tokens: 'abc' is not a whole number"


TIMES = [
    ("2026-10-01T10:00:00Z", "2026-10-01T10:00:00+00:00"),
    ("2026-10-01T10:00:00", "2026-10-01T08:00:00+00:00"),
    ("2026-01-10 10:00", "2026-01-10T09:00:00+00:00"),
    ("2026-01-10", "2026-01-09T23:00:00+00:00"),
    ("2026-10-01T10:00:00+05:30", "2026-10-01T04:30:00+00:00"),
    ("2026-10-01T10:00:00.1234567Z", "2026-10-01T10:00:00.123456+00:00"),
    ("2026-10-01T10:00:00.123456789Z", "2026-10-01T10:00:00.123456+00:00"),
    ("1790000000", "2026-09-21T14:13:20+00:00"),
    ("1790000000.5", "2026-09-21T14:13:20.500000+00:00"),
    ("1790000000123", "2026-09-21T14:13:20.123000+00:00"),
    ("1790000000123456", "2026-09-21T14:13:20.123456+00:00"),
    ("1790000000123456789", "2026-09-21T14:13:20.123456+00:00"),
]


@pytest.mark.parametrize(("written", "instant"), TIMES)
def test_times(pipeline: Pipeline, store: DuckDBStore, written: str, instant: str, table: Table) -> None:
    assert pipeline.ingest("interaction", table({**CALL, "time": written}), source="file", now=NOW).refused == 0
    (time,) = store.query("SELECT time FROM interaction")["time"].to_pylist()
    assert time == datetime.fromisoformat(instant)


AMOUNTS = [("0.0000008", "0.0000008"), ("8e-07", "0.0000008"), ("-12.5", "-12.5"), (" +3 ", "3"),
           ("999999999999999", "999999999999999"),
           ("0.0000000000005", "0.000000000001")]  # fmt: skip


@pytest.mark.parametrize(("written", "amount"), AMOUNTS)
def test_amounts_are_exact(pipeline: Pipeline, store: DuckDBStore, written: str, amount: str, table: Table) -> None:
    assert pipeline.ingest("cost", table({**COST, "amount": written}), source="file", now=NOW).refused == 0
    row = store.query("SELECT amount, currency FROM cost").to_pylist()[0]
    assert row == {"amount": Decimal(amount), "currency": "EUR"}


def test_native_types_are_the_same_as_text(pipeline: Pipeline, store: DuckDBStore, table: Table) -> None:
    native = pa.table({
        "row": [1, 2], "id": pa.array([1, 2]), "time": pa.array([1_790_848_800_000_000, None], pa.timestamp("us")),
        "input_tokens": [1000.0, float("nan")], "latency_ms": [2.5, 1.0], "cost": [0.1, 0.2],
        "labels": [{"a": 1}, {"a": 2}], "unknown": [1, 2],
    })  # fmt: skip
    outcome = pipeline.ingest("interaction", native, source="file", now=NOW)
    assert outcome.accepted == 1
    assert outcome.rejected == {Reason.MISSING_FIELD: 1}
    row = store.query("SELECT id, source, time, input_tokens, cost, labels FROM interaction").to_pylist()[0]
    assert row["time"] == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert (row["id"], row["source"], row["input_tokens"], row["cost"]) == ("1", "file", 1000, Decimal("0.1"))
    assert json.loads(row["labels"]) == {"a": 1}


PRICED = [
    ({"model": "own-1", "input_tokens": 1_000_000, "output_tokens": 500_000}, "7.5", "EUR", "metered"),
    ({"model": "gpt-4o", "provider": "openai", "input_tokens": 1000, "output_tokens": 100}, "0.0035", "USD", "metered"),
    ({"model": "gpt-4o", "provider": "openai", "input_tokens": 1000, "output_tokens": 100, "cached_tokens": 400},
     "0.003", "USD", "metered"),
    ({"model": "gemini-2.5-pro", "provider": "google", "input_tokens": 300_000, "output_tokens": 10}, "0.75015", "USD",
     "metered"),
    ({"model": "gemini-2.5-pro", "provider": "google", "input_tokens": 300_000, "output_tokens": 10, "count": 3},
     "0.3751", "USD", "metered"),
    ({"model": "gpt-4o", "provider": "openai", "input_tokens": 1000, "cost": "0.5"}, "0.5", "EUR", "reported"),
    ({"model": "gpt-4o", "input_tokens": 1000}, None, None, "unpriced"),
    ({"model": "no-such-model", "provider": "openai", "input_tokens": 1000}, None, None, "unpriced"),
    ({"model": "gpt-4o", "provider": "openai"}, None, None, "unmetered"),
    ({"provider": "openai", "usage": '{"model": "gpt-4o", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}'},
     "0.0035", "USD", "metered"),
    ({"provider": "openai", "model": "gpt-4o", "usage": '{"input_tokens": 1000, "output_tokens": 100}',
      "labels": '{"api_flavor": "responses"}'}, "0.0035", "USD", "metered"),
    ({"provider": "openai", "model": "gpt-4o", "usage": '{"what": "else"}'}, None, None, "unpriced"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "cost", "currency", "origin"), PRICED)
def test_priced(
    pipeline: Pipeline,
    store: DuckDBStore,
    record: dict[str, object],
    cost: str | None,
    currency: str | None,
    origin: str,
    table: Table,
) -> None:
    assert pipeline.ingest("interaction", table({**CALL, **record}), source="file", now=NOW).accepted == 1
    row = store.query("SELECT * FROM interaction").to_pylist()[0]
    assert row["cost"] == (None if cost is None else Decimal(cost))
    assert (row["cost_currency"], row["cost_origin"]) == (currency, origin)
    assert (row["price_id"] is not None) == (origin == "metered")
    if "usage" in record and origin == "metered":
        assert (row["model"], row["input_tokens"], row["output_tokens"]) == ("gpt-4o", 1000, 100)


def test_unknown_kind(pipeline: Pipeline, table: Table) -> None:
    with pytest.raises(UnknownName, match="unknown kind of fact 'costs': did you mean cost"):
        pipeline.ingest("costs", table(COST), source="file", now=NOW)


def test_an_import_is_summed_over_its_chunks(pipeline: Pipeline, table: Table) -> None:
    seen = []
    chunks = [table({**CALL, "id": "a"}, {**CALL, "id": "b", "csat": "9"}), table({**CALL, "id": "a"})]
    outcome = pipeline.import_chunks(
        chunks, "interaction", source="file", now=NOW, on_progress=lambda o: seen.append(o.rows)
    )
    assert (outcome.accepted, outcome.duplicates, outcome.rejected) == (1, 1, {Reason.BAD_VALUE: 1})
    assert seen == [2, 3]


record = st.fixed_dictionaries(
    {"id": st.integers(0, 8).map(str), "time": st.sampled_from(["2026-10-01T10:00:00Z", "2026-10-02", "soon"])},
    optional={"input_tokens": st.sampled_from(["1", "-1", "x", ""]), "model": st.sampled_from(["a", "b"]),
              "cost": st.sampled_from(["0.1", "-1"]), "project": st.sampled_from(["chat", "other"])},
)  # fmt: skip
few = examples(10)


@few
@given(st.lists(record, min_size=1, max_size=12))
def test_every_row_is_accounted_for_and_a_retry_changes_nothing(
    make: Make, table: Table, records: list[dict[str, object]]
) -> None:
    store = DuckDBStore.open(MEMORY, time_zone="UTC")
    pipeline = make(store)
    first = pipeline.ingest("interaction", table(*records), source="file", now=NOW)
    assert first.rows == len(records)
    before = [store.query(f"SELECT * FROM {name} ORDER BY ALL").to_pylist() for name in ("interaction", "rejected")]
    again = pipeline.ingest("interaction", table(*records), source="file", now=NOW)
    assert again.rows == len(records)
    assert again.accepted == 0
    assert before == [store.query(f"SELECT * FROM {n} ORDER BY ALL").to_pylist() for n in ("interaction", "rejected")]
    pipeline.close()
    store.close()


@few
@given(st.permutations(range(8)), st.integers(1, 8))
def test_any_order_and_any_batches_lead_to_the_same_facts(
    make: Make, table: Table, order: list[int], size: int
) -> None:
    records = [{**CALL, "id": n, "model": "own-1", "input_tokens": 10 * n + 1} for n in range(8)]
    stored = []
    for sequence, length in ((range(8), 8), (order, size)):
        store = DuckDBStore.open(MEMORY, time_zone="UTC")
        pipeline = make(store)
        sent = [records[n] for n in sequence]
        for start in range(0, 8, length):
            pipeline.ingest("interaction", table(*sent[start : start + length]), source="file", now=NOW)
        stored.append(
            store.query("SELECT id, source, time, model, cost, price_id FROM interaction ORDER BY id").to_pylist()
        )
        pipeline.close()
        store.close()
    assert stored[0] == stored[1]
