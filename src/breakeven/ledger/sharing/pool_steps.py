"""How pools were split, for people who check it: each pool of a month with its cost, rule, weights and parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.sharing.drivers import MEASURED, Drivers
from breakeven.ledger.sharing.splitting import Solved
from breakeven.workspace.definitions import Pool, PoolRule, Split

COUNTS: Mapping[PoolRule, str] = {
    **MEASURED, "even": "the same for each", "weights": "declared weights", "headcount": "people",
}  # fmt: skip
"""Rule → what it counts."""
SHOWN = 5
"""Projects that a reason names."""


class PoolShare(Result, frozen=True, kw_only=True):
    """Who gets which part of a pool."""

    to: str
    """Project, pool or `unallocated`."""
    kind: Literal["project", "pool", "unallocated"]
    weight: Decimal | None
    """None: unknown, or not a member itself (its part came through a circle of pools)."""
    amount: Decimal
    note: str | None = None
    """Why the weight is unknown, what it does not include, or how the part came."""


class PoolStep(Result, frozen=True, kw_only=True):
    """One pool in one month; the amounts of its shares add up to `total`."""

    month: date
    pool: str
    rule: str | None
    """None: no rule is in force."""
    counts: str | None
    """What the rule counts, in words."""
    billed: Decimal
    """On the pool's own bills."""
    received: Decimal
    """From other pools."""
    total: Decimal
    shares: tuple[PoolShare, ...]
    reason: str | None = None
    """Why there is an unallocated part, or whose weights are unknown."""
    circle: tuple[str, ...] = ()
    """Pools that give to each other and were solved together."""
    complete: Decimal | None = None
    """Complete reciprocated cost: what passed through the pool with all that the circle gave it."""


class Steps:
    """Tells the splits of one workspace's pools."""

    def __init__(
        self, pools: Mapping[str, Pool], drivers: Drivers, rows: Iterable[tuple[date, str]],
        unconverted: Mapping[tuple[date, str], str],
    ) -> None:  # fmt: skip
        self._pools, self._drivers, self._rows, self._unconverted = pools, drivers, frozenset(rows), unconverted

    def step(self, month: date, one: Solved) -> PoolStep:
        """One pool as people read it."""
        split = one.split
        return PoolStep(
            month=month, pool=one.pool, rule=split.rule if split else None,
            counts=COUNTS[split.rule] if split else None, billed=tidy(one.billed), received=tidy(one.received),
            total=tidy(one.billed + one.received), shares=tuple(self._shares(month, one)),
            reason="; ".join(self._reasons(month, one)) or None, circle=one.circle,
            complete=None if one.complete is None else tidy(one.complete),
        )  # fmt: skip

    def _shares(self, month: date, one: Solved) -> Iterable[PoolShare]:
        lost = Decimal(0)
        for name in sorted({*one.weights, *one.parts} - {UNALLOCATED}):
            weight, amount = one.weights.get(name), one.parts.get(name, Decimal(0))
            kind: Literal["project", "pool"] = (
                "pool" if one.split is not None and name in one.split.feeds else "project"
            )
            if kind == "project" and (month, name) not in self._rows:
                lost += amount
                continue
            yield PoolShare(to=name, kind=kind, weight=None if weight is None else plain(weight),
                            amount=tidy(amount), note=self._note(month, one, name, kind))  # fmt: skip
        nobody = one.parts.get(UNALLOCATED, Decimal(0)) + lost
        if nobody:
            yield PoolShare(to=UNALLOCATED, kind="unallocated", weight=None, amount=tidy(nobody))

    def _note(self, month: date, one: Solved, name: str, kind: str) -> str | None:
        if name in one.circle:
            return f"gives back: solved together with {', '.join(pool for pool in one.circle if pool != name)}"
        if name not in one.weights:
            return f"through {', '.join(pool for pool in one.circle if pool != one.pool)}"
        if kind == "pool":
            return "no weight is known of its projects" if one.weights[name] is None else None
        return self._drivers.note(one.split.rule, month, name) if one.split is not None else None

    def _reasons(self, month: date, one: Solved) -> Iterable[str]:
        if (month, one.pool) in self._unconverted:
            yield f"some of its bills are not in it: {self._unconverted[month, one.pool]}"
        split, pool = one.split, self._pools.get(one.pool)
        if split is None:
            first = f"{pool.start:%Y-%m}" if pool is not None and pool.start is not None else ""
            yield (f"no rule of {one.pool} holds in {month:%Y-%m}: the first starts in {first}" if pool is not None
                   else f"{one.pool} is not declared in allocation.yaml")  # fmt: skip
            return
        idle = [name for name in split.projects if name not in one.weights and not split.everyone]
        unknown = sorted(name for name, weight in one.weights.items() if weight is None)
        if not one.weights:
            yield f"nobody who shares {one.pool} ran in {month:%Y-%m}"
        elif idle:
            yield f"{', '.join(idle)} did not run in {month:%Y-%m}"
        if unknown:
            yield self._unknown(month, one, split, unknown)
        if one.weights and len(unknown) < len(one.weights) and not any(one.weights.values()):
            yield "all known weights are 0"
        elif UNALLOCATED in one.parts and any(one.weights.values()):
            others = ", ".join(pool for pool in one.circle if pool != one.pool)
            yield f"what goes through {others} cannot be split further"

    def _unknown(self, month: date, one: Solved, split: Split, unknown: list[str]) -> str:
        why = self._why(month, split, unknown)
        if len(unknown) == len(one.weights):
            return f"no weight is known: {why}"
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        verb = "gets nothing, its weight is" if len(unknown) == 1 else "get nothing, their weights are"
        return f"{', '.join(unknown[:SHOWN])}{more} {verb} unknown: {why}"

    def _why(self, month: date, split: Split, unknown: list[str]) -> str:
        notes = [self._drivers.note(split.rule, month, name) for name in unknown if name not in split.feeds]
        different = list(dict.fromkeys(note for note in notes if note))
        more = f" (and {len(different) - 1} more)" if len(different) > 1 else ""
        return different[0] + more if different else "nothing is recorded"


def plain(weight: Decimal) -> Decimal:
    """A weight without zeros that say nothing."""
    short = weight.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
