"""The demo company's models: their releases, their stages in the registry, and their measured quality."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from breakeven.demo.company import BY_ID, DIP, MONTHS
from breakeven.demo.timeline import Timeline, trouble

Record = dict[str, Any]


class Registered(msgspec.Struct, frozen=True):
    """A model in the registry: the month of its first release, of its retirement, and months between releases."""

    project: str
    name: str
    first: float
    every: float
    retired: float | None = None
    on_platform_since: float = 0.0


REGISTRY = (
    Registered("fraud-detection", "fraud-gbm", 0.9, 2.2, 12.2),
    Registered("support-assistant", "support-answers", 1.4, 1.1),
    Registered("claims-triage", "claims-extractor", 2.3, 1.6),
    Registered("churn-prediction", "churn-xgb", 3.2, 3.1, None, 7.0),
    Registered("support-assistant", "support-router", 3.8, 1.9),
    Registered("quote-assistant", "quote-dialog", 4.5, 1.4),
    Registered("underwriting-copilot", "risk-summary", 6.3, 2.0, None, 99.0),
    Registered("claims-triage", "claims-severity", 6.9, 2.4),
    Registered("fraud-detection", "fraud-graph", 8.6, 2.3),
    Registered("fraud-detection", "fraud-gbm-2", 11.8, 2.2),
    Registered("quote-assistant", "quote-price-check", 13.4, 1.7),
    Registered("claims-triage", "claims-summary", 15.2, 1.2),
)


def _releases(model: Registered) -> Iterator[tuple[int, float]]:
    """Number and month of each release."""
    number, moment = 0, model.first
    while moment < (model.retired or MONTHS):
        yield number, moment
        number, moment = number + 1, moment + model.every


def _status(model: Registered, number: int, moment: float, luck: float) -> str:
    if model.name == "support-answers" and DIP <= moment < DIP + 1.1:
        return "rolled_back"
    if model.name == "claims-extractor" and number == 2:
        return "failed"
    return "failed" if number > 0 and luck < 0.025 else "succeeded"


def deployments(timeline: Timeline) -> list[Record]:
    """Every release with the times that velocity is measured from; the platform makes them faster."""
    generator = timeline.generator("deployments")
    found: list[Record] = []
    for model in REGISTRY:
        for number, moment in _releases(model):
            deployed = timeline.instant(moment, 10.5)
            wait, work, luck = generator.lognormal(0, 0.3), generator.lognormal(0, 0.25), generator.random()
            ready = deployed - timedelta(days=max(1.5, (29 - 1.5 * moment) * float(wait)))
            requested = ready - timedelta(days=max(4.0, (34 - 1.2 * moment) * float(work)))
            status = _status(model, number, moment, float(luck))
            found.append(
                {
                    "id": f"{model.name}-{number + 1}",
                    "source": "release-pipeline",
                    "time": deployed,
                    "project": model.project,
                    "model": model.name,
                    "version": f"1.{number}",
                    "requested_at": requested,
                    "dev_complete_at": ready,
                    "deployed_at": None if status == "failed" else deployed,
                    "status": status,
                }
            )
    return timeline.until_now(sorted(found, key=lambda record: record["time"]))


def model_states(timeline: Timeline) -> list[Record]:
    """How each model moved through the registry, and onto the platform."""
    found: list[Record] = []
    for model in REGISTRY:
        steps = [(model.first - 0.6, "development"), (model.first - 0.2, "staging"), (model.first, "production")]
        if model.first < model.on_platform_since < MONTHS:
            steps.append((model.on_platform_since, "production"))
        if model.retired is not None:
            steps.append((model.retired, "retired"))
        found += [
            {
                "id": f"{model.name}-{number}",
                "source": "model-registry",
                "time": timeline.instant(max(moment, 0.0), 9),
                "project": model.project,
                "model": model.name,
                "stage": stage,
                "on_platform": moment >= model.on_platform_since,
            }
            for number, (moment, stage) in enumerate(steps)
        ]
    return timeline.until_now(sorted(found, key=lambda record: record["time"]))


def evaluations(timeline: Timeline) -> list[Record]:
    """Weekly accuracy of every model in production against the baseline of before, with the drift of the bad weeks."""
    generator = timeline.generator("evaluations")
    hours = timeline.hours()
    position = timeline.position(hours)
    bad = trouble(position)
    found: list[Record] = []
    for model in REGISTRY:
        baseline, best = BY_ID[model.project].accuracy or (0.0, 0.0)
        for index in range(0, len(hours), 24 * 7):
            month = float(position[index])
            noise = float(generator.normal(0, 0.004))
            if not model.first <= month < (model.retired or MONTHS):
                continue
            reached = best - (best - baseline) * 0.6 * 0.7 ** (month - model.first)
            drift = 0.11 * float(bad[index]) if model.project in ("support-assistant", "claims-triage") else 0.0
            found.append(
                {
                    "id": f"{model.name}-{index // (24 * 7):03d}",
                    "source": "evaluation-suite",
                    "time": timeline.instant(0) + timedelta(hours=index + 6),
                    "project": model.project,
                    "model": model.name,
                    "metric": "accuracy",
                    "value": round(min(reached - drift + noise, 0.995), 4),
                    "baseline": baseline,
                }
            )
    return timeline.until_now(found)
