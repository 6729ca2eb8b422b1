"""Taking requests in by way of the journal: judged together, written with one sync, answered, stored a little later."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from breakeven.errors import Busy
from breakeven.ingest.admission import Admission, Admitted, Request
from breakeven.ingest.backlog import Backlog
from breakeven.ingest.following import Decide, Follower, Told
from breakeven.ingest.journal import Entry, Journal
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.store.keys import Flags, Keys

REMEMBERED = 65_536
"""Requests of which it is remembered that they were taken, to know them when they come again."""
FOLDER = "journal"
"""Folder of all journals in the data folder; each store has its own in it."""


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """How far the store is behind the journal."""

    rows: int = 0
    """Acknowledged records that are not yet visible."""
    bytes: int = 0
    since: datetime | None = None
    """When the first of them was taken in."""
    problem: str | None = None
    """Why the store does not take them, if it does not."""


class Journaling:
    """A journal beside a store, what waits in it, and the thread that stores it."""

    def __init__(self, pipeline: Pipeline, folder: Path, *, clock: Callable[[], datetime], most: int) -> None:
        """`folder` is the data folder; `most` bytes may wait for the store. Raises StoreDamaged, StoreError."""
        store = pipeline.store
        self._pipeline, self._clock, self._most = pipeline, clock, most
        self._backlog = Backlog()
        self._journal = Journal(folder / FOLDER / store.identity, store.journal())
        self._before = self._journal.sequence
        self._admission = Admission(pipeline, self._known)
        self._taken: OrderedDict[tuple[int, str], int] = OrderedDict()
        self._follower: Follower | None = None

    def begin(self, decide: Decide, on_commit: Told | None) -> None:
        """Start to store what the journal holds; `decide` takes requests into the store directly."""
        self._follower = Follower(
            self._pipeline, self._journal, self._backlog, clock=self._clock, decide=decide, on_commit=on_commit
        )

    @property
    def alive(self) -> bool:
        """Whether the thread that stores is running."""
        return self._follower is not None and self._follower.alive

    @property
    def lag(self) -> Lag:
        """How far the store is behind."""
        return Lag(rows=self._backlog.rows, bytes=self._backlog.bytes, since=self._backlog.oldest,
                   problem=None if self._follower is None else self._follower.problem)  # fmt: skip

    @property
    def recovered(self) -> bool:
        """Whether the store has all that the journal held when it was opened."""
        return self._pipeline.store.journal() >= self._before

    def check_room(self) -> None:
        """Raises Busy while too much waits for the store."""
        if self._backlog.bytes >= self._most:
            raise Busy(f"{self._backlog.rows} acknowledged records wait for the store, which is all that the journal"
                       " may hold; send the records again")  # fmt: skip

    def take(self, group: Sequence[Request]) -> None:
        """Judge requests, write them, answer them; what goes wrong is their answer."""
        again, fresh = self._repeated(group)
        try:
            self._take(fresh)
        except Exception as error:  # noqa: BLE001 - the thread must go on, and the senders must hear of it
            self._failed(fresh, error)
        if again:
            self._take_again(again)

    def close(self) -> None:
        """Store what waits, as far as the store takes it."""
        if self._follower is not None:
            self._follower.close()
        self._journal.close()

    def _known(self, kind: str, keys: Keys) -> Flags:
        # The backlog is asked first: what leaves it is in the store by then.
        waiting = self._backlog.holds(kind, keys)
        return waiting | self._pipeline.store.may_hold(kind, keys)

    def _failed(self, group: Sequence[Request], error: Exception) -> None:
        """One request that cannot be judged costs no other one its answer."""
        waiting = [request for request in group if not request.answer.done()]
        if len(waiting) == 1 or getattr(error, "status", 0) in (503, 507):
            for request in waiting:
                request.answer.set_exception(error)
            return
        for request in waiting:
            try:
                self._take([request])
            except Exception as single:  # noqa: BLE001 - as above
                request.answer.set_exception(single)

    def _take(self, group: Sequence[Request]) -> None:
        if not group or self._follower is None:
            return
        admitted = self._admission.admit(group)
        if admitted.tables:
            self._write(admitted)
        else:
            self._answer(admitted, self._pipeline.store.versions().data)
        for request, keys in admitted.apart:
            self._follower.set_apart(request, keys)

    def _write(self, admitted: Admitted) -> None:
        now = max(request.now for request, _ in admitted.answers)
        place = self._journal.append(admitted.tables, now)
        seeing = [pair for pair in admitted.answers if pair[0].visible]

        def tell(version: int) -> None:
            self._answer(msgspec.structs.replace(admitted, answers=seeing), version)

        entry = Entry(place.sequence, now, admitted.tables)
        self._backlog.add(place, entry, admitted.keys, tell if seeing else None)
        soon = [pair for pair in admitted.answers if not pair[0].visible]
        self._answer(msgspec.structs.replace(admitted, answers=soon), self._pipeline.store.versions().data)
        if seeing and self._follower is not None:
            self._follower.hurry()

    def _answer(self, admitted: Admitted, version: int) -> None:
        for request, outcome in admitted.answers:
            if request.parsed.mark is not None and not outcome.refused:
                self._taken[request.parsed.mark, request.source] = request.parsed.rows
                if len(self._taken) > REMEMBERED:
                    self._taken.popitem(last=False)
            request.answer.set_result(msgspec.structs.replace(outcome, version=version))

    def _repeated(self, group: Sequence[Request]) -> tuple[list[Request], list[Request]]:
        """Requests that were taken before or stand twice in the group, and the others."""
        again: list[Request] = []
        fresh: list[Request] = []
        here = set[tuple[int, str]]()
        for request in group:
            if request.parsed.mark is None:
                fresh.append(request)
                continue
            mark = (request.parsed.mark, request.source)
            (again if mark in self._taken or mark in here else fresh).append(request)
            here.add(mark)
        return again, fresh

    def _take_again(self, requests: Sequence[Request]) -> None:
        for request in requests:
            rows = self._taken.get((request.parsed.mark or 0, request.source))
            if rows == request.parsed.rows and not request.visible:
                version = self._pipeline.store.versions().data
                request.answer.set_result(Outcome(duplicates=rows, version=version))
            else:
                try:
                    self._take([request])
                except Exception as error:  # noqa: BLE001 - as above
                    request.answer.set_exception(error)
