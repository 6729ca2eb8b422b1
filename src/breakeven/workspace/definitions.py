"""What a company declares: the records that a workspace's files are read into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from breakeven.formula import Expression
from breakeven.money import Rate
from breakeven.period import Calendar, Grain


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class Total(StrEnum):
    """How a figure's total over months and projects is taken."""

    SUM = "sum"
    """Made per month and project, then added up."""
    RECOMPUTE = "recompute"
    """Made anew from the added-up inputs at the level that is asked for."""


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


Category = Literal["customer_service", "process_automation", "predictive_analytics", "platform"]
Realisation = Literal["cash", "capacity", "strategic"]
Grade = Literal["A", "B", "C", "D", "E"]


class Implementation(Record):
    """One-off cost of building a project, written off in equal months."""

    cost: Decimal
    """In the workspace's currency."""
    start: date
    """First month of the write-off."""
    months: int = 12
    """Number of months."""


class BusinessCase(Record):
    """What was approved: plan per month."""

    cost: Decimal | None = None
    benefit: Decimal | None = None


class Overlap(Record):
    """Another project that claims part of the same benefit."""

    project: str
    category: str
    weight: Decimal


class Project(Record):
    """One AI project."""

    id: str
    name: str
    category: Category
    owner: str | None = None
    start: date | None = None
    """First day; months before it have no entries."""
    end: date | None = None
    stage: Literal["idea", "pilot", "production", "retired"] = "production"
    budget: Decimal | None = None
    """Per month, in the workspace's currency."""
    implementation: Implementation | None = None
    business_case: BusinessCase | None = None
    baselines: Mapping[str, Decimal] = {}
    """Values of assumptions for this project: what was before AI."""
    overlaps: tuple[Overlap, ...] = ()


class AssumptionValue(Record):
    """A value from a day on, for all projects or one."""

    value: Decimal
    start: date
    project: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    distribution: Literal["fixed", "uniform", "triangular", "normal", "lognormal", "pert"] = "fixed"


class Assumption(Record):
    """A number that nobody measured, with who answers for it."""

    name: str
    unit: str
    """For example USD/hour; the workspace's currency is meant where it says money."""
    values: tuple[AssumptionValue, ...]
    """In order of start; project overrides among them."""
    label: str = ""
    evidence: Grade = "E"
    source: str = ""
    owner: str = ""
    review_by: date | None = None

    def on(self, day: date, project: str | None = None) -> AssumptionValue | None:
        """The value in force on a day: the project's own where it has one, else the common one."""
        for scope in (project, None) if project is not None else (None,):
            known = [v for v in self.values if v.project == scope and v.start <= day]
            if known:
                return max(known, key=lambda v: v.start)
        return None


class Definition(Record):
    """One figure of the methodology: a value category or a metric."""

    name: str
    section: Literal["value", "metric"]
    """value: money of benefit, an entry in the ledger per month and project; metric: any other figure."""
    formula: str
    expression: Expression
    """The formula, checked."""
    unit: str
    """Display unit: money, hour, %, ms, month, 1…"""
    label: str
    description: str = ""
    total: Total = Total.RECOMPUTE
    direction: Direction = Direction.UP
    decimals: int = 2
    """Digits shown."""
    refresh: Literal["continuous", "minute", "hour", "day", "week", "month"] = "continuous"
    realisation: Realisation = "capacity"
    evidence: Grade | None = None
    """Grade of a value category where its inputs do not decide it."""
    file: str = ""
    line: int = 0


class Methodology(Record):
    """All figures that are computed by formula, each after those it needs."""

    definitions: Mapping[str, Definition]
    """By name, in an order in which every formula comes after its inputs."""
    version: str
    """First 12 hex digits of the SHA-256 of the declared content (files in any order, comments left out)."""

    def values(self) -> tuple[Definition, ...]:
        """The value categories."""
        return tuple(d for d in self.definitions.values() if d.section == "value")


class Target(Record):
    """What a metric should reach."""

    metric: str
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    """One of the two is given."""
    watch: Decimal | None = None
    """Between the target and this value the status is yellow; beyond it red. Default: 10 % beyond the target."""
    per: Grain | None = None
    """Length that an additive target is for: 40000 h per year is 3333.33 h per month. None: as it stands."""
    label: str = ""


class Pool(Record):
    """Shared cost and how it is split."""

    name: str
    rule: Literal["even", "interactions"]
    projects: tuple[str, ...] = ()
    """Who shares it; empty: every project that ran in the month."""


class SourceMapping(Record):
    """A named source of files: how its columns become a fact's fields."""

    name: str
    kind: str
    """Fact kind, or focus."""
    map: Mapping[str, str] = {}
    """Field → expression over the file's columns."""
    set: Mapping[str, str] = {}
    """Field → fixed value."""
    where: str | None = None
    """Only rows for which this expression is true."""
    order_by: str | None = None
    """Order in which the rows happened, where later rows supersede earlier ones."""


class Price(Record):
    """A dated price of the workspace's own, before the price book; money per million tokens."""

    model: str
    """Model name as in interactions; * at the end matches any rest."""
    provider: str | None = None
    start: date
    input_per_million: Decimal
    output_per_million: Decimal
    cached_per_million: Decimal | None = None
    """None: cached tokens cost what input costs."""
    currency: str = "USD"
    source: str = ""


class Prices(Record):
    """The workspace's own prices and the price book behind them."""

    own: tuple[Price, ...] = ()
    book: str | None = None
    """Path of a genai-prices table (JSON, may be gzipped) to use instead of the installed one."""


class FigureRef(Record):
    """A key figure of an audience."""

    figure: str
    label: str | None = None


class Workspace(Record):
    """Everything declared, checked and resolved."""

    path: str
    """Folder it was read from; empty if built in memory."""
    name: str
    currency: str
    calendar: Calendar
    rates: tuple[Rate, ...]
    unknown_project: Literal["accept", "reject"]
    """accept: a fact of an undeclared project goes to `unassigned`; reject: it is rejected."""
    projects: Mapping[str, Project]
    assumptions: Mapping[str, Assumption]
    methodology: Methodology
    targets: tuple[Target, ...]
    pools: Mapping[str, Pool]
    sources: Mapping[str, SourceMapping]
    prices: Prices
    key_figures: Mapping[str, tuple[FigureRef, ...]]
    """Audience → its five to seven figures."""
