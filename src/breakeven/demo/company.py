"""The demo company, as numbers: what each project does at full size, how it grew, and when things went wrong.

Larkfield is an invented insurer. The months are counted from 0 (the first of eighteen) to 17 (the open one). The shape
is the usual one: money goes out first, use grows along an S-curve, a bad release costs a few weeks, and one project
never pays.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

NAME = "Larkfield Insurance"
CURRENCY = "USD"
TIME_ZONE = "America/New_York"
MONTHS = 18
"""Months covered, the open one included."""
DIP = 11
"""Month of the bad release: drift, an outage and a rolled-back deployment."""


class Growth(msgspec.Struct, frozen=True):
    """An S-curve: half of full use is reached `half` months after the window's start, from `start` on."""

    start: float
    half: float
    pace: float = 1.3
    """Months in which use grows from 50 % to 73 %."""


class Model(msgspec.Struct, frozen=True):
    """A model that serves a project, and its share of the traffic between two months."""

    name: str
    provider: str
    share: float = 1.0
    since: float = 0.0
    until: float = float(MONTHS)


class Trial(msgspec.Struct, frozen=True):
    """A randomised trial: half of the interactions between two months get the new variant."""

    since: float
    until: float
    treatment: str
    uplift: float
    """What the treatment adds to the success rate."""
    control: str = "control"


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Interactions of a project at full use."""

    per_month: int
    """Records a month."""
    operation: str
    models: tuple[Model, ...]
    count: int = 1
    """Mean number of interactions that one record stands for."""
    hours: Literal["office", "always", "night"] = "always"
    tokens: tuple[int, int] | None = None
    """Mean input and output tokens of one interaction; None: a classical model without tokens."""
    cached: float = 0.0
    """Mean share of the input that comes from the provider's cache."""
    latency_ms: float
    error_rate: float = 0.012
    success: tuple[str, float] | None = None
    """Outcome of a success and its rate at full quality."""
    failure: str | None = None
    """Outcome where it did not succeed."""
    seconds_saved: float = 0.0
    """Mean seconds that a success saves."""
    seconds_lost: float = 0.0
    """Mean seconds that a failure costs."""
    revenue: float = 0.0
    """Mean revenue of a success."""
    csat: float | None = None
    """Mean satisfaction of those who answer."""
    reports_cost: bool = False
    """Whether the source sends its cost itself."""
    dip: float = 0.0
    """Part of the success rate that is lost in the bad weeks."""
    teams: tuple[str, ...] = ()
    actors: int = 0
    """Number of people who use it."""
    trial: Trial | None = None


