"""What every project would look like if the pools were split by another rule: all rules side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar, get_args

import msgspec
import pyarrow as pa

from breakeven.facts import UNASSIGNED
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.evaluate import Ask, Level, make_level
from breakeven.ledger.books.valuation import revalued
from breakeven.ledger.desk import NET, ROI, Desk, headline_columns
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.sharing.pool_report import Shared
from breakeven.ledger.sharing.pools import by_month, collected
from breakeven.ledger.sharing.splitting import Solved, Splitting
from breakeven.period import Grain, Period
from breakeven.workspace.definitions import Pool, PoolRule, Split

DECLARED = "declared"
"""Stands for the rules as the workspace has them."""
_ZERO = Decimal(0)
Kind = TypeVar("Kind", Split, Pool)


class UnderRule(Result, frozen=True, kw_only=True):
    """A project if pools were split by one rule."""

    rule: str
    allocated: Decimal | None
    investment: Decimal | None
    net_value: Decimal | None
    roi_percent: Decimal | None
    flips: bool
    """Whether it makes a loss under this rule and none as declared, or the other way round."""
    reason: str | None = None
    """Why a figure is unknown."""


class ProjectRules(Result, frozen=True, kw_only=True):
    """A project under every rule; the first is what is declared."""

    project: str
    total_value: Decimal | None
    rules: tuple[UnderRule, ...]
    flips: tuple[str, ...]
    """Rules that turn the sign of its net value."""


class RuleUse(Result, frozen=True, kw_only=True):
    """What a rule makes of the pools."""

    rule: str
    unallocated: Decimal | None
    reason: str | None = None
    """Why it cannot be used."""


class RuleTable(Result, frozen=True, kw_only=True):
    """Statements of all projects under every rule."""

    period: str
    start: date
    end: date
    currency: str
    data_version: int
    methodology: str
    pools: tuple[str, ...]
    """Pools that the rules are tried on; the others stay as declared."""
    rules: tuple[RuleUse, ...]
    projects: tuple[ProjectRules, ...]
    notes: tuple[str, ...] = ()


def under_every_rule(desk: Desk, period: Period, pool: str | None = None, project: str | None = None) -> RuleTable:
    """Investment, net value and ROI of every project of a period, with the pools split by each rule in turn.

    Months are taken as if none were closed. Raises UsageProblem for a period that is not of whole months, UnknownName
    for a pool or project.
    """
    desk = desk.as_if_open() if desk.sealed else desk
    shared = Shared(desk)
    shared.check_pool(pool)
    scope = desk.check_projects(None if project is None else (project,))
    months = shared.names(period)
    split = Splitting(shared.pools, shared.drivers)
    billed = by_month(shared.pooled)
    touched = {one.pool for month in months for one in split.month(month, billed.get(month, {}))}
    tried = sorted(name for name in touched & shared.pools.keys() if pool is None or name == pool)
    made = [_Made(shared, rule, tried, months, period, scope) for rule in (DECLARED, *get_args(PoolRule))]
    found = [_project(name, made) for name in made[0].projects if name != UNALLOCATED]
    found = [one for one in found if scope or one.project != UNASSIGNED or any(rule.investment for rule in one.rules)]
    return RuleTable(
        period=period.name, start=period.start, end=period.end, currency=desk.workspace.currency,
        data_version=desk.reading.moment.versions.data, methodology=desk.workspace.methodology.version,
        pools=tuple(tried), rules=tuple(one.use for one in made), projects=tuple(found),
        notes=tuple(f"{month:%Y-%m} is closed: here it is taken as if it were open"
                    for month in months if month in desk.frozen.months),
    )  # fmt: skip


def _project(name: str, made: list[_Made]) -> ProjectRules:
    first, *others = (one.figures(name) for one in made)
    rules = [first]
    for one in others:
        turned = None not in (first.net_value, one.net_value) and (first.net_value < 0) != (one.net_value < 0)  # type: ignore[operator]
        rules.append(msgspec.structs.replace(one, flips=turned))
    return ProjectRules(project=name, total_value=made[0].value(name), rules=tuple(rules),
                        flips=tuple(one.rule for one in rules if one.flips))  # fmt: skip


class _Made:
    """The book with the pools split by one rule, summed to the projects."""

    def __init__(self, shared: Shared, rule: str, tried: list[str], months: list[date], period: Period,
                 scope: tuple[str, ...] | None) -> None:  # fmt: skip
        self._shared, self._rule, self._months = shared, rule, months
        self._pools = dict(shared.pools)
        self._pools.update((name, changed) for name in tried if (changed := _with_rule(self._pools[name], rule)))
        self._lacking = [name for name in tried if rule == "weights" and not _with_rule(shared.pools[name], rule)]
        self._unusable = "no pool declares weights" if tried and self._lacking == tried else None
        desk = shared.desk
        span = desk.window(period.start, period.end)
        ask = Ask(
            names=desk.headline(), span=span, grain=Grain.ALL, dims=("project",), projects=scope, name=period.name
        )
        splitting, billed = Splitting(self._pools, shared.drivers), by_month(shared.pooled)
        solved = {month: splitting.month(month, billed[month]) for month in months if month in billed}
        self._parts = collected(splitting, solved, frozenset(shared.book.names))
        if rule == DECLARED:
            self._level: Level = desk.level(ask)
        else:
            self._level = make_level(desk.reading, desk.evaluator, ask, self._book)
        self.projects = [str(key[0]) for key in self._level.grid.keys]
        self._unknown, self._stuck = ({}, []) if rule == DECLARED or self._unusable else self._gaps(solved)

    def _book(self) -> Book:
        """The book with other parts in the months of the period."""
        names, before = self._shared.book.names, self._shared.book.sheet.columns["cost_allocated"].to_pylist()
        pooled = {month for month, _ in self._parts}
        column = [
            self._parts.get(name, _ZERO) if name[0] in pooled else part
            for name, part in zip(names, before, strict=True)
        ]
        changed = {"cost_allocated": pa.array(column, DECIMAL)}
        return revalued(self._shared.book, self._shared.desk.evaluator, changed)

    def _gaps(self, solved: Mapping[date, Sequence[Solved]]) -> tuple[dict[str, str], list[str]]:
        """Project → why its part says nothing, and the pools that cannot be split in some month."""
        found, stuck, note = dict[str, str](), set[str](), self._shared.drivers.note
        for month, one in ((month, one) for month, pools in solved.items() for one in pools):
            if one.split is None:
                continue
            nobody = UNALLOCATED in one.parts
            stuck.update([one.pool] if nobody else [])
            for name, weight in one.weights.items():
                if name in found:
                    continue
                if weight is None:
                    why = note(one.split.rule, month, name) or "nothing is recorded"
                    found[name] = f"its weight in {one.pool} is unknown: {why}"
                elif nobody:
                    found[name] = f"{one.pool} of {month:%Y-%m} cannot be split by {self._rule}: no weight"
        return found, sorted(stuck)

    @property
    def use(self) -> RuleUse:
        """What the rule makes of the pools."""
        if self._unusable:
            return RuleUse(rule=self._rule, unallocated=None, reason=self._unusable)
        nobody = sum((self._parts.get((month, UNALLOCATED), _ZERO) for month in self._months), _ZERO)
        said = [f"{', '.join(self._lacking)} as declared: no weights"] if self._lacking else []
        said += [f"{', '.join(self._stuck)} cannot be split by it in every month"] if self._stuck else []
        said += [f"weights are unknown: {', '.join(sorted(self._unknown))}"] if self._unknown and not said else []
        return RuleUse(rule=self._rule, unallocated=tidy(nobody), reason="; ".join(said) or None)

    def value(self, project: str) -> Decimal | None:
        """Total value of a project."""
        return tidy_or_none(headline_columns(self._level)[0][self.projects.index(project)])

    def figures(self, project: str) -> UnderRule:
        """A project's statement in four figures."""
        reason = self._unusable or self._unknown.get(project)
        if reason:
            return UnderRule(rule=self._rule, allocated=None, investment=None, net_value=None, roi_percent=None,
                             flips=False, reason=reason)  # fmt: skip
        row, sheet = self.projects.index(project), self._level.sheet
        value, investment = (column[row] for column in headline_columns(self._level))
        net = sheet.value(NET, row) if NET in sheet.columns else _difference(value, investment)
        return UnderRule(
            rule=self._rule, allocated=tidy_or_none(sheet.value("cost_allocated", row)),
            investment=tidy_or_none(investment), net_value=tidy_or_none(net),
            roi_percent=self._roi(row, value, investment),
            flips=False, reason=None if net is not None else f"no {'value' if value is None else 'cost'} is known",
        )  # fmt: skip

    def _roi(self, row: int, value: Decimal | None, investment: Decimal | None) -> Decimal | None:
        if investment is None or investment <= 0:
            return None
        if ROI in self._level.sheet.columns:
            return tidy_or_none(self._level.sheet.value(ROI, row))
        return None if value is None else tidy(((value / investment - 1) * 100).quantize(Decimal("1e-12")))


def _difference(value: Decimal | None, investment: Decimal | None) -> Decimal | None:
    return None if value is None or investment is None else value - investment


def _with_rule(pool: Pool, rule: str) -> Pool | None:
    """A pool whose splits all go by one rule; None where it has no weights for it. `declared` keeps them."""
    if rule == DECLARED:
        return pool
    if rule == "weights" and not any(split.weights for split in (pool, *pool.later)):
        return None
    first: Pool = _ruled(pool, rule)
    return msgspec.structs.replace(first, later=tuple(_ruled(split, rule) for split in pool.later))


def _ruled(split: Kind, rule: str) -> Kind:
    kept = rule == "weights" and not split.weights
    return split if kept else msgspec.structs.replace(split, rule=msgspec.convert(rule, PoolRule))
