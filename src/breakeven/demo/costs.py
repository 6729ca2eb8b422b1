"""What the demo company pays: a cloud bill in the FOCUS format, payroll by the week, licences and data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.demo.company import MONTHS, PROJECTS
from breakeven.demo.timeline import Timeline, trouble, use_at
from breakeven.money import cents

Record = dict[str, Any]

PLATFORM_POOL = "platform-team"
TOOLS_POOL = "ai-tools"
PEOPLE_PER_WEEK = Decimal("6450")
"""Cost of the platform team, USD a week; booked when the week is over."""


class Line(msgspec.Struct, frozen=True):
    """A service on the bill: USD a day at the start of its project's growth and at full use."""

    project: str | None
    service: str
    category: str
    low: float
    high: float
    currency: str = "USD"
    covered: bool = False
    """Covered by a commitment: billed 0, with an effective cost."""


LINES = (
    Line("ml-platform", "Kubernetes Engine", "Compute", 520, 268),
    Line("ml-platform", "GPU Training", "Compute", 260, 118),
    Line("ml-platform", "Compute Commitment", "Compute", 44, 44, covered=True),
    Line("ml-platform", "Object Storage", "Storage", 38, 61),
    Line("ml-platform", "Feature Store", "Databases", 20, 46),
    Line("support-assistant", "Vector Search", "Databases", 9, 31),
    Line("support-assistant", "GPU Serving", "Compute", 0, 52),
    Line("quote-assistant", "Container Apps", "Compute", 6, 19),
    Line("claims-triage", "Document Store", "Storage", 7, 24, "EUR"),
    Line("claims-triage", "Container Apps", "Compute", 11, 33, "EUR"),
    Line("underwriting-copilot", "Container Apps", "Compute", 12, 34),
    Line("fraud-detection", "Stream Processing", "Analytics", 34, 66),
    Line("fraud-detection", "Online Serving", "Compute", 18, 43),
    Line("churn-prediction", "Batch Compute", "Compute", 8, 17),
    Line(None, "Support Plan", "Other", 11, 11),
)

_GROWTH = {project.id: project.growth for project in PROJECTS}


def bill(timeline: Timeline) -> list[Record]:
    """The cloud bill, one line a day and service up to yesterday, with commitment, credits and one correction."""
    generator = timeline.generator("bill")
    found: list[Record] = []
    start, end = timeline.instant(0), timeline.instant(MONTHS)
    for day in range((end - start).days):
        begins = start + timedelta(days=day)
        position = day / (end - start).days * MONTHS
        noise = generator.normal(1.0, 0.05, len(LINES))
        for line, factor in zip(LINES, noise, strict=True):
            size = use_at(_GROWTH[line.project], position) if line.project else 1.0
            amount = Decimal(f"{(line.low + (line.high - line.low) * size) * max(factor, 0.5):.10f}")
            if amount and (size > 0.02 or line.project == "ml-platform"):
                found.append(_charge(line, begins, amount))
    found += _monthly(timeline)
    return [line for line in found if line["ChargePeriodEnd"] <= timeline.now]


def _charge(line: Line, begins: datetime, amount: Decimal) -> Record:
    return {
        "BillingAccountId": "eu-2207" if line.currency == "EUR" else "us-1180",
        "BillingCurrency": line.currency,
        "BilledCost": Decimal(0) if line.covered else amount,
        "EffectiveCost": amount,
        "ListCost": amount * Decimal("1.18"),
        "ChargePeriodStart": begins,
        "ChargePeriodEnd": begins + timedelta(days=1),
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{line.service} usage",
        "ServiceName": line.service,
        "ServiceCategory": line.category,
        "ProviderName": "Stratus Cloud",
        "InvoiceIssuerName": "Stratus Cloud",
        "InvoiceId": f"SC-{begins:%Y%m}",
        "ResourceId": f"{line.service.lower().replace(' ', '-')}/{line.project or 'account'}",
        "Tags": json.dumps({"project": line.project, "env": "prod"} if line.project else {}),
    }