class Undertaking(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the demo needs it: what is declared in the workspace, and what happens in it."""

    id: str
    name: str
    category: Literal["customer_service", "process_automation", "predictive_analytics", "platform"]
    owner: str
    growth: Growth
    traffic: Traffic | None = None
    implementation: int
    """One-off cost in USD, written off over 24 months."""
    budget: int
    planned_cost: int
    planned_benefit: int
    baselines: dict[str, Decimal] = {}
    assumptions: dict[str, Decimal] = {}
    """The project's own values of common assumptions."""
    monthly_revenue: int = 0
    """Benefit per month that finance reports for it at full use."""
    incidents: tuple[float, float] = (0.0, 0.0)
    """Mean number of incidents a month at the start and at full use."""
    accuracy: tuple[float, float] | None = None
    """Accuracy of the baseline and of the model at its best."""
    rests_on: tuple[str, str, str] | None = None
    """Value category that rests on the accuracy, the accuracy it rests on, and what it may fall short of it."""


SUPPORT = Undertaking(
    id="support-assistant",
    name="Support assistant",
    category="customer_service",
    owner="Head of Customer Service",
    growth=Growth(1, 6.6),
    implementation=84_000,
    budget=19_000,
    planned_cost=17_000,
    planned_benefit=42_000,
    baselines={"baseline_incidents": Decimal(2), "baseline_cloud_cost": Decimal(0)},
    assumptions={"hourly_rate": Decimal(54)},
    incidents=(2.0, 0.5),
    traffic=Traffic(
        per_month=9_200,
        operation="chat",
        models=(
            Model("gpt-4o", "openai", 0.7, 0, 9.5),
            Model("gpt-4.1", "openai", 0.72, 9.5),
            Model("gpt-4.1-mini", "openai", 0.25),
            Model("larkfield-chat-8b", "self", 0.03, 6),
        ),
        tokens=(8_200, 620),
        cached=0.35,
        latency_ms=1_350,
        success=("resolved", 0.66),
        failure="escalated",
        seconds_saved=520,
        seconds_lost=50,
        csat=4.25,
        dip=0.42,
        teams=("claims-desk", "policy-desk", "billing-desk"),
        actors=160,
        trial=Trial(13.0, 16.0, "grounded-answers", 0.045),
    ),
    accuracy=(0.78, 0.91),
)

QUOTES = Undertaking(
    id="quote-assistant",
    name="Quote assistant",
    category="customer_service",
    owner="Head of Sales",
    growth=Growth(4, 9.2),
    implementation=61_000,
    budget=13_000,
    planned_cost=11_000,
    planned_benefit=30_000,
    baselines={"baseline_incidents": Decimal(0), "baseline_cloud_cost": Decimal(0)},
    assumptions={"hourly_rate": Decimal(54)},
    incidents=(0.4, 0.2),
    traffic=Traffic(
        per_month=2_900,
        operation="chat",
        models=(Model("claude-sonnet-4-5", "anthropic", 0.75), Model("gpt-4.1-mini", "openai", 0.25)),
        tokens=(9_400, 880),
        cached=0.2,
        latency_ms=1_900,
        success=("converted", 0.064),
        revenue=262,
        csat=4.05,
        dip=0.1,
        teams=("direct-sales", "brokers"),
        actors=60,
    ),
    accuracy=(0.7, 0.83),
)

CLAIMS = Undertaking(
    id="claims-triage",
    name="Claims triage",
    category="process_automation",
    owner="Head of Claims",
    growth=Growth(2, 7.4),
    implementation=112_000,
    budget=26_000,
    planned_cost=24_000,
    planned_benefit=70_000,
    baselines={
        "baseline_incidents": Decimal(1),
        "baseline_cloud_cost": Decimal(0),
        "baseline_error_rate": Decimal(27),
    },
    assumptions={"hourly_rate": Decimal(62)},
    incidents=(1.0, 0.2),
    traffic=Traffic(
        per_month=900,
        operation="extraction",
        models=(
            Model("claude-sonnet-4-0", "anthropic", 1.0, 0, 8),
            Model("claude-sonnet-4-5", "anthropic", 0.8, 8),
            Model("claude-haiku-4-5", "anthropic", 0.2, 8),
        ),
        count=27,
        hours="office",
        tokens=(26_000, 1_900),
        cached=0.3,
        latency_ms=5_200,
        error_rate=0.008,
        success=("accepted", 0.83),
        failure="rejected",
        seconds_saved=285,
        seconds_lost=30,
        dip=0.3,
        teams=("motor-claims", "home-claims"),
    ),
    accuracy=(0.84, 0.945),
    rests_on=("productivity_value", "0.94", "0.003"),
)

UNDERWRITING = Undertaking(
    id="underwriting-copilot",
    name="Underwriting copilot",
    category="process_automation",
    owner="Head of Underwriting",
    growth=Growth(6, 10.0),
    implementation=138_000,
    budget=15_000,
    planned_cost=14_000,
    planned_benefit=38_000,
    baselines={"baseline_error_rate": Decimal(52)},
    assumptions={"hourly_rate": Decimal(78)},
    incidents=(0.5, 0.4),
    traffic=Traffic(
        per_month=820,
        operation="agent_run",
        models=(Model("claude-opus-4-1", "anthropic", 0.8), Model("gemini-2.5-pro", "google", 0.2)),
        hours="office",
        tokens=(310_000, 9_800),
        cached=0.5,
        latency_ms=41_000,
        error_rate=0.06,
        success=("accepted", 0.41),
        failure="rejected",
        seconds_saved=760,
        seconds_lost=420,
        reports_cost=True,
        teams=("underwriting",),
        actors=24,
    ),
    accuracy=(0.74, 0.77),
)

FRAUD = Undertaking(
    id="fraud-detection",
    name="Fraud detection",
    category="predictive_analytics",
    owner="Head of Special Investigations",
    growth=Growth(0, 7.2, 1.6),
    implementation=96_000,
    budget=24_000,
    planned_cost=21_000,
    planned_benefit=65_000,
    baselines={"baseline_incidents": Decimal(2), "baseline_cloud_cost": Decimal(0)},
    monthly_revenue=73_000,
    incidents=(2.0, 0.3),
    traffic=Traffic(
        per_month=1_460,
        operation="prediction",
        models=(Model("fraud-gbm", "self", 1.0, 0, 12.2), Model("fraud-gbm-2", "self", 1.0, 12.2)),
        count=260,
        latency_ms=38,
        error_rate=0.001,
    ),
    accuracy=(0.86, 0.952),
)

CHURN = Undertaking(
    id="churn-prediction",
    name="Churn prediction",
    category="predictive_analytics",
    owner="Head of Customer Value",
    growth=Growth(3, 8.6),
    implementation=52_000,
    budget=12_000,
    planned_cost=10_000,
    planned_benefit=34_000,
    baselines={"baseline_incidents": Decimal(0), "baseline_cloud_cost": Decimal(0)},
    monthly_revenue=58_000,
    incidents=(0.3, 0.2),
    traffic=Traffic(
        per_month=31,
        operation="prediction",
        models=(Model("churn-xgb", "self"),),
        count=41_000,
        hours="night",
        latency_ms=6,
        error_rate=0.002,
    ),
    accuracy=(0.71, 0.824),
)

PLATFORM = Undertaking(
    id="ml-platform",
    name="ML platform",
    category="platform",
    owner="Head of Data and AI",
    growth=Growth(0, 6.2, 1.5),
    implementation=145_000,
    budget=36_000,
    planned_cost=33_000,
    planned_benefit=60_000,
    baselines={"baseline_incidents": Decimal(4), "baseline_cloud_cost": Decimal(27_500)},
    assumptions={"hourly_rate": Decimal(104)},
    incidents=(4.0, 0.9),
)

PROJECTS = (SUPPORT, QUOTES, CLAIMS, UNDERWRITING, FRAUD, CHURN, PLATFORM)
SERVED = tuple(project for project in PROJECTS if project.traffic is not None)
BY_ID = {project.id: project for project in PROJECTS}

PRACTITIONERS = 46
"""People who build models and could use the platform."""
COMPONENTS = ("feature_store", "registry", "training", "serving")
