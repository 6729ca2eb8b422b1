"""Work for one thread, in which what somebody waits for is done before what nobody waits for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from queue import PriorityQueue
from threading import Lock, Thread
from typing import Any, TypeVar

NOW, LATER, LAST = 0, 1, -1
"""Order; the last entry of all stands before everything that is still to be done."""
Made = TypeVar("Made")


class Queue:
    """Does one thing after the other, in a thread that begins with the first one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: PriorityQueue[tuple[int, int, Future[Any] | None]] = PriorityQueue()
        self._work: dict[Future[Any], Callable[[], Any]] = {}
        self._numbers = itertools.count()
        self._thread: Thread | None = None
        self._lock = Lock()

    def submit(self, work: Callable[[], Made], *, later: bool = False) -> Future[Made]:
        """Have something done; `later`: after everything that somebody waits for."""
        made: Future[Made] = Future()
        with self._lock:
            self._work[made] = work
            if self._thread is None:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self._put(LATER if later else NOW, made)
        return made

    def hurry(self, made: Future[Any]) -> None:
        """Somebody waits for this now."""
        with self._lock:
            waits = made in self._work
        if waits:
            self._put(NOW, made)

    def close(self) -> None:
        """Stop after what is being done; the rest is cancelled."""
        with self._lock:
            thread, self._thread = self._thread, None
            left, self._work = self._work, {}
        for made in left:
            made.cancel()
        if thread is not None:
            self._put(LAST, None)
            thread.join()

    def _put(self, order: int, made: Future[Any] | None) -> None:
        self._waiting.put((order, next(self._numbers), made))

    def _run(self) -> None:
        while (made := self._waiting.get()[2]) is not None:
            with self._lock:
                work = self._work.pop(made, None)
            if work is None or not made.set_running_or_notify_cancel():
                continue  # done already, when somebody began to wait for it
            try:
                made.set_result(work())
            except BaseException as error:  # noqa: BLE001 - whoever waits is told
                made.set_exception(error)
