"""Reports that are made, compared or sent: in threads of their own, each says how far it is and can be broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any, Literal

import msgspec
import structlog

from breakeven.errors import BreakevenError, Busy, Cancelled, NotFound
from breakeven.ledger.results import Status
from breakeven.reports import watched
from breakeven.reports.progress import Step

AT_ONCE = 1
"""Reports that are made at a time: each takes a core."""
WAITING = 8
"""Reports that may wait or be made."""
REMEMBERED = 12
"""Jobs that are shown when they have ended."""
State = Literal["waiting", "running", "done", "cancelled", "failed"]
ENDED: frozenset[State] = frozenset({"done", "cancelled", "failed"})
VAIN: frozenset[State] = frozenset({"cancelled", "failed"})


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a job has made, in words, and where it is."""

    words: str
    """Issued as 3."""
    status: Status = "green"
    href: str = ""
    link: str = ""
    """Words of the link."""
    download: bool = False
    """Whether the link is a file."""
    hash: str = ""
    found: Any = None
    """What was made, where no archive keeps it."""


Make = Callable[[], Outcome]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work on its way, as it stands."""

    id: int
    title: str
    form: str
    """Kind of file, or of work."""
    key: str = ""
    """Names what is made: asked for again, it is not made again while this is remembered."""
    started: datetime
    state: State = "waiting"
    step: Step = Step(words="Waiting")
    error: str = ""
    fault: BreakevenError | None = None
    """What it failed with, where that is one of ours."""
    outcome: Outcome | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


class Jobs:
    """Of one server. Safe to use from many threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="breakeven-report")
        self._lock, self._numbers = threading.RLock(), count(1)
        self._changed = threading.Condition(self._lock)
        self._jobs: dict[int, Job] = {}
        self._stops: dict[int, threading.Event] = {}

    def start(self, title: str, form: str, make: Make, now: datetime, *, key: str = "") -> Job:
        """Begin one, or let it wait for those before it. Raises Busy.

        With the `key` of one that is remembered and was not in vain, it is that one.
        """
        with self._lock:
            same = [job for job in self._jobs.values() if key and job.key == key and job.state not in VAIN]
            if same:
                return same[-1]
            if sum(not job.ended for job in self._jobs.values()) >= WAITING:
                raise Busy(f"{WAITING} reports are being made already; wait for one or break one off")
            job = Job(id=next(self._numbers), title=title, form=form, key=key, started=now)
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
                self._changed.notify_all()
        return job

    def get(self, number: int) -> Job:
        """One of them. Raises NotFound."""
        with self._lock:
            return self._known(number)

    def waited(self, number: int, seconds: float) -> Job:
        """One of them when it has ended, or after that time as it stands. Raises NotFound."""
        with self._changed:
            self._changed.wait_for(lambda: self._known(number).ended, seconds)
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
            self._changed.notify_all()

    def _run(self, number: int, make: Make, stop: threading.Event) -> None:
        if stop.is_set():
            self._change(number, state="cancelled")
            return
        self._change(number, state="running")
        try:
            with watched(lambda step: self._change(number, step=step), stop.is_set):
                outcome = make()
        except Cancelled:
            self._change(number, state="cancelled")
        except BreakevenError as error:
            self._change(number, state="failed", error=str(error), fault=error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job has ended and says so
            structlog.get_logger().exception("report_failed", job=number)
            self._change(number, state="failed", error=f"{type(error).__name__}: see the server's log")
        else:
            self._change(number, state="done", outcome=outcome)
