"""Where the pools of a period went: each pool of each month with its rule, weights and parts, and the totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.billing import billing
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import EXACT, UNALLOCATED
from breakeven.ledger.sharing.drivers import Drivers
from breakeven.ledger.sharing.pool_steps import PoolShare, PoolStep, Steps, plain
from breakeven.ledger.sharing.pools import by_month, pooled_cost, unconverted
from breakeven.ledger.sharing.splitting import Splitting
from breakeven.ledger.window import Window
from breakeven.money import cents
from breakeven.period import Period, add_months
from breakeven.workspace.definitions import Pool

_ZERO = Decimal(0)


class PoolTotal(Result, frozen=True, kw_only=True):
    """One pool over the period."""

    pool: str
    rules: tuple[str, ...]
    """Rules that were in force."""
    billed: Decimal
    received: Decimal
    parts: Mapping[str, Decimal]
    """Project, pool or `unallocated` → its part; they add up to billed and received."""


class Allocation(Result, frozen=True, kw_only=True):
    """Pools of a period and where they went."""

    period: str
    start: date
    end: date
    currency: str
    data_version: int
    methodology: str
    billed: Decimal
    """On the bills of all pools that are shown."""
    projects: Mapping[str, Decimal]
    """Project → its part."""
    unallocated: Decimal
    pools: tuple[PoolTotal, ...]
    steps: tuple[PoolStep, ...]
    """By month, givers before receivers."""
    notes: tuple[str, ...] = ()


class Shared:
    """The pools of a desk as the facts have them now: amounts, rules and what they are split by."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.book = desk, desk.live_book()
        self.months = self.book.months
        self.span: Window = desk.window(self.months[0], add_months(self.months[-1], 1))
        self.drivers = Drivers(desk.reading, self.book.sheet, self.months, self.span)
        changes = billing(desk.reading, self.months, self.span).pooled
        self.pooled = pooled_cost(desk.reading, self.span, changes)
        self.unconverted = unconverted(desk.reading, self.span)

    @property
    def pools(self) -> Mapping[str, Pool]:
        """As declared."""
        return self.desk.workspace.pools

    def steps(self, months: Iterable[date]) -> list[PoolStep]:
        """How the pools of some months were split."""
        splitting, billed = Splitting(self.pools, self.drivers), by_month(self.pooled)
        told = Steps(self.pools, self.drivers, self.book.names, self.unconverted)
        return [told.step(month, one) for month in months for one in splitting.month(month, billed.get(month, {}))]

    def check_pool(self, pool: str | None) -> None:
        """Raises UnknownName for a pool that is neither declared nor billed."""
        known = {*self.pools, *(name for _, name in (*self.pooled, *self.unconverted))}
        if pool is not None and pool not in known:
            raise UnknownName("pool", pool, known)

    def names(self, period: Period) -> list[date]:
        """Months of the period that the book has. Raises UsageProblem for a period that is not of whole months."""
        if not self.desk.window(period.start, period.end).whole_months:
            message = f"pools are split by whole months, {period.name} is not: name a month, quarter or year"
            raise UsageProblem(message)
        return [month for month in self.months if period.start <= month < period.end]


def pool_steps(desk: Desk) -> tuple[PoolStep, ...]:
    """How every pool was split in every month, givers before receivers; kept until a fact changes."""
    reading, versions = desk.reading, desk.reading.moment.versions.by_kind
    version = (*(versions[kind] for kind in sorted(versions)), reading.today)
    return reading.cache.get(("pool steps",), version, lambda: _every_step(desk))


def _every_step(desk: Desk) -> tuple[PoolStep, ...]:
    shared = Shared(desk)
    return tuple(shared.steps(shared.months))


def pool_trace(desk: Desk, month: date) -> tuple[PoolStep, ...]:
    """How every pool of a month was split, givers before receivers."""
    return tuple(step for step in pool_steps(desk) if step.month == month.replace(day=1))


