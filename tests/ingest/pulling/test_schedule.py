"""When a source is due: after its interval, at once after a stop, later and later after failures, once after a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.ingest.pulling.schedule import FIRST_RETRY, LAST_RETRY, next_run, overdue
from breakeven.store.state_pulls import PullState
from breakeven.workspace.pulls import Schedule

BERLIN, NOW = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 20, 12, tzinfo=UTC)
QUARTER = Schedule(every=timedelta(minutes=15))
MINUTES = timedelta(minutes=1)


def last(**values: Any) -> PullState:
    return PullState(**{"name": "s", "status": "ok", "started": NOW, "ended": NOW, "succeeded": NOW, **values})


CASES: list[tuple[Schedule, PullState | None, datetime]] = [
    (QUARTER, None, NOW),
    (QUARTER, last(), NOW + 15 * MINUTES),
    (QUARTER, last(status="partial"), NOW + 15 * MINUTES),
    # Counted from the begin of the last run, however long it took.
    (QUARTER, last(started=NOW - 14 * MINUTES), NOW + MINUTES),
    (QUARTER, last(status="interrupted", ended=NOW), NOW),
    (QUARTER, last(status="running", ended=NOW - MINUTES), NOW - MINUTES),
    (QUARTER, last(status="failed", failures=1), NOW + FIRST_RETRY),
    (QUARTER, last(status="failed", failures=3), NOW + 4 * FIRST_RETRY),
    (QUARTER, last(status="failed", failures=99), NOW + LAST_RETRY),
    (QUARTER, last(status="failed", failures=1, not_before=NOW + 40 * MINUTES), NOW + 40 * MINUTES),
    (Schedule(cron="0 6 * * 1"), last(), datetime(2026, 11, 23, 5, tzinfo=UTC)),
    (Schedule(cron="0 6 * * 7"), last(), datetime(2026, 11, 22, 5, tzinfo=UTC)),
    # The night in which the clock springs from 2 to 3: once, at 3.
    (Schedule(cron="30 2 * * *"), last(started=datetime(2026, 3, 28, 12, tzinfo=UTC)),
     datetime(2026, 3, 29, 1, tzinfo=UTC)),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "state", "expected"), CASES)
def test_next_run(schedule: Schedule, state: PullState | None, expected: datetime) -> None:
    assert next_run(schedule, state, NOW, BERLIN) == expected


@given(days=st.integers(1, 400), minutes=st.integers(1, 600))
def test_what_was_missed_is_made_up_once(days: int, minutes: int) -> None:
    schedule, back = Schedule(every=timedelta(minutes=minutes)), NOW + timedelta(days=days)
    assert next_run(schedule, last(), back, BERLIN) <= back
    assert next_run(schedule, last(started=back, ended=back), back, BERLIN) == back + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("schedule", "state", "after", "late"),
    [
        (QUARTER, None, 99, None),
        (QUARTER, last(), 22, None),
        (QUARTER, last(), 23, 8),
        (QUARTER, last(status="failed", succeeded=NOW, started=NOW + 60 * MINUTES), 61, 46),
        (QUARTER, last(succeeded=None), 999, None),
        (Schedule(cron="0 6 * * *"), last(), 24 * 60, None),
        (Schedule(cron="0 6 * * *"), last(), 48 * 60, 31 * 60),
        (Schedule(every=timedelta(seconds=2)), last(), 1, None),
    ],
)
def test_silence_beyond_the_interval(schedule: Schedule, state: PullState | None, after: int, late: int | None) -> None:
    found = overdue(schedule, state, NOW + after * MINUTES, BERLIN)
    assert found == (None if late is None else late * MINUTES)