def _monthly(timeline: Timeline) -> Iterator[Record]:
    """Commitment fee and credit of each month, and one correction of an earlier bill."""
    platform = Line("ml-platform", "Compute Commitment", "Compute", 0, 0)
    for month in range(MONTHS):
        begins = timeline.instant(month)
        fee = _charge(platform, begins, Decimal("1340.00"))
        yield fee | {"ChargeCategory": "Purchase", "EffectiveCost": Decimal(0), "ChargeDescription": "Commitment fee"}
        credit = _charge(platform, begins + timedelta(days=14), Decimal("-215.50"))
        yield credit | {"ChargeCategory": "Credit", "ChargeDescription": "Partner credit"}
    wrong = Line("fraud-detection", "Stream Processing", "Analytics", 0, 0)
    corrected = _charge(wrong, timeline.instant(9.3), Decimal("-486.20"))
    yield corrected | {"ChargeClass": "Correction", "ChargeDescription": "Correction of double-metered streams"}


def booked_costs(timeline: Timeline) -> list[Record]:
    """Payroll by the week, licences by the quarter or year, labelling by the month; only what is booked by now."""
    found = [*_payroll(timeline), *_licences(timeline), *_labelling(timeline), *_consultants(timeline)]
    return [record for record in found if record["start"] < timeline.now]


def _payroll(timeline: Timeline) -> Iterator[Record]:
    week, number = timeline.instant(0), 0
    while week + timedelta(days=7) <= timeline.now:
        share = min(1.0, 0.82 + 0.18 * number / 26)
        yield _cost(
            f"payroll-{number:03d}",
            week,
            week + timedelta(days=7),
            cents(PEOPLE_PER_WEEK * Decimal(f"{share:.4f}")),
            "people",
            pool=PLATFORM_POOL,
            vendor="Payroll",
        )
        week, number = week + timedelta(days=7), number + 1


def _licences(timeline: Timeline) -> Iterator[Record]:
    for quarter in range(0, MONTHS, 3):
        begins, ends = timeline.instant(quarter), timeline.instant(quarter + 3)
        yield _cost(f"tools-{quarter:02d}", begins, ends, Decimal("14700.00"), "licence", pool=TOOLS_POOL,
                    vendor="Toolworks", invoice=f"TW-{quarter:02d}")  # fmt: skip
        if quarter >= 3:
            yield _cost(f"agent-suite-{quarter:02d}", begins, ends, Decimal("9900.00"), "licence",
                        project="underwriting-copilot", vendor="AgentSuite", invoice=f"AS-{quarter:02d}")  # fmt: skip


def _labelling(timeline: Timeline) -> Iterator[Record]:
    generator = timeline.generator("labelling")
    for month in range(MONTHS):
        for project, mean in (("claims-triage", 1900), ("fraud-detection", 1300), ("support-assistant", 700)):
            amount = cents(Decimal(f"{mean * generator.lognormal(0, 0.18):.4f}"))
            moment = timeline.instant(month + 0.7)
            yield _cost(f"labels-{project}-{month:02d}", moment, None, amount, "data",
                        project=project, currency="EUR", vendor="Datenwerk", invoice=f"DW-{month:02d}")  # fmt: skip


def _consultants(timeline: Timeline) -> Iterator[Record]:
    """Who built the platform, and who was called in after the bad release."""
    yield _cost("consultants-01", timeline.instant(0), timeline.instant(3), Decimal("57600.00"), "people",
                project="ml-platform", vendor="Brightwater Advisers", invoice="BA-101")  # fmt: skip
    weeks = float(trouble(timeline.position(timeline.hours())).sum()) / (24 * 7)
    yield _cost("consultants-02", timeline.instant(11.4), None, cents(Decimal(f"{weeks * 9000:.2f}")), "people",
                project="support-assistant", vendor="Brightwater Advisers", invoice="BA-118")  # fmt: skip


def _cost(identity: str, start: datetime, end: datetime | None, amount: Decimal, category: str, **rest: Any) -> Record:
    record: Record = {
        "id": identity,
        "source": "finance",
        "start": start,
        "end": end,
        "project": None,
        "pool": None,
        "category": category,
        "amount": amount,
        "currency": "USD",
        "vendor": None,
        "invoice": None,
    }
    return record | rest
