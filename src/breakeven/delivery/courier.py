"""Takes care of the schedules of a workspace: makes what is due, sends what is ready, each to each recipient once."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from breakeven.delivery.cadence import following, times
from breakeven.delivery.carrying import Carrier, again_at
from breakeven.delivery.making import Maker
from breakeven.delivery.under_way import UnderWay
from breakeven.delivery.ways import Surroundings, Ways
from breakeven.errors import BreakevenError, Busy, Cancelled, UnknownName, UsageProblem
from breakeven.ledger.ledger import Ledger
from breakeven.reports import Document
from breakeven.reports.archive import Archive
from breakeven.store import state_deliveries as kept
from breakeven.store.holders import holder_name
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.pulls import Secret
from breakeven.workspace.reports import ReportSchedule

LONGEST = 500
"""Characters of an error that are kept."""
_KEY = re.compile(r"[\w.-]{1,64}")


class Courier:
    """Several may share a state, in one process or in many. Its methods may run in any thread."""

    def __init__(
        self, workspace: Workspace, ledger: Ledger, archive: Archive, secret: Callable[[Secret], str], ways: Ways, *,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._calendar, self.state, self.clock = workspace.calendar, ledger.state, clock
        self.schedules: Mapping[str, ReportSchedule] = workspace.reporting.schedules
        self.holder = holder_name()
        self.stop = threading.Event()
        """Set: nothing new is begun, and what is being made is left for later."""
        self.under_way = UnderWay(self.stop.is_set)
        around = Surroundings(folder=Path(workspace.path), secret=secret, mail=workspace.reporting.mail)
        self._maker = Maker(workspace, ledger, archive)
        self._carrier = Carrier(self.state, archive, ways, around, self.holder, clock)

    def look(self, name: str | None = None) -> list[str]:
        """Make what is due and send what is ready, of one schedule or all; the runs that something was done for.

        What goes wrong is in the state. Raises UnknownName, and StoreError where the state cannot be written.
        """
        kept.forget(self.state, self.schedules)
        done: dict[str, None] = dict.fromkeys(run for run, _ in kept.let_go(self.state, self.clock()))
        for schedule in self._chosen(name):
            self._make_due(schedule, done)
            for run in kept.runs(self.state, schedule.name, status=("retry",)):
                if self.stop.is_set() or not kept.retake(self.state, run.run, self.holder, self.clock()):
                    continue
                if self._make(schedule, run.run, run.due, by_hand=run.by_hand, tries=run.attempts + 1):
                    done[run.run] = None
            for run in kept.runs(self.state, schedule.name, status=("sending",)):
                if self._carrier.carry(schedule, run, self.stop.is_set):
                    done[run.run] = None
        return list(done)

    def send(self, name: str, *, key: str = "") -> kept.Run:
        """Make a schedule's report now and send it; with a `key` that was used before nothing is sent again.

        Broken off while it is made, it is as if it had never begun. Raises UnknownName, UsageProblem for the key, Busy
        where another is making it, Cancelled.
        """
        schedule, now = self.check(name, key), self.clock()
        run = f"{name}@{f'key-{key}' if key else f'{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z-by-hand'}"
        if kept.take(self.state, run, name, now, self.holder, now, by_hand=True):
            if not self._make(schedule, run, now, by_hand=True, tries=1):
                raise Cancelled(f"{run} was broken off: nothing of it was kept or sent")
            self._carrier.carry(schedule, kept.one_run(self.state, run))
        elif kept.one_run(self.state, run).status == "making":
            raise Busy(f"{run} is being made")
        return kept.one_run(self.state, run)

    def check(self, name: str, key: str = "") -> ReportSchedule:
        """Whether a schedule could be sent with a key. Raises UnknownName, UsageProblem."""
        (schedule,) = self._chosen(name)
        if key and not _KEY.fullmatch(key):
            raise UsageProblem(f"the key {key[:80]!r} cannot be used: up to 64 letters, digits, - _ and .")
        return schedule

    def preview(self, name: str, form: str) -> tuple[Document, bytes]:
        """A schedule's report as it would go out now; nothing is kept. Raises UnknownName."""
        (schedule,) = self._chosen(name)
        return self._maker.preview(schedule, form, self.clock())

    def resend(self, run: str, recipient: str, *, by: str) -> kept.Run:
        """Send once more what is unclear or was given up. Raises NotFound, UsageProblem, UnknownName."""
        (schedule,) = self._chosen(kept.one_run(self.state, run).name)
        kept.resend(self.state, run, recipient, self.clock(), by=by)
        self._carrier.carry(schedule, kept.one_run(self.state, run))
        return kept.one_run(self.state, run)

    def next_time(self, name: str) -> datetime | None:
        """When something is to be done for a schedule next: a time of its cadence, or a retry; it may have passed."""
        (schedule,) = self._chosen(name)
        now = self.clock()
        found = [following(schedule.cadence, self._calendar, self._reached(schedule, now))]
        for run in kept.runs(self.state, name, status=("retry", "sending")):
            found += [run.not_before or now] if run.status == "retry" else []
            found += [one.not_before or now for one in kept.deliveries(self.state, [run.run])[run.run]
                      if one.status in kept.OPEN]  # fmt: skip
        return min((one for one in found if one is not None), default=None)

    def _chosen(self, name: str | None) -> list[ReportSchedule]:
        if name is not None and name not in self.schedules:
            raise UnknownName("report schedule", name, self.schedules)
        return [self.schedules[name]] if name is not None else list(self.schedules.values())

    def _reached(self, schedule: ReportSchedule, now: datetime) -> datetime:
        """No time of the cadence up to here is to be made up for."""
        since = kept.seen(self.state, schedule.name, digest(schedule), now)
        latest = kept.latest_due(self.state, schedule.name)
        return max(since, latest) if latest is not None else since

    def _make_due(self, schedule: ReportSchedule, done: dict[str, None]) -> None:
        now = self.clock()
        due = list(times(schedule.cadence, self._calendar, self._reached(schedule, now), now))
        cut = 0 if schedule.missed == "each" else max(len(due) - 1, 0)
        covers = {run_name(schedule.name, at): at for at in due[:cut]}
        for at in due[cut:]:
            run = run_name(schedule.name, at)
            if self.stop.is_set():
                return
            taken = kept.take(self.state, run, schedule.name, at, self.holder, now, covers=covers)
            if taken and self._make(schedule, run, at, by_hand=False, tries=1):
                done[run] = None

    def _make(self, schedule: ReportSchedule, run: str, due: datetime, *, by_hand: bool, tries: int) -> bool:
        """Make a run that was taken; it is on its way then, or is tried again later. False: it was broken off."""
        try:
            with self.under_way.shown(run, schedule.name, self.clock()):
                message, issues = self._maker.make(schedule, run, due, self.clock(), by_hand=by_hand)
        except Cancelled:
            if self.stop.is_set() and not by_hand:
                kept.put_back(self.state, run, self.holder, "it was broken off because its process was to end")
            else:
                kept.broken_off(self.state, run, self.holder, self.clock(), by_hand=by_hand)
            return False
        except Exception as error:  # noqa: BLE001 - whatever a report meets must be seen at its run, not lost
            said = str(error) if isinstance(error, BreakevenError) else f"{type(error).__name__}: {error}"
            now = self.clock()
            kept.failed(self.state, run, self.holder, now, said[:LONGEST], again_at(now, tries))
            return True
        recipients = [(one.name, one.channel) for one in schedule.recipients]
        kept.made(self.state, run, self.holder, self.clock(), msgspec.json.encode(message), issues, recipients)
        return True


def run_name(schedule: str, due: datetime) -> str:
    """The name of a run at a time of its cadence: of several servers that make it, one can."""
    return f"{schedule}@{due.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def digest(schedule: ReportSchedule) -> str:
    """Digest of a cadence: with another one the times of before are not made up for."""
    return hashlib.blake2b(msgspec.json.encode(schedule.cadence), digest_size=8).hexdigest()
