"""The follower: takes what the journal holds into the store, many groups in one commit, in a thread of its own.

The place in the journal is committed with the rows, so that each is stored once whatever happens in between. Requests
that were set apart, because only the store can tell what becomes of them, are answered here, after all that was
acknowledged before them. While the store cannot write, what is acknowledged waits in the journal and is tried again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pyarrow as pa
import structlog

from breakeven.errors import BreakevenError, StoreError
from breakeven.ingest.admission import Request
from breakeven.ingest.backlog import CHUNK, Backlog, Chunk
from breakeven.ingest.journal import REJECTED, Entry, Journal
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.store.identity import keys_of
from breakeven.store.keys import Keys

EVERY = 0.15
LONGEST = 0.5
"""Seconds for which acknowledged records are gathered before they are stored: three times as long as the commit before
took, within these bounds. A commit costs the more for each record, the fewer they are."""
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between two tries to store; the last one again and again."""

Told = Callable[[Outcome], None]
Decide = Callable[[Sequence[Request]], None]
"""Stores requests directly and answers them."""


class Follower:
    """Stores the backlog of a journal until it is closed."""

    def __init__(
        self, pipeline: Pipeline, journal: Journal, backlog: Backlog, *, clock: Callable[[], datetime], decide: Decide,
        on_commit: Told | None = None,
    ) -> None:  # fmt: skip
        """What the journal holds beyond the store is taken into the backlog first. Raises StoreDamaged, StoreError."""
        self._pipeline, self._journal, self._backlog = pipeline, journal, backlog
        self._clock, self._decide, self._on_commit = clock, decide, on_commit
        self._apart: list[tuple[int, Request]] = []
        self._numbers, self._gathering = 0, EVERY
        self._hurry = self._closing = False
        self.problem: str | None = None
        """Why the store does not take the backlog at the moment."""
        for place in journal.left():
            entry = journal.read(place)
            backlog.add(place, entry, keys_of_tables(entry.tables))
        self._thread = threading.Thread(target=self._run, name="breakeven-follower", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def set_apart(self, request: Request, keys: Mapping[str, Keys]) -> None:
        """Let the store decide about a request, after all that is in the backlog by now."""
        with self._backlog.changed:
            self._numbers += 1
            self._backlog.set_apart(self._numbers, keys)
            self._apart.append((self._numbers, request))
            self._backlog.changed.notify()

    def hurry(self) -> None:
        """Store what waits without gathering more: somebody waits for it."""
        with self._backlog.changed:
            self._hurry = True
            self._backlog.changed.notify()

    def close(self, timeout: float | None = None) -> None:
        """Store what waits and stop; what the store does not take now stays in the journal for the next start."""
        with self._backlog.changed:
            self._closing = True
            self._backlog.changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        while self._gather():
            with self._backlog.changed:
                apart, self._apart = self._apart, []
                self._hurry = False
            began = time.monotonic()
            stored = self._store_all(everything=bool(apart) or self._closing)
            self._gathering = min(max(3 * (time.monotonic() - began), EVERY), LONGEST)
            if apart:
                self._answer(apart, stored=stored)
            if not stored and self._closing:
                return

    def _gather(self) -> bool:
        """Wait until there is something to store, and a little longer; false when all is done and it is to stop."""
        backlog, changed = self._backlog, self._backlog.changed

        def pressing() -> bool:
            return self._closing or self._hurry or bool(self._apart) or backlog.rows >= CHUNK

        with changed:
            changed.wait_for(lambda: self._closing or self._apart or backlog.rows)
            changed.wait_for(pressing, self._gathering)
            return bool(backlog.rows or self._apart or not self._closing)

    def _store_all(self, *, everything: bool) -> bool:
        """Store the oldest chunk, or everything that waits; false where the store would not take it in the end."""
        tries = 0
        while (chunk := self._backlog.take()) is not None:
            error = self._store(chunk)
            if error is None:
                self.problem, tries = None, 0
                if not everything:
                    return True
                continue
            self.problem = str(error)
            structlog.get_logger().error("store_does_not_follow", reason=str(error), tries=tries + 1)
            if everything or self._apart:  # somebody waits for an answer
                return False
            with self._backlog.changed:
                self._backlog.changed.wait_for(
                    lambda: self._closing or self._apart, PAUSES[min(tries, len(PAUSES) - 1)]
                )
                if self._closing or self._apart:
                    return True
            tries += 1
        return True

    def _store(self, chunk: Chunk) -> Exception | None:
        """Store one chunk; gives what prevented it."""
        outcome = Outcome(version=self._pipeline.store.versions().data)
        try:
            # A commit that failed at its very end may be there after all.
            if self._pipeline.store.journal() < chunk.last:
                entries = [waiting.entry or self._journal.read(waiting.place) for waiting in chunk.entries]
                now = max(self._clock(), *(entry.at for entry in entries))
                tables, rejected = _joined(entries)
                outcome = self._pipeline.follow(tables, rejected, now=now, journal=chunk.last)
        except Exception as error:  # noqa: BLE001 - the thread must go on: what is acknowledged is tried again
            if not isinstance(error, BreakevenError):
                structlog.get_logger().error("follower_failed", exc_info=error)
            return error
        self._backlog.done(chunk)
        self._journal.forget(chunk.last)
        if outcome.refused or outcome.duplicates:
            structlog.get_logger().warning(
                "acknowledged_records_differ", duplicates=outcome.duplicates,
                rejected={str(reason): count for reason, count in outcome.rejected.items()},
            )  # fmt: skip
        if self._on_commit is not None:
            self._on_commit(outcome)
        for waiting in chunk.entries:
            if waiting.tell is not None:
                waiting.tell(outcome.version)
        return None

    def _answer(self, apart: Sequence[tuple[int, Request]], *, stored: bool) -> None:
        requests = [request for _, request in apart]
        if stored:
            self._decide(requests)
        else:
            for request in requests:
                request.answer.set_exception(StoreError(self.problem or "the store cannot take records now"))
        self._backlog.settle([number for number, _ in apart])


def keys_of_tables(tables: Mapping[str, pa.Table]) -> dict[str, Keys]:
    """The keys of the facts in an entry, by kind."""
    return {kind: keys_of(table["source"].to_pylist(), table["id"].to_pylist())
            for kind, table in tables.items() if kind != REJECTED}  # fmt: skip


def _joined(entries: Sequence[Entry]) -> tuple[dict[str, pa.Table], pa.Table | None]:
    parts: dict[str, list[pa.Table]] = {}
    for entry in entries:
        for kind, table in entry.tables.items():
            parts.setdefault(kind, []).append(table)
    joined = {kind: pa.concat_tables(found, promote_options="permissive") for kind, found in parts.items()}
    return joined, joined.pop(REJECTED, None)
