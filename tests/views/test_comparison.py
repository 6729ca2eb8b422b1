"""What a period is compared with: the one before, a year ago, one that is named, or nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from breakeven.errors import UsageProblem
from breakeven.period import Calendar
from breakeven.views.comparison import Span, compared, title

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
CALENDAR = Calendar()
FIRST = date(2025, 1, 1)


def of(first: str, end: str) -> Span:
    return Span(date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{end}-01"))


@pytest.mark.parametrize(
    ("asked", "period", "words", "current", "previous"),
    [
        ("", "2026-Q3", "against Q2 2026", of("2026-07", "2026-10"), of("2026-04", "2026-07")),
        ("previous", "ytd", "Aug–Oct against May–Jul", of("2026-08", "2026-11"), of("2026-05", "2026-08")),
        ("year", "2026-Q3", "Jul–Sep 2026 against Jul–Sep 2025", of("2026-07", "2026-10"), of("2025-07", "2025-10")),
        ("Year", "2026-09", "Sep 2026 against Sep 2025", of("2026-09", "2026-10"), of("2025-09", "2025-10")),
        ("year", "ytd", "Jan–Oct 2026 against Jan–Oct 2025", of("2026-01", "2026-11"), of("2025-01", "2025-11")),
        ("2025-Q4", "2026-Q3", "Jul–Sep 2026 against Oct–Dec 2025", of("2026-07", "2026-10"), of("2025-10", "2026-01")),
        ("2025", "2026", "Jan–Oct 2026 against Jan–Oct 2025", of("2026-01", "2026-11"), of("2025-01", "2025-11")),
        ("2025-11", "2026-09", "Sep 2026 against Nov 2025", of("2026-09", "2026-10"), of("2025-11", "2025-12")),
    ],
)  # fmt: skip
def test_what_is_compared(asked: str, period: str, words: str, current: Span, previous: Span) -> None:
    found = compared(asked, CALENDAR.parse(period, NOW), CALENDAR, NOW, FIRST)
    assert found is not None
    assert (found.words, found.current, found.previous) == (words, current, previous)


@pytest.mark.parametrize(
    ("asked", "period", "first"),
    [
        ("none", "2026-Q3", FIRST),
        ("year", "2025-Q3", FIRST),  # nothing is recorded of 2024
        ("year", "2026-11", FIRST),  # no month of it is complete
        ("year", "2026-Q3", None),
        ("2024-Q3", "2026-Q3", FIRST),
    ],
)
def test_nothing_to_compare_with(asked: str, period: str, first: date | None) -> None:
    assert compared(asked, CALENDAR.parse(period, NOW), CALENDAR, NOW, first) is None


def test_days_a_year_ago() -> None:
    found = compared("year", CALENDAR.parse("2026-10-17", NOW), CALENDAR, NOW, FIRST)
    assert found is not None
    assert (found.previous, found.words) == (Span(date(2025, 10, 17), date(2025, 10, 18)), "against a year ago")


@pytest.mark.parametrize(
    ("asked", "words"), [("2026-Q2", "2026-Q2 has 3 months, the period 2026-09 has 1 month"), ("soon", "not a period")]
)
def test_what_cannot_be_compared(asked: str, words: str) -> None:
    with pytest.raises(UsageProblem, match=words):
        compared(asked, CALENDAR.parse("2026-09", NOW), CALENDAR, NOW, FIRST)


def test_words_follow_the_locale() -> None:
    found = compared("year", CALENDAR.parse("2026-Q4", NOW), CALENDAR, NOW, FIRST, "de")
    assert found is not None
    assert found.words == "Okt. 2026 against Okt. 2025"
    assert title(CALENDAR.parse("2026-05", NOW), "de") == "Mai 2026"
    assert title(CALENDAR.parse("ytd", NOW), "de") == "Year to date"
