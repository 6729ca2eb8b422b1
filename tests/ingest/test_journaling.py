"""Acknowledged from the journal: every record is stored once, whatever fails, comes again or comes in between."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breakeven.errors import Busy, StoreError, StoreFull
from breakeven.facts import Reason
from breakeven.ingest.events import Parsed, Parser
from breakeven.ingest.journaling import Journaling
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.staging import Staging
from breakeven.ingest.writer import Writer
from breakeven.store.base import Commit, Receipt
from breakeven.store.duckdb import DuckDBStore

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LINES = {"content-type": "application/x-ndjson"}


class Held(DuckDBStore):
    """A store that can be held up and broken, also in the moment after its commit."""

    gate: threading.Event
    broken: Exception | None = None
    broken_after: Exception | None = None
    commits = 0

    def append(self, commit: Commit) -> Receipt:
        assert self.gate.wait(20)
        if self.broken is not None:
            raise self.broken
        self.commits += 1
        receipt = super().append(commit)
        if self.broken_after is not None:
            error, self.broken_after = self.broken_after, None
            raise error
        return receipt


class Served:
    """A writer with a journal in a folder; `stop` ends it with or without storing what waits."""

    def __init__(self, folder: Path, make: Callable[..., Pipeline], most: int = 1 << 30) -> None:
        self.store = Held.open(folder / "store.duckdb")
        self.store.gate = threading.Event()
        self.store.gate.set()
        self.pipeline = make(self.store)
        self.journaling = Journaling(self.pipeline, folder, clock=lambda: NOW, most=most)
        self.staging = Staging()
        self.parser = Parser(self.staging)
        self.writer = Writer(self.pipeline, journaling=self.journaling)

    def parsed(self, *records: dict[str, Any]) -> Parsed:
        body = b"\n".join(json.dumps(record).encode() for record in records)
        return self.parser.take(body, LINES)

    def send(self, *records: dict[str, Any], visible: bool = False) -> Outcome:
        return self.writer.submit(self.parsed(*records), source="t", now=NOW, visible=visible).result(20)

    def ids(self) -> list[str]:
        found: list[str] = self.store.query("SELECT id FROM interaction_version ORDER BY id")["id"].to_pylist()
        return found

    def stop(self, *, stored: bool = True) -> None:
        if not stored:
            self.store.broken = StoreError("out of order")
            self.store.gate.set()
        self.writer.close()
        self.pipeline.close()
        self.store.close()
        self.staging.close()


@pytest.fixture
def serve(tmp_path: Path, make: Callable[..., Pipeline]) -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def start(most: int = 1 << 30) -> Served:
        running.append(Served(tmp_path, make, most))
        return running[-1]

    yield start
    for served in running:
        served.store.gate.set()
        served.stop()


def call(number: object, **more: object) -> dict[str, Any]:
    return {"type": "interaction", "id": str(number), "source": "s", "time": "2026-10-01T10:00:00Z", **more}


def counts(outcome: Outcome) -> tuple[int, int, dict[Reason, int]]:
    return outcome.accepted, outcome.duplicates, dict(outcome.rejected)


def test_the_answer_comes_before_the_store_has_it(serve: Callable[..., Served]) -> None:
    served = serve()
    served.store.gate.clear()
    assert counts(served.send(call(1), call(2))) == (2, 0, {})
    assert (served.ids(), served.writer.lag.rows, served.writer.lag.since) == ([], 2, NOW)
    served.store.gate.set()
    seen = served.send(call(3), visible=True)
    assert (served.ids(), seen.version) == (["1", "2", "3"], served.store.versions().data)
    assert (served.writer.lag.rows, served.writer.lag.since) == (0, None)


def test_what_the_store_did_not_get_is_stored_by_the_next_start(serve: Callable[..., Served]) -> None:
    served = serve()
    served.send(call(0), visible=True)
    served.store.gate.clear()
    served.send(call(1), call(2, input_tokens=5, model="own-1"))
    served.send(call(3, csat="9"), {"type": "cost", "id": "c", "source": "s", "start": "2026-10-01", "amount": "5"})
    served.stop(stored=False)
    for _ in range(2):
        again = serve()
        assert counts(again.send(call(2, input_tokens=5, model="own-1"))) == (0, 1, {})
        assert again.ids() == ["0", "1", "2"]
        assert again.store.query("SELECT count(*) AS n FROM cost_version")["n"].to_pylist() == [1]
        assert again.store.query("SELECT reason FROM rejected")["reason"].to_pylist() == ["bad_value"]
        assert again.store.verify() == []
        again.stop()


def test_a_commit_that_failed_at_its_very_end_is_not_made_twice(serve: Callable[..., Served]) -> None:
    served = serve()
    served.store.broken_after = StoreError("the answer was lost")
    served.send(call(1))
    served.send(call(2), visible=True)
    assert served.ids() == ["1", "2"]


def test_who_sends_the_same_again_hears_so_and_another_content_is_a_conflict(serve: Callable[..., Served]) -> None:
    served = serve()
    served.store.gate.clear()
    served.send(call(1), call(2))
    assert counts(served.send(call(1), call(2))) == (0, 2, {})  # known by its bytes, while the store is held up
    waits = [
        served.writer.submit(served.parsed(*records), source="t", now=NOW)
        for records in (
            [call(2), call(3)],
            [call(1, model="x"), call(4)],
            [call(3, model="y")],
            [call(5), call(5), call(5, model="z")],
        )
    ]
    served.store.gate.set()
    assert [counts(answer.result(20)) for answer in waits] == [
        (1, 1, {}), (1, 0, {Reason.CONFLICT: 1}), (0, 0, {Reason.CONFLICT: 1}),
        (1, 1, {Reason.CONFLICT: 1}),
    ]  # fmt: skip
    assert served.ids() == ["1", "2", "3", "4", "5"]
    assert served.store.verify() == []


def test_a_later_version_of_a_cost_supersedes_and_may_come_back(serve: Callable[..., Served]) -> None:
    served = serve()

    def cost(amount: str) -> dict[str, Any]:
        return {"type": "cost", "id": "c", "source": "s", "start": "2026-10-01T00:00:00Z", "amount": amount}

    told = [counts(served.send(cost(amount)))[:2] for amount in ("1", "2", "2", "1")]
    assert told == [(1, 0), (1, 0), (0, 1), (1, 0)]
    assert served.store.query("SELECT amount, revision FROM cost").to_pylist() == [{"amount": 1, "revision": 3}]


def test_the_journal_goes_on_within_its_bound_while_the_store_fails(serve: Callable[..., Served]) -> None:
    served = serve(most=4_000)
    served.store.broken = StoreFull("no room left for the store")
    taken = 0
    while served.writer.lag.bytes < 4_000:
        taken += served.send(call(taken)).accepted
    with pytest.raises(Busy, match="wait for the store"):
        served.send(call(taken))
    assert 1 < taken < 50
    served.store.broken = None
    served.writer.close()
    assert len(served.ids()) == taken
    assert served.writer.lag.problem is None


def test_a_request_that_needs_the_store_hears_why_it_fails(serve: Callable[..., Served]) -> None:
    served = serve()
    served.send(call(1), visible=True)
    served.store.broken = StoreFull("no room left for the store")
    served.send(call(2))
    with pytest.raises(StoreError, match="no room left"):
        served.send(call(1, model="other"))
    assert served.writer.lag.problem == "no room left for the store"
    served.store.broken = None
    assert counts(served.send(call(1, model="other"))) == (0, 0, {Reason.CONFLICT: 1})
    assert served.ids() == ["1", "2"]


def test_a_journal_that_cannot_write_refuses_and_goes_on(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve()
    served.send(call(1))

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fdatasync", fail)
        with pytest.raises(StoreFull, match="no room left"):
            served.send(call(2))
    assert counts(served.send(call(2))) == (1, 0, {})
    served.send(call(3), visible=True)
    assert served.ids() == ["1", "2", "3"]


def test_one_that_cannot_be_judged_costs_no_other_its_answer(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve()
    judged = served.pipeline.judged

    def fail(tables: Any, source: str, now: datetime) -> Any:
        if any("poison" in table["id"].to_pylist() for table in tables.values()):
            raise RuntimeError("poison")
        return judged(tables, source, now)

    monkeypatch.setattr(served.pipeline, "judged", fail)
    odd = {"csat": "4"}
    sent = [served.parsed(call(id_, **odd)) for id_ in ("a", "poison", "b")]
    answers = [served.writer.submit(parsed, source="t", now=NOW) for parsed in sent]
    with pytest.raises(RuntimeError):
        answers[1].result(20)
    assert [answers[0].result(20).accepted, answers[2].result(20).accepted] == [1, 1]


def test_close_stores_what_waits(serve: Callable[..., Served]) -> None:
    served = serve()
    answers = [served.writer.submit(served.parsed(call(number)), source="t", now=NOW) for number in range(20)]
    served.writer.close()
    assert all(answer.result(0).accepted == 1 for answer in answers)
    assert len(served.ids()) == 20
    with pytest.raises(Busy):
        served.send(call(99))


_sent = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["a", "a", "a", "b", 7])), min_size=1, max_size=4),
        st.sampled_from(["go on", "go on", "wait", "stop", "crash"]),
    ),
    max_size=8,
)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(_sent)
def test_whatever_comes_in_whatever_order_the_first_of_an_id_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, make: Callable[..., Pipeline],
    requests: list[tuple[list[tuple[int, Any]], str]],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("journal")
    first: dict[str, str] = {}
    served = Served(folder, make)
    for records, then in requests:
        outcome = served.send(*(call(number, model=model) for number, model in records), visible=then == "wait")
        wanted = [0, 0, 0]
        for number, model in records:
            known = first.setdefault(str(number), "")
            wanted[0 if not known else 1 if known == str(model) else 2] += 1
            first[str(number)] = known or str(model)
        assert [outcome.accepted, outcome.duplicates, outcome.rejected.get(Reason.CONFLICT, 0)] == wanted
        if then in ("stop", "crash"):
            served.stop(stored=then == "stop")
            served = Served(folder, make)
    served.writer.close()
    found = served.store.query("SELECT id, model FROM interaction_version").to_pylist()
    assert len(found) == len(first)
    assert {row["id"]: row["model"] for row in found} == first
    assert served.store.verify() == []
    served.stop()
