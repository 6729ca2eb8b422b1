from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from breakeven.store import keys
from breakeven.store.keys import KeySet, in_order

batches = st.lists(st.lists(st.integers(0, 40) | st.integers(2**64 - 3, 2**64 - 1), max_size=30), max_size=12)


@given(batches, st.lists(st.integers(0, 60), max_size=40), st.sampled_from([4, 1 << 25]))
def test_it_is_a_set(added: list[list[int]], asked: list[int], longest: int) -> None:
    found, known = KeySet(), set[int]()
    usual, keys.LONGEST_RUN = keys.LONGEST_RUN, longest
    try:
        for batch in added:
            found.add(np.array(batch, np.uint64))
            known |= set(batch)
    finally:
        keys.LONGEST_RUN = usual
    numbers = np.array(asked, np.uint64)
    assert found.seen_before(numbers).tolist() == [key in known for key in asked]
    assert found.seen(numbers).tolist() == [key in known or asked.count(key) > 1 for key in asked]
    assert len(found) == sum(len(batch) for batch in added)


def test_many_small_commits_make_few_runs() -> None:
    found = KeySet()
    for start in range(0, 10_000, 10):
        found.add(np.arange(start, start + 10, dtype=np.uint64))
    assert len(found._runs) <= 11


def test_order() -> None:
    assert in_order(np.array([], np.int64))
    assert in_order(np.array([1, 1, 2]))
    assert not in_order(np.array([1, 2, 1]))
