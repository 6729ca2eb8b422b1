"""The store's upkeep while it is served: partial roll-ups are merged, the log is folded into the file.

Where that fails, figures stay right and records are taken in: the server stays ready. But the file grows and questions
take longer, so it is said at /health/ready and in /metrics until it succeeds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from breakeven.errors import BreakevenError
from breakeven.store.base import Store

EVERY = 30.0
"""Seconds between two looks whether there is something to do."""


class Upkeep:
    """How it went the last time."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.problem: str | None = None
        """Why it fails; None: it does not."""
        self.since: datetime | None = None
        """Since when it fails."""

    def tidy(self, store: Store) -> bool:
        """Do it once; whether it succeeded."""
        try:
            store.compact()
        except Exception as error:  # noqa: BLE001 - the thread must go on: it is tried again
            known = isinstance(error, BreakevenError)
            self.problem = str(error) if known else f"it failed: {type(error).__name__}"
            self.since = self.since or self._clock()
            structlog.get_logger().error(
                "compaction_failed", reason=str(error), **({} if known else {"exc_info": error})
            )
            return False
        self.problem = self.since = None
        return True


@contextmanager
def tidying(store: Store, clock: Callable[[], datetime], every: float = EVERY) -> Iterator[Upkeep]:
    """Do it now and then, after commits only, from a thread of its own."""
    stop, upkeep = threading.Event(), Upkeep(clock)

    def work() -> None:
        tidied = store.versions().data
        while not stop.wait(every):
            version = store.versions().data
            if version != tidied and upkeep.tidy(store):
                tidied = version

    thread = threading.Thread(target=work, name="breakeven-tidy", daemon=True)
    thread.start()
    try:
        yield upkeep
    finally:
        stop.set()
        thread.join()
