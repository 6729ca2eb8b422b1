"""What the ledger answers with: the shapes that pages, reports, the API and the command line render.

Amounts are `Decimal`; they become decimal strings in JSON. A value that is not known is None and has a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

Number = Decimal | int | float
Status = Literal["green", "yellow", "red", "grey"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class MetricRow(Result, frozen=True, kw_only=True):
    """One value of a metric."""

    period: str
    """Name of the period: 2026-10, 2026-10-17T14:00…, all."""
    project: str | None
    """None: all projects together."""
    model: str | None
    """None: all models together, unless asked by model (then: not named by the source)."""
    value: Number | None
    reason: str | None
    """Why the value is unknown, or what it does not include."""
    dimension: str | None = None
    """Value of another dimension that was asked for (--by team, vendor…)."""


class MetricTable(Result, frozen=True, kw_only=True):
    """A metric over periods and scopes."""

    metric: str
    unit: str
    """`money` in it stands for `currency`."""
    currency: str
    label: str
    data_version: int
    methodology: str
    rows: tuple[MetricRow, ...]


class TargetStatus(Result, frozen=True, kw_only=True):
    """A metric against its target."""

    metric: str
    label: str
    unit: str
    value: Number | None
    reason: str | None
    target: Decimal
    """Scaled to the period where the target is per month or year."""
    rule: Literal["at_least", "at_most"]
    status: Status
    word: str
    """On track, Watch, Off track, No data."""


class Unknown(Result, frozen=True, kw_only=True):
    """A figure that has no value, and why."""

    figure: str
    reason: str


class MonthPoint(Result, frozen=True, kw_only=True):
    """One month on the way to break-even."""

    month: date
    value: Decimal
    cost: Decimal
    net: Decimal
    cumulative: Decimal
    """Net since the first month with an entry."""
    complete: bool
    """False: the month is still open; its amounts are as far as known."""


class Payback(Result, frozen=True, kw_only=True):
    """When the money came back."""

    months: Decimal | None
    """From the first month with an entry; interpolated within the month."""
    reached_on: date | None
    reason: str | None
    """Why there is none: not within the horizon, no cost, no value."""


class Proven(Result, frozen=True, kw_only=True):
    """Value of one degree of proof, against the whole investment."""

    value: Decimal | None
    cash: Decimal | None
    capacity: Decimal | None
    strategic: Decimal | None
    """The three add up to `value`."""
    net_value: Decimal | None
    """Value less the whole investment: cost counts whatever it is known by."""
    roi_percent: Decimal | None


class EvidenceSplit(Result, frozen=True, kw_only=True):
    """What of a statement's value is claimed, what is measured, and what finance has accepted."""

    claimed: Proven
    """All entries."""
    measured: Proven
    """Those of grade A to C."""
    validated: Proven
    """Those that finance has accepted, at the amount that it accepted."""
    by_grade: Mapping[str, Decimal]
    """Grade → claimed value."""
    validated_cost: Decimal | None
    """Investment that finance has accepted."""
    disputed: Decimal
    """Claimed value that is disputed."""
    headline: str
    """The rule, in words."""
    not_counted: Decimal
    """Claimed value that the rule leaves out of the statement's total."""
    notes: tuple[str, ...]
    """What the headline leaves out by category, disputes, and validations that no longer hold."""


class Change(Result, frozen=True, kw_only=True):
    """One amount of a month before and after."""

    project: str
    side: Literal["value", "cost"]
    category: str
    before: Decimal | None
    after: Decimal | None
    change: Decimal
    """After minus before; what is unknown counts as nothing here."""


class LateFacts(Result, frozen=True, kw_only=True):
    """Records of a closed month that came after it was closed."""

    kind: str
    project: str
    added: int
    """Records that were not there (interactions: their number)."""
    corrected: int
    """Records that were there and are another version now, in this month or in another."""
    amounts: Mapping[str, Decimal]
    """Currency → sum of the amounts of those that stand in the month now."""


