"""Parts add up to their whole, to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.money import CENT, cents, split

WEIGHTS = st.lists(st.integers(0, 10**6).map(Decimal), min_size=1, max_size=12).filter(any)


@given(st.decimals(-(10**9), 10**9, places=6), WEIGHTS)
def test_parts_add_up_and_keep_the_sign(amount: Decimal, weights: list[Decimal]) -> None:
    parts = split(amount, weights)
    whole = cents(amount)
    assert sum(parts) == whole
    assert all(part * whole >= 0 for part in parts)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


@given(st.decimals(0, 10**6, places=2), WEIGHTS)
def test_no_part_is_a_cent_off(amount: Decimal, weights: list[Decimal]) -> None:
    for part, weight in zip(split(amount, weights), weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < CENT


def test_left_over_cents_go_to_the_first_of_equals() -> None:
    assert split(Decimal("100"), [Decimal(1)] * 3) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


@pytest.mark.parametrize("weights", [[Decimal(0)], [Decimal(1), Decimal(-1)], []])
def test_weights_that_cannot_be_used(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weights must not be negative"):
        split(Decimal(1), weights)
