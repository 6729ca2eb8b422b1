"""What happened, as sources report it: the eleven kinds of fact.

A fact is append-only and identified by (source, id). Times are instants; money is decimal with its own currency.
`None` is "the source did not say", never zero. `columns(kind)` gives the same description to the ingest, the
store and the documentation, so that a field is declared here and nowhere else.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

Money = Decimal
"""An amount of money; 12 decimals are kept."""

MONEY_SCALE = 12
"""Decimals kept of an amount: real bills have lines of 0.0000008 USD."""

MONEY_WIDTH = 38

LARGEST_AMOUNT = 10**15
"""No single amount or number is larger: sums of many must still fit the width, and be right to the unit."""

UNASSIGNED = "unassigned"
"""The project of a fact whose project is unknown."""

Count = Annotated[int, Meta(ge=0)]
Quantity = Annotated[float, Meta(ge=0)]


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every fact has."""

    id: str
    """Identity within its source; made from the content where a file has none."""
    source: str
    """Who reported it: a service, a file's named source, an exporter."""


class Interaction(Fact, frozen=True, kw_only=True):
    """One call, prediction or agent run; or, with `count` above 1, that many of them reported as sums."""

    time: datetime
    """When it started."""
    count: Annotated[int, Meta(ge=1)] = 1
    """Number of interactions this record stands for; tokens, cost, revenue and seconds_saved are their totals."""
    project: str = UNASSIGNED
    """Project it served."""
    model: str | None = None
    """Model that answered, as the source names it."""
    provider: str | None = None
    """Who ran the model: openai, anthropic, aws, self…"""
    operation: str | None = None
    """What was done: chat, embeddings, prediction, agent_run…"""
    variant: str | None = None
    """Arm of an experiment."""
    team: str | None = None
    """Team that used it."""
    actor: str | None = None
    """Pseudonym of the person or service that used it."""
    latency_ms: Quantity | None = None
    """Response time in milliseconds; the mean if count is above 1."""
    status: Literal["ok", "error"] = "ok"
    """Whether it worked; failed runs cost money and never save time."""
    input_tokens: Count | None = None
    """Tokens read, cached ones included."""
    output_tokens: Count | None = None
    """Tokens written, reasoning included."""
    cached_tokens: Count | None = None
    """Part of input_tokens that came from the provider's cache."""
    cost: Annotated[Money, Meta(ge=0)] | None = None
    """Cost in cost_currency: as reported, or priced on arrival from tokens."""
    cost_currency: str | None = None
    """Currency of cost; the workspace's when the source does not say."""
    cost_origin: Literal["reported", "metered", "unpriced", "unmetered"] | None = None
    """reported by the source; metered from tokens by a price; unpriced: usage without a price; unmetered: no usage."""
    price_id: str | None = None
    """Identity of the price that priced it: book, provider, model and the price's start."""
    usage: str | None = None
    """The provider's own usage object as JSON text, from which tokens and cost are taken."""
    revenue: Money | None = None
    """Revenue attributed to it, in currency."""
    currency: str | None = None
    """Currency of revenue; the workspace's when the source does not say."""
    outcome: str | None = None
    """resolved, converted, accepted, rejected, escalated, reworked…; None is unknown."""
    csat: Annotated[float, Meta(ge=1, le=5)] | None = None
    """Satisfaction from 1 to 5; the mean if count is above 1."""
    seconds_saved: float | None = None
    """Working time saved in seconds, as the source measured it; negative is time lost."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Cost(Fact, frozen=True, kw_only=True):
    """Money spent over a span of time."""

    start: datetime
    """Start of the span the money was spent for."""
    end: datetime | None = None
    """End of the span, exclusive; None is a moment."""
    project: str = UNASSIGNED
    """Project that caused it."""
    pool: str | None = None
    """Shared pool it belongs to instead of a project; split by the allocation's rule."""
    category: Literal["compute", "licence", "people", "implementation", "data", "other"] = "other"
    """What kind of cost."""
    amount: Money
    """Billed amount in currency; credits and corrections are negative."""
    effective_amount: Money | None = None
    """Amortised amount after commitments (FOCUS EffectiveCost), in currency."""
    list_amount: Money | None = None
    """Amount at public list prices (FOCUS ListCost), in currency."""
    currency: str | None = None
    """Currency of the amounts; the workspace's when the source does not say."""
    vendor: str | None = None
    """Who sent the bill."""
    service: str | None = None
    """Service or product on the bill."""
    invoice: str | None = None
    """Number of the invoice."""
    charge_class: Literal["regular", "correction", "credit"] = "regular"
    """Kind of charge."""
    labels: str | None = None
    """Tags and further columns of the bill, JSON object as text."""


