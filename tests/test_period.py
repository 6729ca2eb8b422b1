"""Calendars: fiscal years, names of periods, and what cannot be one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.errors import UsageProblem
from breakeven.period import Calendar, Grain

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMED = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)


@pytest.mark.parametrize(
    ("fiscal_year_start", "text", "start", "end"),
    [
        (1, "2026-10", "2026-10-01", "2026-11-01"),
        (1, "2024-02-29", "2024-02-29", "2024-03-01"),
        (1, "2026-Q3", "2026-07-01", "2026-10-01"),
        (4, "2026-Q1", "2025-04-01", "2025-07-01"),
        (4, "2026", "2025-04-01", "2026-04-01"),
        (1, "ytd", "2026-01-01", "2026-12-01"),
        (10, "ytd", "2026-10-01", "2026-12-01"),
        (1, "last-month", "2026-10-01", "2026-11-01"),
        (1, "last-quarter", "2026-07-01", "2026-10-01"),
        (1, "last-12-months", "2025-12-01", "2026-12-01"),
    ],
)
def test_what_a_person_means(fiscal_year_start: int, text: str, start: str, end: str) -> None:
    period = Calendar(fiscal_year_start=fiscal_year_start).parse(text, NOW)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "2026-02-30", "2026-Q5", "20261"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UsageProblem):
        Calendar().parse(text, NOW)


@given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.integers(1, 12), st.sampled_from(NAMED))
def test_periods_hold_their_day_and_join_without_a_gap(day: date, fiscal_year_start: int, grain: Grain) -> None:
    calendar = Calendar(fiscal_year_start=fiscal_year_start)
    period = calendar.containing(day, grain)
    assert period.start <= day < period.end
    assert calendar.previous(period).end == period.start


def test_the_local_day_decides() -> None:
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert Calendar(time_zone="Europe/Berlin").today(late) == date(2026, 11, 1)
    assert Calendar(time_zone="Europe/Berlin").instant(date(2026, 11, 1)) == datetime(2026, 10, 31, 23, tzinfo=UTC)
