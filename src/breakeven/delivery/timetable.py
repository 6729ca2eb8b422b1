"""Wakes a courier when something is due, until it is closed. APScheduler keeps the time; it remembers nothing."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from breakeven.delivery.courier import Courier
from breakeven.delivery.standing import run_standing
from breakeven.errors import BreakevenError
from breakeven.store.state_deliveries import one_run

AT_ONCE = 2
"""Schedules that are worked on at the same time."""
LONGEST_SLEEP = timedelta(minutes=1)
"""A machine that slept, a clock that was set or a state that others write to is seen after this time."""
SHORTEST_SLEEP = timedelta(seconds=1)


# That a schedule is looked at again while it is worked on is no news.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


class Next(BaseTrigger):  # type: ignore[misc]
    """Fires when a schedule has something to do: at a time of its cadence, or of a retry."""

    def __init__(self, courier: Courier, name: str) -> None:
        self._courier, self._name = courier, name

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        """The next instant to look at, never later than the longest sleep."""
        try:
            found = self._courier.next_time(self._name)
        except BreakevenError:
            found = None
        last = now + LONGEST_SLEEP
        return last if found is None else min(max(found.astimezone(UTC), now + SHORTEST_SLEEP), last)


class Timetable:
    """The schedules of a courier, each a job of APScheduler. Close it before what the courier writes to."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(AT_ONCE)}, timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )  # fmt: skip

    def start(self) -> None:
        """Begin, if there is anything to send; what was missed is made up for at once."""
        if not self._courier.schedules:
            return
        for name in self._courier.schedules:
            self._scheduler.add_job(self._look, Next(self._courier, name), args=[name], id=name,
                                    next_run_time=self._courier.clock())  # fmt: skip
        self._scheduler.start()

    def close(self, timeout: float = 5.0) -> None:
        """Begin nothing new, and wait some seconds for what is under way; it ends by itself after that."""
        self._courier.stop.set()
        if self._scheduler.running:
            ending = threading.Thread(target=self._scheduler.shutdown, name="breakeven-reports-end", daemon=True)
            ending.start()
            ending.join(timeout)

    def _look(self, name: str) -> None:
        log = structlog.get_logger()
        try:
            for run in self._courier.look(name):
                self._tell(log, run)
        except BreakevenError as error:
            log.error("reports_failed", schedule=name, reason=str(error))  # noqa: TRY400 - said in one line

    def _tell(self, log: structlog.stdlib.BoundLogger, run: str) -> None:
        found = run_standing(self._courier.state, one_run(self._courier.state, run))
        if found.status in ("retry", "given_up"):
            log.warning("report_not_made", run=run, reason=found.error)
        for one in found.deliveries:
            if one.status == "sent":
                log.info("report_sent", run=run, recipient=one.recipient)
            elif one.error is not None:
                log.warning("report_not_sent", run=run, recipient=one.recipient, status=one.status, reason=one.error)
