from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from breakeven.ingest.ahead import ahead


def counted(last: int, begun: list[int]) -> Iterator[int]:
    for number in range(1, last + 1):
        begun.append(number)
        yield number


def test_gives_the_same_in_the_same_order() -> None:
    assert list(ahead(counted(5, []))) == [1, 2, 3, 4, 5]


def test_nothing_comes_of_nothing() -> None:
    assert list(ahead(iter(()))) == []


def test_begins_the_next_while_one_is_used() -> None:
    second = threading.Event()

    def parts() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    found = ahead(parts())
    assert next(found) == 1
    assert second.wait(10)
    assert list(found) == [2]


def test_is_never_more_than_one_ahead() -> None:
    begun: list[int] = []
    found = ahead(counted(5, begun))
    for _ in range(2):
        next(found)
    found.close()
    assert begun == [1, 2, 3]


def test_what_goes_wrong_comes_after_what_went_well() -> None:
    def parts() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    found = ahead(parts())
    assert next(found) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(found)
