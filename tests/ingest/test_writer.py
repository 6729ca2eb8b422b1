"""Group commit: every request gets its own answer, after the commit, and nothing is half taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from breakeven.errors import Busy, StoreFull
from breakeven.facts import Reason
from breakeven.ingest.events import Parsed, Parser
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.staging import Staging
from breakeven.ingest.writer import Writer
from breakeven.store.base import Commit, Receipt
from breakeven.store.duckdb import MEMORY, DuckDBStore

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CALL = {"id": "1", "source": "s", "time": "2026-10-01T10:00:00Z"}
COST = {"id": "1", "source": "s", "start": "2026-10-01T00:00:00Z", "amount": "5"}


class Gate:
    """A store that can be held up and broken."""

    def __init__(self, store: DuckDBStore) -> None:
        self.store, self.open, self.entered, self.broken = store, threading.Event(), threading.Event(), False
        self.open.set()
        self.commits = 0

    def append(self, commit: Commit) -> Receipt:
        self.entered.set()
        assert self.open.wait(10)
        if self.broken:
            raise StoreFull("no room left on the device")
        self.commits += 1
        return self.store.append(commit)


@pytest.fixture
def gate() -> Iterator[Gate]:
    store = DuckDBStore.open(MEMORY, time_zone="UTC")
    yield Gate(store)
    store.close()


@pytest.fixture
def pipeline(make: Callable[..., Pipeline], gate: Gate) -> Iterator[Pipeline]:
    pipeline = make(gate)
    yield pipeline
    pipeline.close()


def parsed(*records: dict[str, Any]) -> Parsed:
    staging = Staging()
    body = b"\n".join(json.dumps(record).encode() for record in records)
    found = Parser(staging).parse(body, {"content-type": "application/x-ndjson"})
    staging.close()
    return found


def call(number: object, **more: object) -> dict[str, Any]:
    return {"type": "interaction", **CALL, "id": str(number), **more}


def test_requests_that_wait_share_a_commit_and_get_their_own_answers(gate: Gate, pipeline: Pipeline) -> None:
    told = []
    writer = Writer(pipeline, on_commit=told.append)
    gate.open.clear()
    first = writer.submit(parsed(call(0)), source="a", now=NOW)
    assert gate.entered.wait(10)
    answers = [
        writer.submit(parsed(call(1), {"type": "cost", **COST}, call(2, csat=9)), source="b", now=NOW),
        writer.submit(parsed(call(1), {"type": "what"}, call(3)), source="c", now=NOW),
        writer.submit(parsed(call(1, model="other"), call(4)), source="d", now=NOW),
    ]
    assert not any(answer.done() for answer in (first, *answers))
    gate.open.set()
    outcomes = [answer.result(10) for answer in (first, *answers)]
    assert [(o.accepted, o.duplicates, dict(o.rejected)) for o in outcomes] == [
        (1, 0, {}), (2, 0, {Reason.BAD_VALUE: 1}), (1, 1, {Reason.UNKNOWN_KIND: 1}),
        (1, 0, {Reason.CONFLICT: 1})]  # fmt: skip
    assert [[refusal.row for refusal in o.refusals] for o in outcomes] == [[], [3], [2], [1]]
    writer.close()
    assert [outcome.rows for outcome in told] == [1, 8]
    kept = gate.store.query("SELECT source, row, reason FROM rejected ORDER BY reason").to_pylist()
    assert [(row["source"], row["row"], row["reason"]) for row in kept] == [
        ("s", 3, "bad_value"), ("s", 1, "conflict"), ("c", 2, "unknown_kind")]  # fmt: skip


def test_a_full_queue_takes_nothing(gate: Gate, pipeline: Pipeline) -> None:
    writer = Writer(pipeline, waiting=1)
    gate.open.clear()
    held = writer.submit(parsed(call(0)), source="a", now=NOW)
    assert gate.entered.wait(10)
    waits = writer.submit(parsed(call(1)), source="a", now=NOW)
    with pytest.raises(Busy, match="1 requests are waiting") as caught:
        writer.submit(parsed(call(2)), source="a", now=NOW)
    assert (caught.value.status, caught.value.retry_after) == (503, 1)
    gate.open.set()
    assert (held.result(10).accepted, waits.result(10).accepted) == (1, 1)
    writer.close()
    assert gate.store.query("SELECT id FROM interaction ORDER BY id")["id"].to_pylist() == ["0", "1"]


def test_a_failed_commit_fails_only_its_requests(gate: Gate, pipeline: Pipeline) -> None:
    writer = Writer(pipeline)
    gate.broken = True
    with pytest.raises(StoreFull):
        writer.submit(parsed(call(0)), source="a", now=NOW).result(10)
    gate.broken = False
    assert writer.submit(parsed(call(0)), source="a", now=NOW).result(10).accepted == 1
    writer.close()


def test_close_writes_what_waits_and_refuses_what_comes_later(gate: Gate, pipeline: Pipeline) -> None:
    writer = Writer(pipeline)
    answers = [writer.submit(parsed(call(number)), source="a", now=NOW) for number in range(5)]
    writer.close()
    writer.close()
    assert all(answer.result(0).accepted == 1 for answer in answers)
    with pytest.raises(Busy, match="shutting down"):
        writer.submit(parsed(call(9)), source="a", now=NOW)
