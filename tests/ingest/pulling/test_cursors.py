"""Values of cursors: kept in their type, moved back in their spelling, compared as what they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.ingest.pulling.cursors import back, begin, kept, later, read, usable

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARKS = st.one_of(
    st.datetimes(), st.datetimes(timezones=st.just(UTC)), st.dates(), st.integers(), st.decimals(allow_nan=False),
    st.text(),
)  # fmt: skip


@given(MARKS)
def test_kept_and_read(mark: Any) -> None:
    found = read(kept(mark))
    assert (found, type(found)) == (mark, type(mark))


@pytest.mark.parametrize(
    ("mark", "overlap", "expected"),
    [
        (NOW, timedelta(minutes=5), NOW - timedelta(minutes=5)),
        (datetime.fromisoformat("2026-11-01"), timedelta(days=1), datetime.fromisoformat("2026-10-31")),
        (date(2026, 11, 1), timedelta(minutes=5), date(2026, 10, 31)),
        ("2026-11-01", timedelta(minutes=5), "2026-10-31"),
        ("2026-11-01T00:00:00Z", timedelta(minutes=5), "2026-10-31T23:55:00Z"),
        ("2026-11-01 00:00:00.250", timedelta(seconds=1), "2026-10-31 23:59:59.250"),
        ("2026-11-01T00:00:00+0100", timedelta(seconds=1), "2026-10-31T23:59:59+0100"),
        ("abc", timedelta(minutes=5), "abc"),
        (1000, 10, 990),
        ("1000", 10, "990"),
        (Decimal("10.5"), 10, Decimal("0.5")),
        (1000, timedelta(minutes=5), 1000),
        (NOW, None, NOW),
    ],
)  # fmt: skip
def test_back(mark: Any, overlap: timedelta | int | None, expected: Any) -> None:
    assert back(mark, overlap) == expected


def test_a_time_goes_back_by_itself_and_a_number_does_not() -> None:
    assert begin(NOW, None) == NOW - timedelta(minutes=5)
    assert begin(NOW, timedelta()) == NOW
    assert begin(7, None) == 7


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (None, "a", "a"),
        ("9", "10", "10"),
        ("2026-11-01T12:00:00+02:00", "2026-11-01T11:00:00Z", "2026-11-01T11:00:00Z"),
        ("2026-11-01T11:00:00Z", "2026-11-01T12:00:00+02:00", "2026-11-01T11:00:00Z"),
        ("b", "a", "b"),
    ],
)
def test_later(first: str | None, second: str, expected: str) -> None:
    assert later(first, second) == expected


@pytest.mark.parametrize(
    ("mark", "fine"),
    [
        (NOW, True), (NOW + timedelta(hours=23), True), (NOW + timedelta(days=2), False), ("2099-01-01", False),
        ("2099-01-01T00:00:00Z", False), ("2026-11-20T11:00:00Z", True), (None, False), ("", False), (True, False),
        (5, True), (datetime(2099, 1, 1, tzinfo=timezone(timedelta(hours=2))), False), (b"x", False),
    ],
)  # fmt: skip
def test_a_time_far_ahead_moves_no_cursor(mark: Any, fine: bool) -> None:
    assert usable(mark, NOW) is fine
