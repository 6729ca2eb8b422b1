"""Scheduled reports that this process is making: how far each is, and how it is broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec

from breakeven.errors import NotFound
from breakeven.reports.progress import Step, is_watched, watched


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is being made, as it stands."""

    run: str
    schedule: str
    started: datetime
    step: Step = Step(words="Waiting")


class UnderWay:
    """Of one courier. Safe to use from many threads."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        """`stopped`: whether everything ends, because the process does."""
        self._stopped, self._lock = stopped, threading.Lock()
        self._made: dict[str, Making] = {}
        self._stops: dict[str, threading.Event] = {}

    @contextmanager
    def shown(self, run: str, schedule: str, now: datetime) -> Iterator[None]:
        """A run while it is made. Where somebody watches already, a terminal or a page, they go on to do so alone."""
        if is_watched():
            yield
            return
        stop = threading.Event()
        with self._lock:
            self._made[run] = Making(run=run, schedule=schedule, started=now)
            self._stops[run] = stop
        try:
            with watched(lambda step: self._told(run, step), lambda: stop.is_set() or self._stopped()):
                yield
        finally:
            with self._lock:
                del self._made[run], self._stops[run]

    def all(self) -> list[Making]:
        """Those that are being made, the first begun first."""
        with self._lock:
            return list(self._made.values())

    def cancel(self, run: str) -> None:
        """Break one off at its next step; nothing of it is kept or sent. Raises NotFound."""
        with self._lock:
            if run not in self._stops:
                raise NotFound(f"{run} is not being made here")
            self._stops[run].set()

    def _told(self, run: str, step: Step) -> None:
        with self._lock:
            self._made[run] = msgspec.structs.replace(self._made[run], step=step)
