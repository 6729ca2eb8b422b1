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

from breakeven.ledger.scenarios.draws import Numbers, Values
from breakeven.ledger.scenarios.uncertain import Uncertain

FEW, ALONE = 200, 4
"""More groups than these, with fewer rows each than that, are looked at row by row."""


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

    @property
    def variates(self) -> tuple[int, ...]:
        """What it depends on."""
        return self.factors if self.at is None else (*self.factors, self.at)

    def sums(self, values: Values) -> Iterator[tuple[int, Numbers]]:
        """The part and its sum, for each of the values."""
        x = np.zeros(1) if self.at is None else values[self.at]
        total = np.full(len(x), self.fixed)
        for side in self.sides:
            total += side.at(x)
        yield self.part, _times(total, self.factors, values)


class Scattered(msgspec.Struct, frozen=True):
    """Rows that share their uncertain numbers with hardly another one: each is looked at by itself, all at once."""

    parts: tuple[int, ...]
    starts: NDArray[np.intp]
    """Where the rows of each part begin."""
    factors: tuple[int, ...]
    places: tuple[int, ...]
    """The variates that they bend in."""
    at: NDArray[np.intp]
    """For each row its variate among them."""
    amount: Numbers
    slope: Numbers
    offset: Numbers

    @property
    def variates(self) -> tuple[int, ...]:
        """What they depend on."""
        return self.factors + self.places

    def sums(self, values: Values) -> Iterator[tuple[int, Numbers]]:
        """Each part and its sum, for each of the values."""
        x = np.stack([np.broadcast_to(values[place], values.span.count) for place in self.places])
        rows = x[self.at]
        rows *= self.slope[:, None]
        rows += self.offset[:, None]
        np.maximum(rows, 0.0, out=rows)
        rows *= self.amount[:, None]
        for part, total in zip(self.parts, np.add.reduceat(rows, self.starts, axis=0), strict=True):
            yield part, _times(total, self.factors, values)


def _times(total: Numbers, factors: Sequence[int], values: Values) -> Numbers:
    for place in factors:
        total = total * values[place]
    return total


def bent(
    amounts: pa.Array, factors: Sequence[Uncertain], line: tuple[pa.Array, pa.Array], of: Uncertain, part: pa.Array
) -> Iterator[Bend | Scattered]:
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
    alike = grouped.aggregate([("amount", "list"), ("slope", "list"), ("offset", "list")])
    if alike.num_rows > FEW and table.num_rows < alike.num_rows * ALONE:
        yield from _scattered(table, keys)
        return
    for row in alike.to_pylist():
        amount, slopes, offsets = (np.array(row[f"{name}_list"]) for name in ("amount", "slope", "offset"))
        yield _bend(row["part"], tuple(row[key] for key in keys), row["at"], (amount, slopes, offsets))


def _scattered(table: pa.Table, keys: Sequence[str]) -> Iterator[Bend | Scattered]:
    """All rows with the same factors at once; those whose number is unknown as they are."""
    known = table.filter(pc.is_valid(table.column("at")))
    for row in table.filter(pc.is_null(table.column("at"))).to_pylist():
        only = tuple(np.array([row[name]]) for name in ("amount", "slope", "offset"))
        yield _bend(row["part"], tuple(row[key] for key in keys), None, only)
    different = known.group_by(keys, use_threads=False).aggregate([]).to_pylist() if keys else [{}]
    for factors in different:
        mine = known
        for key in keys:
            mine = mine.filter(pc.equal(mine.column(key), factors[key]))
        mine = mine.sort_by("part")
        parts, starts = np.unique(mine.column("part").to_numpy(), return_index=True)
        places, at = np.unique(mine.column("at").to_numpy(), return_inverse=True)
        amount, slope, offset = (mine.column(name).to_numpy() for name in ("amount", "slope", "offset"))
        yield Scattered(tuple(parts.tolist()), starts, tuple(factors[key] for key in keys), tuple(places.tolist()), at,
                        amount, slope, offset)  # fmt: skip


def _bend(part: int, factors: tuple[int, ...], at: int | None, rows: Sequence[Numbers]) -> Bend:
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
