"""What was rejected: listed, counted, mended and tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from breakeven.errors import NotFound, UnknownName
from breakeven.facts import Reason
from breakeven.ingest.events import Parser
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.rejected import Filter, Rejected
from breakeven.ingest.staging import Staging
from breakeven.store.duckdb import MEMORY, DuckDBStore

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CALL = {"id": "1", "source": "s", "time": "2026-10-01T10:00:00Z"}
COST = {"id": "1", "source": "s", "start": "2026-10-01T00:00:00Z", "amount": "5"}
Make = Callable[..., Pipeline]
Table = Callable[..., pa.Table]


@pytest.fixture
def store(make: Make, table: Table) -> Iterator[DuckDBStore]:
    store = DuckDBStore.open(MEMORY, time_zone="UTC")
    pipeline = make(store, unknown="reject")
    calls = [{**CALL, "id": n, "project": "new", "input_tokens": "7"} for n in range(3)]
    pipeline.ingest("interaction", table(*calls, {**CALL, "id": "x", "csat": "9"}), source="calls.csv", now=NOW)
    pipeline.ingest("cost", table({**COST, "project": "new"}), source="bill.csv", now=NOW)
    pipeline.close()
    yield store
    store.close()


def test_listed_by_reason_kind_and_source(store: DuckDBStore) -> None:
    rejected = Rejected(store)
    assert rejected.counts() == [("unknown_project", "interaction", "s", 3), ("bad_value", "interaction", "s", 1),
                                 ("unknown_project", "cost", "s", 1)]  # fmt: skip
    which = Filter(reason=Reason.UNKNOWN_PROJECT, kind="interaction")
    assert rejected.count(which) == 3
    first, second = rejected.page(which, limit=2)
    assert [(r.row, r.field, r.value) for r in (first, second)] == [(1, "project", "new"), (2, "project", "new")]
    assert [r.row for r in rejected.page(which, offset=2)] == [3]
    assert rejected.count(Filter(ids=(first.id,))) == 1
    assert rejected.count(Filter(source="nobody")) == 0


def test_unknown_reason(store: DuckDBStore) -> None:
    with pytest.raises(UnknownName, match="did you mean bad_value"):
        Rejected(store).count(Filter(reason="bad_values"))


def test_replay_after_the_workspace_was_mended(store: DuckDBStore, make: Make) -> None:
    rejected, pipeline = Rejected(store), make(store)
    outcome = rejected.replay(Filter(), pipeline, NOW)
    assert (outcome.accepted, outcome.duplicates, outcome.rejected) == (4, 0, {Reason.BAD_VALUE: 1})
    assert store.query("SELECT sum(input_tokens) AS n FROM interaction")["n"][0].as_py() == 21
    assert rejected.count(Filter()) == 1
    assert rejected.count(Filter(replayed=True)) == 4
    assert rejected.count(Filter(replayed=None)) == 5
    with pytest.raises(NotFound):
        rejected.replay(Filter(reason=Reason.UNKNOWN_PROJECT), pipeline, NOW)
    pipeline.close()


def test_what_is_wrong_still_stays(store: DuckDBStore, make: Make) -> None:
    rejected, pipeline = Rejected(store), make(store, unknown="reject")
    outcome = rejected.replay(Filter(), pipeline, NOW)
    assert outcome.rejected == {Reason.BAD_VALUE: 1, Reason.UNKNOWN_PROJECT: 4}
    assert rejected.count(Filter(replayed=None)) == rejected.count(Filter()) == 5
    pipeline.close()


def test_an_event_is_replayed_out_of_its_envelope(make: Make) -> None:
    store = DuckDBStore.open(MEMORY, time_zone="UTC")
    staging, strict = Staging(), make(store, unknown="reject")
    body = (b'{"specversion":"1.0","id":"e","source":"gw","type":"interaction","time":"2026-10-01T00:00:00Z",'
            b'"data":{"project":"new","output_tokens":3}}')  # fmt: skip
    parsed = Parser(staging).parse(body, {"content-type": "application/cloudevents+json"})
    assert strict.ingest_all(parsed.tables, source="http", now=NOW, refused=parsed.refusals).refused == 1
    pipeline = make(store)
    assert Rejected(store).replay(Filter(source="gw"), pipeline, NOW).accepted == 1
    row = store.query("SELECT id, source, output_tokens, project FROM interaction").to_pylist()[0]
    assert row == {"id": "e", "source": "gw", "output_tokens": 3, "project": "new"}
    for part in (pipeline, strict, staging, store):
        part.close()
