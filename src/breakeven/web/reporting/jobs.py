"""Reports that are being made: in threads of their own, each says how far it is and can be broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Literal

import msgspec
import structlog

from breakeven.errors import BreakevenError, Busy, Cancelled, NotFound
from breakeven.reports import watched
from breakeven.reports.archive import Issue
from breakeven.reports.progress import Step

AT_ONCE = 1
"""Reports that are made at a time: each takes a core."""
WAITING = 8
"""Reports that may wait or be made."""
REMEMBERED = 12
"""Jobs that are shown when they have ended."""
State = Literal["waiting", "running", "done", "cancelled", "failed"]
ENDED: frozenset[State] = frozenset({"done", "cancelled", "failed"})
Make = Callable[[], Issue]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A report on its way, as it stands."""

    id: int
    title: str
    form: str
    started: datetime
    state: State = "waiting"
    step: Step = Step(words="Waiting")
    error: str = ""
    issue: Issue | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


class Jobs:
    """Of one server. Safe to use from many threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="breakeven-report")
        self._lock, self._numbers = threading.Lock(), count(1)
        self._jobs: dict[int, Job] = {}
        self._stops: dict[int, threading.Event] = {}

    def start(self, title: str, form: str, make: Make, now: datetime) -> Job:
        """Begin one, or let it wait for those before it. Raises Busy."""
        with self._lock:
            if sum(not job.ended for job in self._jobs.values()) >= WAITING:
                raise Busy(f"{WAITING} reports are being made already; wait for one or break one off")
            job = Job(id=next(self._numbers), title=title, form=form, started=now)
            stop = self._stops[job.id] = threading.Event()
            self._jobs[job.id] = job
            ended = [number for number, one in self._jobs.items() if one.ended]
            for number in ended[: max(0, len(ended) - REMEMBERED)]:
                del self._jobs[number], self._stops[number]
        self._pool.submit(self._run, job.id, make, stop)
        return job

    def cancel(self, number: int) -> Job:
        """Break one off at its next step; one that has ended stays as it is. Raises NotFound."""
        with self._lock:
            job = self._known(number)
            self._stops[number].set()
            if job.state == "waiting":
                job = self._jobs[number] = msgspec.structs.replace(job, state="cancelled")
        return job

    def get(self, number: int) -> Job:
        """One of them. Raises NotFound."""
        with self._lock:
            return self._known(number)

    def all(self) -> list[Job]:
        """The latest first."""
        with self._lock:
            return list(reversed(self._jobs.values()))

    def close(self) -> None:
        """Break all off and wait for their ends."""
        with self._lock:
            for stop in self._stops.values():
                stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _known(self, number: int) -> Job:
        if number not in self._jobs:
            raise NotFound(f"no report is being made under number {number}")
        return self._jobs[number]

    def _change(self, number: int, **changes: object) -> None:
        with self._lock:
            self._jobs[number] = msgspec.structs.replace(self._jobs[number], **changes)

    def _run(self, number: int, make: Make, stop: threading.Event) -> None:
        if stop.is_set():
            self._change(number, state="cancelled")
            return
        self._change(number, state="running")
        try:
            with watched(lambda step: self._change(number, step=step), stop.is_set):
                issue = make()
        except Cancelled:
            self._change(number, state="cancelled")
        except BreakevenError as error:
            self._change(number, state="failed", error=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the job has ended and says so
            structlog.get_logger().exception("report_failed", job=number)
            self._change(number, state="failed", error=f"{type(error).__name__}: see the server's log")
        else:
            self._change(number, state="done", issue=issue)