class Benefit(Fact, frozen=True, kw_only=True):
    """Value that is not seen in interactions: tracked hours, revenue, avoided cost, avoided findings."""

    time: datetime
    """When it was realised."""
    project: str = UNASSIGNED
    """Project that brought it."""
    kind: Literal["hours_saved", "revenue", "cost_avoided", "finding_avoided", "other"]
    """What it is."""
    activity: str | None = None
    """model_dev, deployment, debugging…: what the hours were saved in."""
    quantity: float | None = None
    """Hours, findings…, in unit."""
    unit: str | None = None
    """Unit of quantity."""
    amount: Money | None = None
    """Money, in currency, where the source states it."""
    currency: str | None = None
    """Currency of amount; the workspace's when the source does not say."""
    evidence: Literal["A", "B", "C", "D", "E"] | None = None
    """Grade that the source gives: A randomised, B compared, C measured, D survey or report, E assumed."""
    realisation: Literal["cash", "capacity", "strategic"] | None = None
    """How the value becomes real."""
    team: str | None = None
    """Team that had the benefit."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Deployment(Fact, frozen=True, kw_only=True):
    """A release of a model."""

    time: datetime
    """When it was reported; deployed_at, where given, decides the period."""
    project: str = UNASSIGNED
    """Project of the model."""
    model: str
    """Model that was released."""
    version: str | None = None
    """Its version."""
    requested_at: datetime | None = None
    """When the model was asked for (cycle time starts)."""
    dev_complete_at: datetime | None = None
    """When development was complete (time to production starts)."""
    deployed_at: datetime | None = None
    """When it reached production."""
    status: Literal["succeeded", "failed", "rolled_back"] = "succeeded"
    """How it ended."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Incident(Fact, frozen=True, kw_only=True):
    """Something went wrong, or was caught before it did."""

    project: str = UNASSIGNED
    """Project it happened in."""
    model: str | None = None
    """Model it happened in."""
    severity: str | None = None
    """Severity or priority as the source names it."""
    kind: Literal["outage", "drift", "quality", "security", "other"] = "other"
    """What went wrong."""
    opened_at: datetime
    """When it began."""
    resolved_at: datetime | None = None
    """When it was over; None is still open."""
    caught_before_impact: bool | None = None
    """Whether it was found before anyone was harmed; such a one does not count as an incident that happened."""
    cost: Money | None = None
    """Money it cost, in currency."""
    currency: str | None = None
    """Currency of cost; the workspace's when the source does not say."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Evaluation(Fact, frozen=True, kw_only=True):
    """A measurement of a model's quality."""

    time: datetime
    """When it was measured."""
    project: str = UNASSIGNED
    """Project of the model."""
    model: str
    """Model that was measured."""
    metric: str = "accuracy"
    """What was measured: accuracy, f1, mape…"""
    value: float
    """The measured value."""
    baseline: float | None = None
    """Value at release or of the process it replaces."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Activity(Fact, frozen=True, kw_only=True):
    """Someone used the platform."""

    time: datetime
    """When."""
    actor: str
    """Pseudonym of the person."""
    project: str = UNASSIGNED
    """Project they worked on."""
    team: str | None = None
    """Their team."""
    component: str | None = None
    """Part of the platform: feature_store, registry, training, serving…"""
    quantity: Quantity = 1.0
    """How many uses this record stands for."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Survey(Fact, frozen=True, kw_only=True):
    """One answer to one question."""

    time: datetime
    """When it was answered."""
    project: str = UNASSIGNED
    """Project that was rated."""
    kind: Literal["nps", "csat"]
    """nps: 0 to 10, would recommend; csat: 1 to 5, satisfied."""
    score: Annotated[float, Meta(ge=0, le=10)]
    """The answer, on the scale of its kind."""
    respondent: str | None = None
    """Pseudonym of who answered."""
    team: str | None = None
    """Their team."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class ModelState(Fact, frozen=True, kw_only=True):
    """A model's stage in the registry changed."""

    time: datetime
    """When."""
    project: str = UNASSIGNED
    """Project of the model."""
    model: str
    """The model."""
    version: str | None = None
    """Its version."""
    stage: Literal["development", "staging", "production", "retired"]
    """Stage from then on."""
    on_platform: bool | None = None
    """Whether it runs on the shared platform."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Note(Fact, frozen=True, kw_only=True):
    """What a person wrote: a highlight, priority, concern, decision, risk or annotation."""

    time: datetime
    """The day it is about."""
    project: str = UNASSIGNED
    """Project it is about; unassigned is the whole portfolio."""
    kind: Literal["highlight", "priority", "concern", "decision", "risk", "annotation"]
    """What sort of note."""
    text: str
    """What it says."""
    action: str | None = None
    """What is to be done."""
    due: datetime | None = None
    """By when."""
    owner: str | None = None
    """Who does it."""
    status: Literal["open", "done", "dropped"] = "open"
    """Where it stands."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