def part_words(desk: Desk, month: date, project: str, amount: Decimal | None) -> str:
    """Of which pools a project's allocated cost of a month is, and by which weights.

    A closed month keeps its amount: what the pools would give now is not told as its reason.
    """
    told = [(step, share) for step in pool_trace(desk, month) for share in step.shares if share.to == project]
    told = [(step, share) for step, share in told if share.amount or share.note]
    if sum((share.amount for _, share in told), _ZERO) != (amount or _ZERO):
        return "the project's share of the pools of the month, as it was closed"
    return "; ".join(_words(step, share) for step, share in told) or "no pool gives it a part"


def _words(step: PoolStep, share: PoolShare) -> str:
    whole = sum((one.weight for one in step.shares if one.weight is not None), _ZERO)
    by = f" by {step.rule}" if step.rule else ""
    weight = f", {share.weight} of {plain(whole)}" if share.weight is not None else ""
    note = f" ({share.note})" if share.note else ""
    return f"{cents(share.amount)} of {cents(step.total)} of {step.pool}{by}{weight}{note}"


def allocation(desk: Desk, period: Period, pool: str | None = None, project: str | None = None) -> Allocation:
    """Pools of a period of whole months; one pool, or what one project got, where it is named.

    Raises UsageProblem for another period, UnknownName for a pool or project.
    """
    shared = Shared(desk)
    shared.check_pool(pool)
    desk.check_projects(None if project is None else (project,))
    months = shared.names(period)
    steps = [step for step in shared.steps(months) if pool is None or step.pool == pool]
    if project is not None:
        steps = [mine for step in steps if (mine := _only(step, project)).shares]
    to: defaultdict[str, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for step in steps:
            for share in step.shares:
                if share.kind != "pool":
                    to[share.to] += share.amount
        nobody = to.pop(UNALLOCATED, _ZERO)
        return Allocation(
            period=period.name, start=period.start, end=period.end, currency=desk.workspace.currency,
            data_version=desk.reading.moment.versions.data, methodology=desk.workspace.methodology.version,
            billed=tidy(sum((step.billed for step in steps), _ZERO)),
            projects={name: tidy(amount) for name, amount in sorted(to.items())}, unallocated=tidy(nobody),
            pools=tuple(_total(name, steps) for name in dict.fromkeys(step.pool for step in steps)),
            steps=tuple(steps), notes=(*_closed(desk, shared, months), *_lost(shared, months, steps, pool)),
        )  # fmt: skip


def _only(step: PoolStep, project: str) -> PoolStep:
    return msgspec.structs.replace(step, shares=tuple(share for share in step.shares if share.to == project))


def _total(pool: str, steps: list[PoolStep]) -> PoolTotal:
    mine = [step for step in steps if step.pool == pool]
    parts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for step in mine:
        for share in step.shares:
            parts[share.to] += share.amount
    return PoolTotal(
        pool=pool, rules=tuple(dict.fromkeys(step.rule for step in mine if step.rule is not None)),
        billed=tidy(sum((step.billed for step in mine), _ZERO)),
        received=tidy(sum((step.received for step in mine), _ZERO)),
        parts={name: tidy(amount) for name, amount in sorted(parts.items())},
    )  # fmt: skip


def _lost(shared: Shared, months: list[date], steps: list[PoolStep], pool: str | None) -> Iterable[str]:
    """Pools of which nothing is known."""
    told = {(step.month, step.pool) for step in steps}
    for (month, name), words in sorted(shared.unconverted.items()):
        if month in months and (month, name) not in told and pool in (None, name):
            yield f"{month:%Y-%m} {name}: {words}"


def _closed(desk: Desk, shared: Shared, months: list[date]) -> Iterable[str]:
    """Closed months whose parts are other ones by now."""
    if not desk.sealed:
        return
    now = dict(zip(shared.book.names, shared.book.sheet.columns["cost_allocated"].to_pylist(), strict=True))
    book = desk.book()
    then = dict(zip(book.names, book.sheet.columns["cost_allocated"].to_pylist(), strict=True))
    for month in months:
        changed = [p for m, p in {**now, **then} if m == month and (now.get((m, p)) or 0) != (then.get((m, p)) or 0)]
        if changed:
            yield f"{month:%Y-%m} is closed: the statement keeps the parts of {', '.join(sorted(changed))} as closed"
