"""When reports are due: every rule, on days of a clock change, in fiscal calendars; no time is lost or twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.delivery.cadence import following, times
from breakeven.period import Calendar
from breakeven.workspace.reports import Cadence

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FISCAL = Calendar(time_zone="Europe/Berlin", fiscal_year_start=2)


def found(until: str, *, since: str = "2026-01-01", calendar: Calendar = FISCAL, **rule: Any) -> list[str]:
    cadence = Cadence(**{"time_zone": "Europe/Berlin", **rule})
    after, last = (datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in (since, until))
    return [f"{due:%m-%dT%H:%M}" for due in times(cadence, calendar, after, last)]


@pytest.mark.parametrize(
    ("rule", "until", "expected"),
    [
        ({"every": "month"}, "2026-04-15", ["01-01T06:00", "02-01T06:00", "03-01T06:00", "04-01T05:00"]),
        ({"every": "month", "day": 28}, "2026-03-15", ["01-28T06:00", "02-28T06:00"]),
        ({"every": "week"}, "2026-01-20", ["01-05T06:00", "01-12T06:00", "01-19T06:00"]),
        ({"every": "week", "weekday": 4}, "2026-01-20", ["01-02T06:00", "01-09T06:00", "01-16T06:00"]),
        ({"every": "two weeks"}, "2026-02-15", ["01-12T06:00", "01-26T06:00", "02-09T06:00"]),
        ({"every": "two weeks", "start": date(2026, 1, 7)}, "2026-02-05", ["01-19T06:00", "02-02T06:00"]),
        ({"every": "two weeks", "weekday": 3, "start": date(2026, 1, 7)}, "2026-02-01", ["01-08T06:00", "01-22T06:00"]),
        ({"every": "quarter"}, "2026-12-31", ["02-01T06:00", "05-01T05:00", "08-01T05:00", "11-01T06:00"]),
        ({"every": "quarter", "day": 3}, "2026-06-01", ["02-03T06:00", "05-03T05:00"]),
        ({"every": "year"}, "2026-12-31", ["02-01T06:00"]),
        ({"every": "weekday"}, "2026-01-07", ["01-01T06:00", "01-02T06:00", "01-05T06:00", "01-06T06:00"]),
        ({"every": "day", "at": time(0)}, "2026-01-03", ["01-01T23:00", "01-02T23:00"]),
        ({"every": "month", "time_zone": "America/New_York"}, "2026-02-15", ["01-01T12:00", "02-01T12:00"]),
        ({"every": "month", "start": date(2026, 2, 2)}, "2026-04-15", ["03-01T06:00", "04-01T05:00"]),
    ],
)  # fmt: skip
def test_rules(rule: dict[str, Any], until: str, expected: list[str]) -> None:
    assert found(until, **rule) == expected


def test_a_clock_change_neither_drops_nor_doubles() -> None:
    """At 02:30 the clock in Berlin jumps over on 29 March, and passes twice on 25 October."""
    rule = {"every": "day", "at": time(2, 30)}
    assert found("2026-03-31", since="2026-03-27", **rule) == [
        "03-27T01:30",
        "03-28T01:30",
        "03-29T01:30",
        "03-30T00:30",
    ]
    assert found("2026-10-27", since="2026-10-23", **rule) == [
        "10-23T00:30",
        "10-24T00:30",
        "10-25T00:30",
        "10-26T01:30",
    ]


RULES = st.builds(
    Cadence, every=st.sampled_from(("day", "weekday", "week", "two weeks", "month", "quarter", "year")),
    weekday=st.integers(0, 6), day=st.integers(1, 28), at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    time_zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe")),
    start=st.none() | st.dates(date(2025, 1, 1), date(2027, 1, 1)),
)  # fmt: skip


@given(RULES, st.integers(1, 12), st.lists(st.integers(0, 60 * 24 * 800), min_size=1, max_size=6))
@examples(60)
def test_cut_anywhere_the_times_are_the_same(cadence: Cadence, first: int, cuts: list[int]) -> None:
    calendar = Calendar(time_zone=cadence.time_zone, fiscal_year_start=first)
    end = NEW_YEAR + timedelta(days=800)
    whole = list(times(cadence, calendar, NEW_YEAR, end))
    edges = [NEW_YEAR, *sorted({NEW_YEAR + timedelta(minutes=cut) for cut in cuts}), end]
    assert [due for cut in pairwise(edges) for due in times(cadence, calendar, *cut)] == whole
    assert whole == sorted(set(whole))
    zone = ZoneInfo(cadence.time_zone)
    assert len({due.astimezone(zone).date() for due in whole}) == len(whole)


@given(RULES, st.integers(0, 60 * 24 * 300))
@examples(40)
def test_the_following_one_is_the_first_of_the_times(cadence: Cadence, minute: int) -> None:
    after = NEW_YEAR + timedelta(minutes=minute)
    due = following(cadence, FISCAL, after)
    assert due == next(times(cadence, FISCAL, after, after + timedelta(days=1200)), None)


def test_words() -> None:
    said = [str(Cadence(every=every, day=1, weekday=0)) for every in ("week", "two weeks", "month", "quarter")]
    assert said == ["every Monday at 07:00 (UTC)", "every second Monday at 07:00 (UTC)",
                    "first day of the month at 07:00 (UTC)", "first day of the quarter at 07:00 (UTC)"]  # fmt: skip