class AfterClose(Result, frozen=True, kw_only=True):
    """What a closed month would be otherwise, by the facts and the methodology of the moment. It is in no total."""

    period: str
    version: int
    """Version of the close."""
    closed_at: datetime
    closed_by: str
    value: Decimal
    """Change of its value."""
    cost: Decimal
    """Change of its cost."""
    changes: tuple[Change, ...]
    late: tuple[LateFacts, ...]
    methodology: str | None
    """The methodology version that it was closed with, where that is not the present one."""


class MeteredCost(Result, frozen=True, kw_only=True):
    """Part of the metered cost of a statement: what it stands on."""

    vendor: str
    basis: Literal["invoice", "meter"]
    """invoice: the invoice, distributed by the meter; meter: what was metered, without an invoice that covers it."""
    amount: Decimal
    months: tuple[str, ...]
    words: str
    """Why."""


class Statement(Result, frozen=True, kw_only=True):
    """Entries added up for a period and a scope."""

    period: str
    start: date
    end: date
    """Day after the last."""
    scope: str
    """portfolio or a project's id."""
    currency: str
    data_version: int
    methodology: str
    made_at: datetime
    value: Mapping[str, Decimal | None]
    """Benefit by category."""
    cost: Mapping[str, Decimal | None]
    """Cost by kind: direct, metered, allocated, unallocated, implementation."""
    total_value: Decimal | None
    investment: Decimal | None
    net_value: Decimal | None
    roi_percent: Decimal | None
    cumulative: tuple[MonthPoint, ...]
    """Every month from the first entry to the period's end."""
    cumulative_roi_percent: Decimal | None
    payback_months: Decimal | None
    run_rate: Decimal | None
    """Net value of the last complete month."""
    budget: Decimal | None
    budget_variance: Decimal | None
    """Budget minus investment: positive is under budget."""
    cost_per_model: Decimal | None
    targets: tuple[TargetStatus, ...]
    completeness: Decimal | None
    """Share (0 to 1) of the value categories × projects × months of the period whose inputs are known."""
    unknown: tuple[Unknown, ...]
    open_month: str | None = None
    """The month that is not over yet, if the period holds it: plans and fixed cost in it are prorated to today."""
    payback: Payback | None = None
    """When the money came back, or why there is no such day."""
    after_close: tuple[AfterClose, ...] = ()
    """Closed months of the period that would be otherwise today."""
    closed: Mapping[str, int] = {}
    """Closed months of the period: name → version of the close."""
    evidence: EvidenceSplit | None = None
    """Claimed, measured and validated side by side."""
    metered: tuple[MeteredCost, ...] = ()
    """What the metered cost stands on, by vendor; closed months are left out, they stand as they were closed."""
    rates_of: date | None = None
    """The day at whose exchange rates every amount is converted; None: each at those of its own day."""


class EntryInput(Result, frozen=True, kw_only=True):
    """One input of an entry."""

    name: str
    label: str
    value: Number | None
    unit: str
    """`money` in it stands for the workspace's currency."""
    provenance: Literal["measured", "reported", "allocated", "estimated", "assumed", "projected"]
    grade: Literal["A", "B", "C", "D", "E"]
    """With what a counterfactual adds to it."""
    lifted_by: str | None
    """The baseline or the experiment's effect that lifts it."""
    matters: bool
    """Whether the amount depends on it in this month; the weakest of those that matter gives the entry's grade."""
    moves: Decimal | None
    """Part of the amount (0.23 is 23 %) that moves when the input goes from its low to its high, or from 10 % less to
    10 % more where it has no range, or from 0 to 1 where it is 0; None: it cannot be said."""
    source: str
    """Who or what says so: sources of the records, or who answers for the assumption."""
    records: int | None
    """Number of facts behind it; None for what is declared."""


