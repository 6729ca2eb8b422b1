"""One thread that commits what waits: many requests share one run of the steps and one durable commit.

Requests put their parsed records on a bounded queue and wait for their answer, which comes after the commit. A full
queue answers Busy at once: nothing of that request is taken, memory stays bounded, and the sender tries again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime

import msgspec
import numpy as np
import pyarrow as pa

from breakeven.errors import BreakevenError, Busy
from breakeven.ingest.events import Parsed
from breakeven.ingest.outcome import Outcome, Refusal, counted
from breakeven.ingest.pipeline import Pipeline

MOST_ROWS = 50_000
"""Rows that one commit takes from the queue: it stays short, so that an answer comes soon."""
WAITING = 256
"""Requests that may wait."""


class Request(msgspec.Struct, frozen=True):
    """The records of one request and where its answer goes."""

    parsed: Parsed
    source: str
    now: datetime
    answer: Future[Outcome]


class Writer:
    """Commits requests in groups, in the order in which they came."""

    def __init__(
        self, pipeline: Pipeline, *, on_commit: Callable[[Outcome], None] | None = None, waiting: int = WAITING
    ) -> None:
        """`on_commit` is told of every commit, in the writer's thread; what it raises is left to it."""
        self._pipeline, self._on_commit = pipeline, on_commit
        self._queue: queue.Queue[Request | None] = queue.Queue(waiting)
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="breakeven-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests on the queue."""
        return self._queue.qsize()

    @property
    def alive(self) -> bool:
        """Whether the thread that commits is running."""
        return self._thread.is_alive()

    def submit(self, parsed: Parsed, *, source: str, now: datetime) -> Future[Outcome]:
        """Hand in the records of a request; the future is done when they are durable. Raises Busy."""
        request = Request(parsed, source, now, Future())
        with self._closing:
            if self._closed:
                raise Busy("breakeven is shutting down; send the records again")
            try:
                self._queue.put_nowait(request)
            except queue.Full:
                waiting = self._queue.maxsize
                raise Busy(f"{waiting} requests are waiting to be written; send the records again") from None
        return request.answer

    def close(self, timeout: float | None = None) -> None:
        """Write what waits, answer it and stop; requests that come later are refused."""
        with self._closing:
            already, self._closed = self._closed, True
        if not already:
            self._queue.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            request = self._queue.get()
            if request is None:
                return
            group, last = self._gather(request)
            self._commit(group)
            if last:
                return

    def _gather(self, first: Request) -> tuple[list[Request], bool]:
        """The requests that wait already, up to a number of rows, and whether the queue has ended."""
        group, rows = [first], first.parsed.rows
        while rows < MOST_ROWS:
            try:
                request = self._queue.get_nowait()
            except queue.Empty:
                break
            if request is None:
                return group, True
            group.append(request)
            rows += request.parsed.rows
        return group, False

    def _commit(self, group: Sequence[Request]) -> None:
        waiting = [request for request in group if request.answer.set_running_or_notify_cancel()]
        if not waiting:
            return
        try:
            tables, refusals, starts = merged(waiting)
            now = max(request.now for request in waiting)
            outcome = self._pipeline.ingest_all(tables, source=waiting[0].source, now=now, refused=refusals)
        except BreakevenError as error:
            self._fail(waiting, error)
            return
        except Exception as error:  # noqa: BLE001 - the thread must go on, and the senders must hear of it
            self._fail(waiting, error)
            return
        for request, answer in zip(waiting, _parted(outcome, waiting, starts), strict=True):
            request.answer.set_result(answer)
        if self._on_commit is not None:
            self._on_commit(outcome)

    @staticmethod
    def _fail(waiting: Sequence[Request], error: Exception) -> None:
        for request in waiting:
            request.answer.set_exception(error)


def merged(requests: Sequence[Request]) -> tuple[dict[str, pa.Table], list[Refusal], list[int]]:
    """Tables by kind with `ordinal`, refusals with theirs, and the first ordinal of each request.

    The ordinals of a request are its own rows (1-based) after its start, whatever their kind.
    """
    starts, start = [], 0
    parts: dict[str, list[pa.Table]] = {}
    refusals: list[Refusal] = []
    for request in requests:
        starts.append(start)
        for kind, table in request.parsed.tables.items():
            table = _with_source(table, request.source)
            ordinals = table["row"].to_numpy() + start
            parts.setdefault(kind, []).append(table.append_column("ordinal", pa.array(ordinals.astype(np.int64))))
        for refusal in request.parsed.refusals:
            named = refusal.source or request.source
            refusals.append(msgspec.structs.replace(refusal, ordinal=start + refusal.row, source=named))
        start += request.parsed.rows + 1
    tables = {kind: pa.concat_tables(tables, promote_options="permissive") for kind, tables in parts.items()}
    return tables, refusals, starts


def _with_source(table: pa.Table, source: str) -> pa.Table:
    filled = table["source"].fill_null(source) if "source" in table.column_names else pa.repeat(source, len(table))
    at = table.column_names.index("source") if "source" in table.column_names else None
    return table.set_column(at, "source", filled) if at is not None else table.append_column("source", filled)


def _parted(outcome: Outcome, requests: Sequence[Request], starts: Sequence[int]) -> list[Outcome]:
    """The outcome of each request, out of that of their common commit."""
    bounds = np.array(starts[1:], dtype=np.int64)
    refusals: list[list[Refusal]] = [[] for _ in requests]
    for refusal in outcome.refusals:
        refusals[int(np.searchsorted(bounds, refusal.ordinal, side="right"))].append(refusal)
    repeated = [ordinal for ordinals in outcome.duplicate_ordinals.values() for ordinal in ordinals]
    places = np.searchsorted(bounds, np.array(repeated, dtype=np.int64), side="right")
    duplicates = np.bincount(places, minlength=len(requests)) if repeated else np.zeros(len(requests), np.int64)
    parts = []
    for request, refused, double in zip(requests, refusals, duplicates.tolist(), strict=True):
        mine = tuple(sorted(refused, key=lambda refusal: refusal.row))
        parts.append(Outcome(
            accepted=request.parsed.rows - double - len(mine), duplicates=double, rejected=counted(mine),
            refusals=mine, version=outcome.version,
        ))  # fmt: skip
    return parts
