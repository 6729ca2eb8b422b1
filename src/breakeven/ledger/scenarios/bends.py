"""Sums of terms that bend: Σ coefficient × max(0, slope × x + offset) over rows, as one function of the number x.

Each row bends at its own place. Ordered by these places, the rows that count at an x are all those on one side of it:
the sum is a straight line whose slope and offset are looked up, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from breakeven.ledger.scenarios.uncertain import Uncertain

Numbers = NDArray[np.float64]


class Side(msgspec.Struct, frozen=True):
    """Rows that count on one side of where they bend."""

    places: Numbers
    """Where they bend, in order."""
    slopes: Numbers
    """Of the sum with 0, 1, 2 … of them passed."""
    offsets: Numbers

    def at(self, x: Numbers) -> Numbers:
        """The sum."""
        passed = np.searchsorted(self.places, x)
        total: Numbers = x * self.slopes[passed] + self.offsets[passed]
        return total


class Bend(msgspec.Struct, frozen=True):
    """The rows of a part that share their uncertain numbers."""

    part: int
    factors: tuple[int, ...]
    """Variates that the sum is multiplied by."""
    at: int | None
    """The variate that it bends in; None: its value is unknown in these rows."""
    fixed: float
    """Of rows without a slope."""
    sides: tuple[Side, ...]

    def sum(self, x: Numbers) -> Numbers:
        """The sum at each value of the variate."""
        total = np.full(len(x), self.fixed)
        for side in self.sides:
            total += side.at(x)
        return total


def bent(
    amounts: pa.Array, factors: Sequence[Uncertain], line: tuple[pa.Array, pa.Array], of: Uncertain, part: pa.Array
) -> Iterator[Bend]:
    """The rows of a term, brought together by part and uncertain numbers. `line`: slope and offset of each row."""
    keys = [f"place {i}" for i in range(len(factors))]
    slope = pc.fill_null(pc.multiply(line[0], of.scale), 0.0)
    table = pa.table({
        "amount": amounts, "slope": slope, "offset": pc.fill_null(line[1], 0.0), "part": part, "at": of.place,
        **{key: factor.place for key, factor in zip(keys, factors, strict=True)},
    })  # fmt: skip
    counts = pc.and_(pc.is_finite(amounts), pc.not_equal(amounts, 0.0))
    table = table.filter(pc.and_(counts, pc.is_valid(part)))
    grouped = table.group_by(["part", "at", *keys], use_threads=False)
    for row in grouped.aggregate([("amount", "list"), ("slope", "list"), ("offset", "list")]).to_pylist():
        amount, slopes, offsets = (np.array(row[f"{name}_list"]) for name in ("amount", "slope", "offset"))
        yield _bend(row["part"], tuple(row[key] for key in keys), row["at"], (amount, slopes, offsets))


def _bend(part: int, factors: tuple[int, ...], at: int | None, rows: tuple[Numbers, Numbers, Numbers]) -> Bend:
    amount, slope, offset = rows
    flat = (slope == 0) if at is not None else np.ones(len(slope), np.bool_)
    fixed = float((amount * np.maximum(offset, 0.0))[flat].sum())
    sides = tuple(
        _side(amount[which], slope[which], offset[which], rising)
        for which, rising in (((slope > 0) & ~flat, True), ((slope < 0) & ~flat, False)) if which.any()
    )  # fmt: skip
    return Bend(part, factors, at, fixed, sides)


def _side(amount: Numbers, slope: Numbers, offset: Numbers, rising: bool) -> Side:
    """A rising row counts beyond where it bends, a falling one before it."""
    places = -offset / slope
    order = np.argsort(places, kind="stable")
    slopes, offsets = (_running((amount * of)[order]) for of in (slope, offset))
    if not rising:
        slopes, offsets = slopes[-1] - slopes, offsets[-1] - offsets
    return Side(places[order], slopes, offsets)


def _running(values: Numbers) -> Numbers:
    """Sums of the first 0, 1, 2 … values."""
    return np.concatenate([[0.0], np.cumsum(values)])