class Entry(Result, frozen=True, kw_only=True):
    """One amount of money in the ledger."""

    id: str
    """2026-10/support-bot/productivity_value: what people call it."""
    period: date
    """First day of the month."""
    project: str
    side: Literal["value", "cost"]
    category: str
    amount: Decimal
    """What is claimed, whether it counts towards the headline or not."""
    formula: str | None
    """Text of the formula; None for a sum of records."""
    evidence: Literal["A", "B", "C", "D", "E"]
    reason: str
    """Why it has this grade."""
    realisation: Literal["cash", "capacity", "strategic"]
    """How the largest part of it becomes real."""
    parts: Mapping[str, Decimal]
    """Realisation → part of the amount, where the facts behind it state different ones; else empty."""
    state: Literal["forecast", "realised", "validated", "disputed"]
    state_note: str | None
    """Who validated or disputed what and when; what was validated and is another amount now."""
    counted: Decimal
    """What of it counts towards the headline; all of it unless the workspace's rule leaves something out."""
    note: str | None
    """What was done to the amount: shared with another project, reduced by decay, put in place by a close."""
    methodology: str
    data_version: int
    records: int
    """Number of facts behind it (interactions: their number)."""
    inputs: tuple[EntryInput, ...] = ()
    """Empty unless they were asked for."""
    p10: Decimal | None = None
    """One in ten draws of the amount lies below it; None unless ranges were asked for, and of what cannot be drawn."""
    p90: Decimal | None = None
    """One in ten draws lies above it."""


class Freshness(Result, frozen=True, kw_only=True):
    """What a source last said about a kind of fact."""

    kind: str
    source: str
    last: datetime
    """Time of its latest record."""
    recorded_at: datetime
    """When breakeven last learnt something from it."""
    records: int
    age_seconds: float
    """From `last` to now; 0 for a record of the future."""


class Behind(Result, frozen=True, kw_only=True):
    """Facts behind a leaf, as they can be listed."""

    kind: str
    """Kind of fact."""
    label: str
    """What they are: Cost records, Bills of ai-tools, Invoice of Anthropic."""
    records: int | None = None
    """How many; of interactions the number that they stand for."""
    measure: str | None = None
    """Only those that a measure looks at."""
    line: str | None = None
    """Only those that a cost line is made of."""
    where: Mapping[str, str] = {}
    """Field → value that they have."""
    shared: bool = False
    """Whether they are those of all projects, of which this is a part."""
    amount: Decimal | None = None
    """What they add up to, where that is not the leaf's value."""
    note: str | None = None


class Explanation(Result, frozen=True, kw_only=True):
    """A figure taken apart: a tree whose leaves are measures, assumptions and records."""

    name: str
    label: str
    kind: Literal["metric", "value", "cost", "measure", "assumption"]
    value: Number | None
    unit: str
    reason: str | None = None
    formula: str | None = None
    sentence: str | None = None
    """The formula with its values: 42 h × 150 USD/h = 6 300 USD."""
    source: str | None = None
    """Fact kind and sources, or who states the assumption."""
    records: int | None = None
    """Number of facts behind a measure or a cost line."""
    owner: str | None = None
    evidence: str | None = None
    period: str | None = None
    project: str | None = None
    """The one project that it is of; None: of all that were asked for."""
    start: date | None = None
    """First day."""
    end: date | None = None
    """Day after the last."""
    note: str | None = None
    """How it was summed, converted or prorated."""
    low: Decimal | None = None
    """Low end of an assumption's range."""
    high: Decimal | None = None
    review_by: date | None = None
    """When an assumption is to be looked at again."""
    since: date | None = None
    """First day of an assumption's value."""
    behind: tuple[Behind, ...] = ()
    """Where the facts of a leaf can be read."""
    inputs: tuple[Explanation, ...] = ()
    """What the formula is made from, where it holds at this level."""
    parts: tuple[Explanation, ...] = ()
    """The largest amounts that it is the sum of: by project, or by month of one project."""
    more: int = 0
    """Further parts."""
    rest: Decimal | None = None
    """What these add up to."""
