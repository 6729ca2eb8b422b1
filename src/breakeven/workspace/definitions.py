"""What a company declares: the records that a workspace's files are read into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal, get_args

import msgspec

from breakeven.formula import Expression
from breakeven.money import Rate
from breakeven.period import Calendar, Grain
from breakeven.pricing import Prices
from breakeven.workspace.access_rights import Rights
from breakeven.workspace.hooks import Hook
from breakeven.workspace.otlp_rules import OtlpRules
from breakeven.workspace.panel_refs import PanelChoice
from breakeven.workspace.pulls import Pull
from breakeven.workspace.reports import Reporting


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
Stage = Literal["idea", "pilot", "production", "retired"]
Realisation = Literal["cash", "capacity", "strategic"]
Distribution = Literal["fixed", "uniform", "triangular", "normal", "lognormal", "pert"]
Refresh = Literal["continuous", "minute", "hour", "day", "week", "month"]
Grade = Literal["A", "B", "C", "D", "E"]
ExperimentKind = Literal["randomised", "before_after", "difference_in_differences", "interrupted_time_series"]
PerUnit = Literal["mean", "sum", "any"]
PoolRule = Literal["even", "interactions", "tokens", "cost", "active_users", "headcount", "weights"]


class Implementation(Record, frozen=True, kw_only=True):
    """One-off cost of building a project, written off in equal months."""

    cost: Decimal
    """In the workspace's currency."""
    start: date
    """First month of the write-off."""
    months: int = 12
    """Number of months."""


class PlannedMonth(Record, frozen=True, kw_only=True):
    """One month of a plan, in the workspace's currency."""

    cost: Decimal
    benefit: Decimal


class BusinessCase(Record, frozen=True, kw_only=True):
    """What was planned: either cost and benefit per month with a ramp, or every month by itself."""

    cost: Decimal | None = None
    """Per month."""
    benefit: Decimal | None = None
    """Per month, once the ramp is over."""
    investment: Decimal | None = None
    """One-off, on top of the cost per month."""
    investment_months: int | None = None
    """Months over which the plan writes it off; None: as the project's implementation, or all in the first month."""
    start: date | None = None
    """First month; None: the project's."""
    months: int = 24
    """Horizon."""
    ramp: Mapping[int, Decimal] = {}
    """Month of the plan, from 1 → share of the benefit in it; the last share holds on."""
    plan: Mapping[date, PlannedMonth] = {}
    """Every month by itself; empty: made from what stands above."""
    approved: date | None = None
    """When it was approved, as far as the file says."""


class Overlap(Record, frozen=True, kw_only=True):
    """Another project that claims part of the same benefit."""

    project: str
    category: str
    weight: Decimal


class Resting(Record, frozen=True, kw_only=True):
    """A figure that the value of a category rests on: where it falls below its baseline, the value falls with it."""

    category: str
    """Value category."""
    figure: str
    baseline: Decimal
    """What the figure was when the value was stated, above 0."""
    tolerance: Decimal = Decimal(0)
    """How far the figure may be off before anything is taken away, in the figure's unit."""
    floor: Decimal = Decimal(0)
    """Share of the value that stays whatever the figure says, from 0 to 1."""
    direction: Direction = Direction.UP
    """Which way of the figure is good; DOWN: it is worse above its baseline."""


class Headline(Record, frozen=True, kw_only=True):
    """What counts towards the value that a statement is headed by."""

    grades: tuple[Grade, ...] = get_args(Grade)
    realisations: tuple[Realisation, ...] = get_args(Realisation)

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return set(self.grades) == set(get_args(Grade)) and set(self.realisations) == set(get_args(Realisation))


class Project(Record, frozen=True, kw_only=True):
    """One AI project."""

    id: str
    name: str
    category: Category
    owner: str | None = None
    start: date | None = None
    """First day; months before it have no entries."""
    end: date | None = None
    stage: Stage = "production"
    budget: Decimal | None = None
    """Per month, in the workspace's currency."""
    implementation: Implementation | None = None
    business_case: BusinessCase | None = None
    baselines: Mapping[str, Decimal] = {}
    """Values of assumptions for this project: what was before AI."""
    overlaps: tuple[Overlap, ...] = ()
    headcount: tuple[Headcount, ...] = ()
    """People that the project serves or employs, in order of start; pools of the rule headcount count them."""
    rests_on: tuple[Resting, ...] = ()
    """What its value rests on."""


