"""When a source is due: a pure function of its schedule, how its last run went, and the time."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from breakeven.store.state_pulls import PullState
from breakeven.workspace.pulls import Schedule

FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(hours=1)
"""After a failure the next try is after 30 seconds, then after twice as long each time, up to an hour."""
GRACE = timedelta(minutes=1)
"""A run that is later than this is late."""


def next_run(schedule: Schedule, last: PullState | None, now: datetime, zone: ZoneInfo) -> datetime:
    """When a source is to be run next; at or before `now`: it is due.

    What was missed is made up by one run, however much was missed: the next run is counted from the last one's begin,
    not from the ones that should have been. A source that was never run is due at once.
    """
    if last is None or last.started is None:
        return now
    regular = after(schedule, last.started, zone)
    if last.status in ("interrupted", "running"):
        # Stopped or killed half-way: it goes on where it got to.
        regular = min(regular, last.ended or now)
    elif last.status == "failed":
        wait = FIRST_RETRY * 2 ** min(max(last.failures - 1, 0), 12)
        regular = (last.ended or last.started) + min(wait, LAST_RETRY)
    return max(regular, last.not_before) if last.not_before is not None else regular


def after(schedule: Schedule, moment: datetime, zone: ZoneInfo) -> datetime:
    """The first time of a schedule after a moment."""
    if schedule.every is not None:
        return moment + schedule.every
    found: datetime = croniter(schedule.cron, moment.astimezone(zone)).get_next(datetime)
    return found


def overdue(schedule: Schedule, last: PullState | None, now: datetime, zone: ZoneInfo) -> timedelta | None:
    """How long ago a run should have succeeded that did not, beyond a grace; None: all is well, or it never ran."""
    if last is None or last.succeeded is None:
        return None
    expected = after(schedule, last.succeeded, zone)
    late = now - expected
    # A schedule of seconds is not late while one run takes its time.
    return late if late > max(GRACE, (expected - last.succeeded) / 2) else None
