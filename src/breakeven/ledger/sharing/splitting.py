"""Pools split in the order in which they feed each other; those that give in a circle are solved together.

Step-down and reciprocal method as in Horngren, Datar, Rajan: Cost Accounting, "Allocation of support-department costs".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property

import msgspec

from breakeven.ledger.sharing.allocate import EXACT, UNALLOCATED, allocate, whole_weights
from breakeven.ledger.sharing.drivers import Drivers, Weight
from breakeven.workspace.definitions import Pool, PoolRule, Split
from breakeven.workspace.stages import stages

ZERO = Decimal(0)
LAST = Decimal("1e-12")
"""The last digit that the ledger keeps."""


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    """One pool in one month."""

    pool: str
    split: Split | None
    """None: none is in force."""
    billed: Decimal
    received: Decimal
    """From other pools that were split before."""
    weights: Mapping[str, Weight] = {}
    """Project or pool that shares → its weight; None is unknown."""
    parts: Mapping[str, Decimal] = {}
    """Who gets which part of what was billed and received; they add up to it."""
    circle: tuple[str, ...] = ()
    """The pools that were solved together, where there are several."""
    complete: Decimal | None = None
    """What passed through the pool, with all that the circle gave it; 12 decimals."""


class Splitting:
    """Splits the pools of a month."""

    def __init__(self, pools: Mapping[str, Pool], drivers: Drivers) -> None:
        self._pools, self._drivers = pools, drivers

    def month(self, month: date, billed: Mapping[str, Decimal]) -> list[Solved]:
        """Every pool that has an amount in the month, givers before receivers."""
        received: defaultdict[str, Decimal] = defaultdict(Decimal)
        found: list[Solved] = []
        with localcontext(EXACT):
            for group in self._order(month, billed):
                if not any(billed.get(pool) or received[pool] for pool in group):
                    continue
                made = [self._weighted(pool, month, billed.get(pool, ZERO), received[pool]) for pool in group]
                for one in together(made) if len(made) > 1 else [_alone(made[0])]:
                    found.append(one)
                    for pool in self._fed.intersection(one.parts):
                        received[pool] += one.parts[pool]
        return found

    def _order(self, month: date, billed: Mapping[str, Decimal]) -> list[tuple[str, ...]]:
        if not self._fed:
            return [(pool,) for pool in sorted(billed)]
        feeds: dict[str, Sequence[str]] = dict.fromkeys((*billed, *self._fed), ())
        for name, pool in self._pools.items():
            split = pool.on(month)
            feeds[name] = [other for other in split.feeds if other != name] if split is not None else ()
        return stages(feeds)

    def final(self, one: Solved) -> dict[str, Decimal]:
        """The parts that are not split further."""
        return {name: part for name, part in one.parts.items() if name not in self._fed}

    @cached_property
    def _fed(self) -> frozenset[str]:
        """Pools that get parts of others. None of them has the name of a project."""
        splits = (split for pool in self._pools.values() for split in (pool, *pool.later))
        return frozenset(name for split in splits for name in split.feeds)

    def _weighted(self, name: str, month: date, billed: Decimal, received: Decimal) -> Solved:
        pool = self._pools.get(name)
        split = pool.on(month) if pool is not None else None
        weights = self._weights(name, split, month) if split is not None else {}
        return Solved(pool=name, split=split, billed=billed, received=received, weights=weights)

    def _weights(self, name: str, split: Split, month: date) -> dict[str, Weight]:
        feeds = [pool for pool in split.feeds if pool != name]
        projects = self._projects(split, split.rule, month)
        if split.rule == "weights":
            return {member: split.weights.get(member, ZERO) for member in (*projects, *feeds)}
        found = {project: self._drivers.weight(split.rule, month, project) for project in projects}
        return found | {pool: self._pool_weight(split.rule, month, pool, name) for pool in feeds}

    def _projects(self, split: Split, rule: PoolRule, month: date) -> list[str]:
        if split.everyone:
            return self._drivers.everyone(rule, month)
        return self._drivers.running(split.projects, month)

    def _pool_weight(self, rule: PoolRule, month: date, pool: str, giver: str) -> Weight:
        """What a pool counts: 1, or the sum over the projects that it reaches other than through the giver."""
        if rule == "even":
            return Decimal(1)
        known = [self._drivers.weight(rule, month, project) for project in self._reached(rule, month, pool, giver)]
        counted = [weight for weight in known if weight is not None]
        return sum(counted, ZERO) if counted or not known else None

    def _reached(self, rule: PoolRule, month: date, pool: str, giver: str) -> list[str]:
        seen, waiting, projects = {giver}, [pool], set[str]()
        while waiting:
            name = waiting.pop()
            split = self._pools[name].on(month) if name not in seen and name in self._pools else None
            seen.add(name)
            if split is not None:
                projects.update(self._projects(split, rule, month))
                waiting += split.feeds
        return sorted(projects)


def _alone(one: Solved) -> Solved:
    amount = one.billed + one.received
    return msgspec.structs.replace(one, parts=allocate(amount, _known(one.weights)))


def _known(weights: Mapping[str, Weight]) -> dict[str, Decimal]:
    return {name: weight for name, weight in weights.items() if weight}


def together(group: Sequence[Solved]) -> list[Solved]:
    """Pools that give in a circle, by the reciprocal method.

    With S the shares that the pools give each other, what was put into pool p passes through pool q in the part
    (I - S)^-1 [p, q]: so much of it goes on from q to those outside the circle. Each pool's own amount is split by
    these parts, to the cent.
    """
    pools = tuple(one.pool for one in group)
    given = _leaving({one.pool: _known(one.weights) for one in group})
    scaled = {pool: dict(zip(weights, whole_weights([*weights.values()]), strict=True))
              for pool, weights in given.items()}  # fmt: skip
    totals = {pool: sum(weights.values()) for pool, weights in scaled.items()}
    passing = _inverse([
        [Fraction(int(p == q)) - Fraction(scaled[p].get(q, 0), totals[p]) for q in pools] for p in pools
    ])  # fmt: skip
    amounts = [one.billed + one.received for one in group]
    found = []
    for place, one in enumerate(group):
        factors = whole_weights([passing[place][i] / totals[pool] for i, pool in enumerate(pools)])
        outside: defaultdict[str, int] = defaultdict(int)
        for factor, pool in zip(factors, pools, strict=True):
            for name, weight in scaled[pool].items():
                if name not in pools:
                    outside[name] += factor * weight
        came = (Fraction(amount) * row[place] for amount, row in zip(amounts, passing, strict=True))
        through = sum(came, Fraction(0))
        found.append(msgspec.structs.replace(
            one, parts=allocate(amounts[place], outside),
            circle=pools, complete=(Decimal(through.numerator) / through.denominator).quantize(LAST),
        ))  # fmt: skip
    return found


def _leaving(weights: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Mapping[str, Decimal]]:
    """Who gets what, with `unallocated` for those pools of the circle out of which nothing can go."""
    free: set[str] = set()
    while found := {pool for pool, to in weights.items() if pool not in free and set(to) - (weights.keys() - free)}:
        free |= found
    return {pool: to if pool in free else {UNALLOCATED: Decimal(1)} for pool, to in weights.items()}


def _inverse(matrix: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """The inverse by Gauss-Jordan elimination, in exact fractions; the matrix must have one."""
    size = len(matrix)
    rows = [[*row, *(Fraction(int(i == j)) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = next(i for i in range(column, size) if rows[i][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for i in range(size):
            if i != column and rows[i][column]:
                factor = rows[i][column]
                rows[i] = [value - factor * other for value, other in zip(rows[i], rows[column], strict=True)]
    return [row[size:] for row in rows]
