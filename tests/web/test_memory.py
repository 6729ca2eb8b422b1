"""What pages remember: made once for all who ask at the same moment, and forgotten in time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from breakeven.web.memory import Minutes, Recent

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


def test_who_asks_at_the_same_moment_waits_for_the_one_making() -> None:
    kept, made, barrier = Recent(4), [], threading.Barrier(4)

    def make() -> str:
        made.append(threading.get_ident())
        return "page"

    def ask() -> str:
        barrier.wait()
        found: str = kept.made("key", make)
        return found

    with ThreadPoolExecutor(4) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(4)]]
    assert answers == ["page"] * 4
    assert len(made) == 1


def test_what_fails_is_made_again() -> None:
    kept = Recent(4)
    with pytest.raises(ZeroDivisionError):
        kept.made("key", lambda: 1 // 0)
    assert kept.made("key", lambda: "page") == "page"


def test_the_oldest_is_forgotten() -> None:
    kept = Recent(2)
    for key in "abc":
        kept.keep(key, key.upper())
    assert [kept.get(key) for key in "abc"] == [None, "B", "C"]


@pytest.mark.parametrize(("age", "again"), [(0, False), (59, False), (60, True), (-1, True)])
def test_an_answer_lives_a_minute(age: int, again: bool) -> None:
    kept = Minutes()
    kept.get("key", NOW, lambda: "old")
    assert kept.get("key", NOW + timedelta(seconds=age), lambda: "new") == ("new" if again else "old")
