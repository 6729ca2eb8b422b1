"""The pools of a period as a page shows them: sums by who received, and each part with its share and its weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Literal

from breakeven.ledger.numbers import EXACT, tidy
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.sharing.pool_report import Allocation, PoolTotal
from breakeven.ledger.sharing.pool_steps import PoolStep

_FINEST = Decimal("1e-12")


class PoolPart(Result, frozen=True, kw_only=True):
    """What one receiver got of a pool."""

    to: str
    kind: Literal["project", "pool", "unallocated"]
    amount: Decimal
    share: Decimal | None
    """Of the whole pool, 0 to 1; None: the pool came to nothing."""
    weight: Decimal | None
    """In the last month of the period in which the pool was split; None: unknown, or no member then."""
    note: str | None


class PoolLine(Result, frozen=True, kw_only=True):
    """One pool of the period."""

    pool: str
    rules: tuple[str, ...]
    counts: str | None
    """What the last rule counts, in words."""
    month: date
    """The last month in which it was split."""
    billed: Decimal
    received: Decimal
    total: Decimal
    to_projects: Decimal
    to_pools: Decimal
    unallocated: Decimal
    """The three add up to the total."""
    parts: tuple[PoolPart, ...]
    """The largest first; they add up to the total."""
    reason: str | None
    """Why a part is unallocated, or whose weights are unknown, in the last month."""


class PoolSums(Result, frozen=True, kw_only=True):
    """All pools together; bills = to projects + unallocated."""

    billed: Decimal
    to_projects: Decimal
    unallocated: Decimal


def pool_lines(found: Allocation) -> tuple[PoolLine, ...]:
    """Every pool of an allocation, in its order."""
    steps: dict[str, PoolStep] = {step.pool: step for step in found.steps}
    pools = frozenset(pool.pool for pool in found.pools)
    with localcontext(EXACT):
        return tuple(_line(pool, steps[pool.pool], pools) for pool in found.pools)


def pool_sums(found: Allocation) -> PoolSums:
    """What was billed, and where it went in the end."""
    given = sum(found.projects.values(), Decimal(0))
    return PoolSums(billed=found.billed, to_projects=tidy(given), unallocated=found.unallocated)


def _line(pool: PoolTotal, last: PoolStep, pools: frozenset[str]) -> PoolLine:
    total = pool.billed + pool.received
    parts = [_part(to, amount, total, last, pools) for to, amount in pool.parts.items()]
    sums = _sums(parts)
    return PoolLine(
        pool=pool.pool, rules=pool.rules, counts=last.counts, month=last.month, billed=pool.billed,
        received=pool.received, total=tidy(total), to_projects=sums["project"], to_pools=sums["pool"],
        unallocated=sums["unallocated"], reason=last.reason,
        parts=tuple(sorted(parts, key=lambda part: (part.kind == "unallocated", -part.amount, part.to))),
    )  # fmt: skip


def _part(to: str, amount: Decimal, total: Decimal, last: PoolStep, pools: frozenset[str]) -> PoolPart:
    shares = {share.to: share for share in last.shares}
    mine = shares.get(to)
    kind = mine.kind if mine is not None else "unallocated" if to == UNALLOCATED else "pool" if to in pools else None
    return PoolPart(
        to=to, kind=kind or "project", amount=amount, weight=mine.weight if mine is not None else None,
        share=(amount / total).quantize(_FINEST) if total else None, note=mine.note if mine is not None else None,
    )  # fmt: skip


def _sums(parts: Sequence[PoolPart]) -> Mapping[str, Decimal]:
    found = dict.fromkeys(("project", "pool", "unallocated"), Decimal(0))
    for part in parts:
        found[part.kind] += part.amount
    return {kind: tidy(amount) for kind, amount in found.items()}
