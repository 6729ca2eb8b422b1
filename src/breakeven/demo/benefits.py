"""Benefits that the demo company tracks outside of interactions: hours by time sheet, and what finance reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from breakeven.demo.company import MONTHS, PLATFORM, PROJECTS
from breakeven.demo.timeline import Timeline, trouble, use, use_at
from breakeven.money import cents

Record = dict[str, Any]

SQUADS = ("pricing", "claims-ml", "fraud-ml", "customer-ml", "platform")
HOURS_PER_WEEK = {"model_dev": 9.2, "deployment": 5.6, "debugging": 4.1, "reporting": 1.9}
"""Hours that a squad of four saves in a week at full use of the platform, by activity."""


def time_sheets(timeline: Timeline) -> list[Record]:
    """Hours saved by squad, week and activity, as a time-tracking tool exports them (its own column names)."""
    generator = timeline.generator("time sheets")
    found: list[Record] = []
    for week in range(MONTHS * 5):
        ends = timeline.instant(0) + timedelta(days=7 * week + 4, hours=22)
        if ends >= timeline.instant(MONTHS):
            break
        share = use_at(PLATFORM.growth, week / 4.345)
        hours = generator.gamma(6, 1 / 6, (len(SQUADS), len(HOURS_PER_WEEK)))
        for squad, row in zip(SQUADS, hours, strict=True):
            for (activity, mean), factor in zip(HOURS_PER_WEEK.items(), row, strict=True):
                found.append(
                    {
                        "entry": f"TS-{week:03d}-{squad}-{activity}",
                        "week_ending": ends,
                        "squad": squad,
                        "initiative": PLATFORM.id,
                        "task": activity,
                        "hours_saved": round(float(mean * factor * share), 2),
                    }
                )
    return timeline.until_now(found, "week_ending")


def finance_reports(timeline: Timeline) -> list[Record]:
    """What finance books to projects after each month, and audit findings that were avoided."""
    return timeline.until_now([*_monthly_revenue(timeline), *_findings(timeline)])


def _monthly_revenue(timeline: Timeline) -> Iterator[Record]:
    generator = timeline.generator("finance")
    position = timeline.position(timeline.hours())
    for project in (project for project in PROJECTS if project.monthly_revenue):
        share = use(project.growth, position) * (1 - 0.35 * trouble(position))
        for number, day in enumerate((7, 14, 21, 27) * MONTHS):
            month, week = divmod(number, 4)
            within = (position >= month + week / 4) & (position < month + (week + 1) / 4)
            mean = project.monthly_revenue / 4 * float(share[within].mean()) if within.any() else 0.0
            amount = cents(Decimal(f"{mean * generator.lognormal(-0.01, 0.12):.4f}"))
            if amount < 100:
                continue
            yield {
                "id": f"{project.id}-{month:02d}-{week}",
                "source": "finance",
                "time": timeline.instant(month) + timedelta(days=day, hours=12),
                "project": project.id,
                "kind": "revenue",
                "quantity": None,
                "unit": None,
                "amount": amount,
                "currency": "USD",
                "evidence": "B" if project.id == "fraud-detection" else "C",
                "realisation": "cash",
            }


def _findings(timeline: Timeline) -> Iterator[Record]:
    for number, (moment, project) in enumerate(
        ((6.4, "claims-triage"), (10.6, "ml-platform"), (15.3, "claims-triage"))
    ):
        yield {
            "id": f"audit-{number + 1}",
            "source": "internal-audit",
            "time": timeline.instant(moment, 11),
            "project": project,
            "kind": "finding_avoided",
            "quantity": 1,
            "unit": "finding",
            "amount": None,
            "currency": None,
            "evidence": "D",
            "realisation": "strategic",
        }