class AssumptionValue(Record, frozen=True, kw_only=True):
    """A value from a day on, for all projects or one."""

    value: Decimal
    start: date
    project: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    distribution: Distribution = "fixed"


class Assumption(Record, frozen=True, kw_only=True):
    """A number that nobody measured, with who answers for it."""

    name: str
    unit: str
    """For example money/hour; money is the workspace's currency (a file may name the currency itself)."""
    values: tuple[AssumptionValue, ...]
    """In order of start; project overrides among them. Empty: nobody has stated it yet, it is unknown."""
    per: Literal["month"] | None = None
    """month: the value is an amount per month and project (a baseline): an open month gets its elapsed share of it."""
    label: str = ""
    description: str = ""
    evidence: Grade = "E"
    source: str = ""
    owner: str = ""
    review_by: date | None = None
    experiment: str | None = None
    """The experiment whose effect it is; then it has no values of its own."""
    treatment: str | None = None
    """Which arm's effect, where the experiment has several."""
    relative: bool = False
    """Whether it is the effect as a share of the control's mean."""
    start: date | None = None
    """Day from which the effect holds; None: always."""
    refusal: str = ""
    """Why the experiment gives no effect, as far as it has been asked; nothing that is declared."""

    def on(self, day: date, project: str | None = None) -> AssumptionValue | None:
        """The value in force on a day: the project's own where it has one, else the common one."""
        for scope in (project, None) if project is not None else (None,):
            known = [v for v in self.values if v.project == scope and v.start <= day]
            if known:
                return max(known, key=lambda v: v.start)
        return None


class Definition(Record, frozen=True, kw_only=True):
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
    refresh: Refresh = "continuous"
    realisation: Realisation = "capacity"
    evidence: Grade | None = None
    """Grade of a value category where its inputs do not decide it."""
    expose: bool = False
    """Whether /metrics shows it whoever else names it."""
    file: str = ""
    line: int = 0


class Methodology(Record, frozen=True, kw_only=True):
    """All figures that are computed by formula, each after those it needs."""

    definitions: Mapping[str, Definition]
    """By name, in an order in which every formula comes after its inputs."""
    version: str
    """First 12 hex digits of the SHA-256 of the declared content (files in any order, comments left out)."""

    def values(self) -> tuple[Definition, ...]:
        """The value categories."""
        return tuple(d for d in self.definitions.values() if d.section == "value")


class Target(Record, frozen=True, kw_only=True):
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


class Split(Record, frozen=True, kw_only=True):
    """How a pool is split from a month on."""

    rule: PoolRule
    projects: tuple[str, ...] = ()
    """Projects that share; `all` stands for every project that ran in the month. Empty: all, unless pools share."""
    feeds: tuple[str, ...] = ()
    """Pools that share: their part is split further by their own rule."""
    weights: Mapping[str, Decimal] = {}
    """Project or pool → its weight, for the rule weights."""
    start: date | None = None
    """First month; None: always."""

    @property
    def everyone(self) -> bool:
        """Whether every project that ran shares."""
        return "all" in self.projects or not (self.projects or self.feeds)


class Pool(Split, frozen=True, kw_only=True):
    """Shared cost and how it is split; it is the first of its splits itself."""

    name: str
    reciprocal: bool = False
    """Whether it may give to pools that give to it: their splits are then solved together."""
    later: tuple[Split, ...] = ()
    """Splits that take its place, in order of their start."""

    def on(self, month: date) -> Split | None:
        """The split in force in a month."""
        begun = [one for one in (self, *self.later) if one.start is None or one.start <= month]
        return begun[-1] if begun else None


class BenefitPool(Record, frozen=True, kw_only=True):
    """A benefit that several projects claim: it is shared by weight and counted up to its baseline."""

    name: str
    category: str
    """Value category."""
    projects: Mapping[str, Decimal]
    """Project → weight."""
    baseline: Decimal | None = None
    """Money per month that the whole benefit cannot exceed."""
    assumption: str | None = None
    """The baseline as the value of an assumption."""


class Headcount(Record, frozen=True, kw_only=True):
    """Number of people from a month on."""

    people: Decimal
    start: date | None = None
    """First month; None: always."""


