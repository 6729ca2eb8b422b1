"""Runs what is due, each source in a thread of its own, until it is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from breakeven.errors import BreakevenError, Busy
from breakeven.ingest.pulling.run import Puller
from breakeven.ingest.pulling.schedule import next_run
from breakeven.store.state import State
from breakeven.store.state_pulls import PullState, pull_states

AT_ONCE = 2
"""Sources that are run at the same time."""
LONGEST_SLEEP = 15.0
SHORTEST_SLEEP = 0.1
"""Seconds between two looks."""


def due(puller: Puller, states: dict[str, PullState], now: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """Source → when it is to be run next, those that are being run left out, the most urgent first. Pure."""
    times = {
        name: next_run(source.pull.schedule, states.get(name), now, zone)
        for name, source in puller.pulled.items()
        if source.pull is not None and not (name in states and states[name].running(now))
    }
    return dict(sorted(times.items(), key=lambda item: item[1]))


class Timetable:
    """The sources of a puller, run when they are due. Close it before what it writes to."""

    def __init__(self, puller: Puller, state: State, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self._puller, self._state, self._zone, self._clock = puller, state, zone, clock
        self._wake = threading.Event()
        self._running: dict[str, threading.Thread] = {}
        self._thread = threading.Thread(target=self._work, name="breakeven-pulls", daemon=True)

    def start(self) -> None:
        """Begin, if there is anything to pull."""
        if self._puller.pulled:
            self._puller.release_dead()
            self._thread.start()

    def close(self, timeout: float = 5.0) -> None:
        """Stop runs where they are and wait for them, for some seconds in all; they go on at the next start.

        What still waits for an answer of its source then ends with the process; it holds nothing that is lost.
        """
        self._puller.stop.set()
        self._wake.set()
        until = time.monotonic() + timeout
        for thread in (self._thread, *list(self._running.values())):
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while not self._puller.stop.is_set():
            sleep = LONGEST_SLEEP
            try:
                sleep = self._look()
            except BreakevenError as error:
                structlog.get_logger().error("pulls_failed", reason=str(error))
            self._wake.wait(sleep)
            self._wake.clear()

    def _look(self) -> float:
        """Start what is due; gives the seconds until the next look."""
        now = self._clock()
        self._running = {name: thread for name, thread in self._running.items() if thread.is_alive()}
        for name, at in due(self._puller, pull_states(self._state), now, self._zone).items():
            if name in self._running:
                continue
            if at > now:
                wait = (at - now) / timedelta(seconds=1)
                return min(max(wait, SHORTEST_SLEEP), LONGEST_SLEEP)
            if len(self._running) >= AT_ONCE:
                break
            thread = threading.Thread(target=self._run, args=(name,), name=f"breakeven-pull-{name}", daemon=True)
            self._running[name] = thread
            thread.start()
        return LONGEST_SLEEP

    def _run(self, name: str) -> None:
        log = structlog.get_logger()
        try:
            result = self._puller.pull(name)
        except Busy:
            log.info("pull_runs_elsewhere", source=name)
        except BreakevenError as error:
            # Nothing could be written down: it is tried again at the next look, not at once.
            log.error("pull_failed", source=name, reason=str(error))  # noqa: TRY400 - said in one line
            return
        else:
            told = {"accepted": result.accepted, "duplicates": result.duplicates, "rejected": result.rejected}
            if result.status in ("ok", "interrupted"):
                log.info("pulled", source=name, **told)
            else:
                log.warning("pull_failed", source=name, reason=result.error, **told)
        self._wake.set()
