"""One thread that takes in what waits: many requests share one run of the steps and one durable write.

Requests put their parsed records on a bounded queue and wait for their answer, which comes when they are durable: after
the commit in the store, or, with a journal, after the entry in it, the store following within a second. A full queue
answers Busy at once: nothing of that request is taken, memory stays bounded, and the sender tries again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime

import numpy as np
import pyarrow as pa

from breakeven.errors import Busy
from breakeven.ingest.admission import Request, alike, merged, tabled
from breakeven.ingest.events import Parsed
from breakeven.ingest.journaling import Journaling, Lag
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.refusing import by_request

MOST_ROWS = 20_000
"""Rows that one group takes from the queue: it stays short, so that an answer comes soon, and small in memory."""
LINGER = 0.0005
"""Seconds for which a group is left open while several requests come at a time."""
WAITING = 512
"""Requests that may wait."""


class Writer:
    """Takes requests in groups, in the order in which they came."""

    def __init__(
        self, pipeline: Pipeline, *, on_commit: Callable[[Outcome], None] | None = None, waiting: int = WAITING,
        journaling: Journaling | None = None,
    ) -> None:  # fmt: skip
        """`on_commit` is told of every commit, in the writer's thread; what it raises is left to it.

        With `journaling` requests are acknowledged from a journal, closed with the writer; else from the store.
        """
        self._pipeline, self._on_commit, self._journaling = pipeline, on_commit, journaling
        self._queue: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._most = waiting
        self._closing = threading.Lock()
        self._closed = False
        if journaling is not None:
            journaling.begin(self.commit, on_commit)
        self._thread = threading.Thread(target=self._run, name="breakeven-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests on the queue."""
        return self._queue.qsize()

    @property
    def alive(self) -> bool:
        """Whether the threads that write are running."""
        return self._thread.is_alive() and (self._journaling is None or self._journaling.alive)

    @property
    def lag(self) -> Lag:
        """How far the store is behind what is acknowledged."""
        return Lag() if self._journaling is None else self._journaling.lag

    @property
    def recovered(self) -> bool:
        """Whether the store has all that was acknowledged before this process began."""
        return self._journaling is None or self._journaling.recovered

    def submit(self, parsed: Parsed, *, source: str, now: datetime, visible: bool = False) -> Future[Outcome]:
        """Hand in the records of a request; the future is done when they are durable, or `visible`. Raises Busy."""
        answer: Future[Outcome] = Future()
        self.hand_in(Request(parsed, source, now, answer, visible))
        return answer

    def hand_in(self, request: Request) -> None:
        """Hand in a request; its answer is told when its records are durable, or visible. Raises Busy."""
        with self._closing:
            if self._closed:
                raise Busy("breakeven is shutting down; send the records again")
            if self._queue.qsize() >= self._most:
                raise Busy(f"{self._most} requests are waiting to be written; send the records again")
            if self._journaling is not None:
                self._journaling.check_room()
            self._queue.put(request)

    def close(self, timeout: float | None = None) -> None:
        """Write what waits, answer it and stop; requests that come later are refused."""
        with self._closing:
            already, self._closed = self._closed, True
        if not already:
            self._queue.put(None)
        self._thread.join(timeout)
        if self._journaling is not None and not already:
            self._journaling.close()

    def _run(self) -> None:
        crowded = False
        while True:
            request = self._queue.get()
            if request is None:
                return
            if crowded:  # others are on their way: what a group costs is shared with them
                time.sleep(LINGER)
            group, last = self._gather(request)
            crowded = len(group) > 1
            waiting = [request for request in group if request.answer.set_running_or_notify_cancel()]
            if waiting and self._journaling is not None:
                self._journaling.take(waiting)
            elif waiting:
                self.commit(waiting)
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

    def commit(self, group: Sequence[Request]) -> None:
        """Take requests into the store and answer them; what goes wrong is their answer."""
        for waiting in alike(tabled(group)):
            try:
                tables, refused, starts = merged(waiting)
                now = max(request.now for request in waiting)
                outcome, told = self._pipeline.ingest_together(tables, refused, source=waiting[0].source, now=now)
            except Exception as error:  # noqa: BLE001 - the thread must go on, and the senders must hear of it
                for request in waiting:
                    request.answer.set_exception(error)
                continue
            for request, answer in zip(waiting, _parted(outcome, told, waiting, starts), strict=True):
                request.answer.set_result(answer)
            if self._on_commit is not None:
                self._on_commit(outcome)


def _parted(outcome: Outcome, told: pa.Table, requests: Sequence[Request], starts: Sequence[int]) -> list[Outcome]:
    """The outcome of each request, out of that of their common commit and the table REFUSED of it."""
    bounds = np.array(starts[1:], dtype=np.int64)
    repeated = [ordinal for ordinals in outcome.duplicate_ordinals.values() for ordinal in ordinals]
    places = np.searchsorted(bounds, np.array(repeated, dtype=np.int64), side="right")
    duplicates = np.bincount(places, minlength=len(requests)) if repeated else np.zeros(len(requests), np.int64)
    return [
        Outcome(
            accepted=request.parsed.rows - double - sum(counts.values()), duplicates=double, rejected=counts,
            refusals=named, version=outcome.version,
        )
        for request, (counts, named), double in zip(
            requests, by_request(told, starts), duplicates.tolist(), strict=True
        )
    ]  # fmt: skip