class Outcome(Fact, frozen=True, kw_only=True):
    """What came of an interaction, reported later: it counts in the interaction's own period."""

    time: datetime
    """When it was known; of several about one interaction the last one that says something holds, field by field."""
    interaction: str
    """The id of the interaction."""
    interaction_source: str | None = None
    """Who reported the interaction; the outcome's own source when it does not say."""
    project: str = UNASSIGNED
    """Project that the reporter names; what is said counts in the interaction's own."""
    outcome: str | None = None
    """resolved, converted, accepted, rejected, escalated, reworked…; of all that the interaction counts."""
    csat: Annotated[float, Meta(ge=1, le=5)] | None = None
    """Satisfaction from 1 to 5; the mean if the interaction counts more than one."""
    revenue: Money | None = None
    """All revenue attributed to the interaction as known by then, in currency: not added to what was said before."""
    currency: str | None = None
    """Currency of revenue; the workspace's when the source does not say."""
    seconds_saved: float | None = None
    """Working time saved by it in seconds as known by then; negative is time lost, as by rework."""
    labels: str | None = None
    """Further attributes, JSON object as text."""


KINDS: dict[str, type[Fact]] = {
    "interaction": Interaction,
    "cost": Cost,
    "benefit": Benefit,
    "deployment": Deployment,
    "incident": Incident,
    "evaluation": Evaluation,
    "activity": Activity,
    "survey": Survey,
    "model_state": ModelState,
    "note": Note,
    "outcome": Outcome,
}
"""Fact kinds by name, as used in commands, routes and table names."""

PERIODIC: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in ("note", "outcome"))
"""Kinds that periods are made of: a note adds nothing, and an outcome counts as part of its interaction."""

TIME_FIELD: dict[str, str] = dict.fromkeys(KINDS, "time") | {"cost": "start", "incident": "opened_at"}
"""The field that says when a fact of a kind happened."""


class ColumnType(StrEnum):
    """Logical type of a fact's field."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    MONEY = "money"
    INSTANT = "instant"
    BOOLEAN = "boolean"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a fact, as ingest, store and docs need it."""

    name: str
    type: ColumnType
    required: bool
    """Whether a record without it is rejected."""
    default: Any = None
    """Value where the source does not say."""
    choices: tuple[str, ...] = ()
    """The only valid texts, if not empty."""
    minimum: float | None = None
    maximum: float | None = None


_TYPES: dict[Any, ColumnType] = {
    str: ColumnType.TEXT,
    int: ColumnType.INTEGER,
    float: ColumnType.FLOAT,
    Decimal: ColumnType.MONEY,
    datetime: ColumnType.INSTANT,
    bool: ColumnType.BOOLEAN,
}


@cache
def columns(kind: str) -> tuple[Column, ...]:
    """The fields of a fact kind in declaration order (id and source first).

    Raises KeyError for a kind that is not in `KINDS`.
    """
    hints = get_type_hints(KINDS[kind], include_extras=True)
    return tuple(_column(field, hints[field.name]) for field in msgspec.structs.fields(KINDS[kind]))


def _column(field: msgspec.structs.FieldInfo, hint: Any) -> Column:
    options = get_args(hint) if get_origin(hint) is Union or _is_new_union(hint) else (hint,)
    (kept,) = [option for option in options if option is not NoneType]
    metas = [extra for extra in getattr(kept, "__metadata__", ()) if isinstance(extra, Meta)]
    base = get_args(kept)[0] if metas else kept
    literal = get_origin(base) is Literal
    most = float(LARGEST_AMOUNT) if base is float else None
    return Column(
        name=field.name,
        type=ColumnType.TEXT if literal else _TYPES[base],
        required=field.required,
        default=None if field.default is msgspec.NODEFAULT else field.default,
        choices=tuple(get_args(base)) if literal else (),
        minimum=next((float(meta.ge) for meta in metas if meta.ge is not None), None if most is None else -most),
        maximum=next((float(meta.le) for meta in metas if meta.le is not None), most),
    )


def _is_new_union(hint: Any) -> bool:
    return type(hint).__name__ == "UnionType"


class Reason(StrEnum):
    """Why a record was not accepted: the closed list."""

    UNREADABLE = "unreadable"
    """The line or row is not a record at all."""
    MISSING_FIELD = "missing_field"
    BAD_TYPE = "bad_type"
    """A value that is not of the field's type."""
    BAD_TIME = "bad_time"
    FUTURE_TIME = "future_time"
    """Later than a day from now."""
    BAD_VALUE = "bad_value"
    """Outside the field's choices or limits."""
    NEGATIVE_AMOUNT = "negative_amount"
    BAD_SPAN = "bad_span"
    """An end before its start."""
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_PROJECT = "unknown_project"
    UNKNOWN_CURRENCY = "unknown_currency"
    CONFLICT = "conflict"
    """The same id with another content, where the first wins."""
    TOO_LARGE = "too_large"