class Meter(Record, frozen=True, kw_only=True):
    """Which lines of bills are the invoice for which metered traffic."""

    name: str
    providers: tuple[str, ...]
    """`provider` of the interactions."""
    vendor: str
    """`vendor` of the cost records."""
    services: tuple[str, ...] = ()
    """`service` of them; empty: whatever of the vendor's lines can be usage."""


class Readings(Record, frozen=True, kw_only=True):
    """The expressions of an experiment over the fields of a fact, checked."""

    outcome: Expression | None = None
    where: Expression | None = None
    group: Expression | None = None
    by: Expression | None = None


class Experiment(Record, frozen=True, kw_only=True):
    """A comparison whose effect is measured."""

    name: str
    kind: ExperimentKind
    unit: str
    """Unit of the effect: money/hour, 1…"""
    label: str = ""
    description: str = ""
    owner: str = ""
    fact: str = "interaction"
    """Fact kind whose records are compared, where there is an outcome."""
    figure: str | None = None
    """Figure of the catalogue that is compared over time, instead of an outcome."""
    outcome: str | None = None
    """Expression over the fields of a record."""
    where: str | None = None
    """Only records for which this is true."""
    group: str | None = None
    """What tells the arms of a randomised experiment, or the units of a comparison, apart."""
    by: str | None = None
    """What was randomised (an actor): its records count together; None: each record counts."""
    expression: Readings = Readings()
    proportion: bool = False
    """Whether the outcome is yes or no."""
    per_unit: PerUnit = "mean"
    """How the records of what was randomised are put together."""
    control: str | None = None
    treatments: tuple[str, ...] = ()
    """Arms, or units in which the change was made."""
    comparison: tuple[str, ...] = ()
    """Units in which it was not made; empty: all others."""
    projects: tuple[str, ...] = ()
    """Only these; empty: all."""
    start: date | None = None
    """First day; None: from the first record."""
    end: date | None = None
    """Last day; None: it goes on."""
    change: date | None = None
    """First day after the change."""
    grain: Grain = Grain.MONTH
    """Length of the periods that are compared."""
    level: Decimal = Decimal("0.95")
    minimum: int | None = None
    """Units in each arm, or periods on each side of the change; None: as the method says."""
    detectable: Decimal | None = None
    """Smallest effect that matters."""
    planned_split: Mapping[str, Decimal] = {}
    """Arm → its planned share; empty: equal shares."""
    file: str = ""
    line: int = 0


class SourceMapping(Record, frozen=True, kw_only=True):
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
    pull: Pull | None = None
    """Where its records are fetched from, and how often; None: they are imported by hand."""


class FigureRef(Record, frozen=True, kw_only=True):
    """A key figure of an audience."""

    figure: str
    label: str | None = None


class Workspace(Record, frozen=True, kw_only=True):
    """Everything declared, checked and resolved."""

    path: str
    """Folder it was read from; empty if built in memory."""
    name: str
    currency: str
    calendar: Calendar
    rates: tuple[Rate, ...]
    unknown_project: Literal["accept", "reject"]
    """accept: a fact of an undeclared project counts as `unassigned` until the project is declared; reject: it is
    rejected."""
    projects: Mapping[str, Project]
    assumptions: Mapping[str, Assumption]
    methodology: Methodology
    targets: tuple[Target, ...]
    pools: Mapping[str, Pool]
    sources: Mapping[str, SourceMapping]
    prices: Prices
    key_figures: Mapping[str, tuple[FigureRef, ...]]
    """Audience → its five to seven figures."""
    panels: Mapping[str, PanelChoice] = {}
    """Audience → what the workspace changes of its page."""
    files: Mapping[str, str] = {}
    """The texts that all this was read from, shipped ones included: what the archive of methodologies keeps."""
    headline: Headline = Headline()
    meters: Mapping[str, Meter] = {}
    """Declared; a provider and a vendor of the same name need no declaration."""
    benefit_pools: tuple[BenefitPool, ...] = ()
    """Benefits that several projects claim, overlaps of the projects among them."""
    teams: Mapping[str, tuple[Headcount, ...]] = {}
    """People of a team, in order of start."""
    experiments: Mapping[str, Experiment] = {}
    hooks: Mapping[str, Hook] = {}
    locale: str = "en"
    """How pages write numbers and dates, as CLDR spells it: en, de, fr_CH…"""
    otlp: OtlpRules = OtlpRules()
    reporting: Reporting = Reporting()
    access: Mapping[str, Rights] = {}
    """What is hidden from whom, by the readers' name."""
