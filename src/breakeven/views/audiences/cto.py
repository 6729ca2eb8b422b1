"""The page of technology: how fast, how well, how widely used, and what a model costs."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.results import TargetStatus
from breakeven.views.audiences.audience import Audience, Finding, Placed, figures
from breakeven.views.format import count_word
from breakeven.views.key_figures import targets_of
from breakeven.views.question import Question

GOALS = ("time_to_production_days", "cycle_time_days", "deployment_success_rate", "accuracy_gap",
         "drift_detection_rate", "mttr_hours", "weekly_active_share", "models_on_platform_share",
         "feature_store_share", "nps")  # fmt: skip
"""Figures whose targets the finding counts."""
SPEED = "time_to_production_days"
"""The one that it begins with."""
MOST = 3
"""Goals that it names."""


def find(question: Question) -> Finding:
    """How fast models reach production, how many goals are met, and which ones are not."""
    judged = [one for one in targets_of(question)
              if one.metric in GOALS and one.status != "grey" and one.metric in question.catalogue]  # fmt: skip
    if not judged:
        return Finding("No goal of velocity, quality or adoption can be judged yet.",
                       "Releases, incidents, evaluations and surveys are what it takes.")  # fmt: skip
    met = sum(one.status == "green" for one in judged)
    told = f"{count_word(met)} of {count_word(len(judged))} goals {'is' if met == 1 else 'are'} met"
    speed = next((one for one in judged if one.metric == SPEED), None)
    days = "" if speed is None else str(question.show.quantity(speed.value, "day", 1))
    lead = f"Models reach production in {days}; {told}." if days else f"{told[:1].upper()}{told[1:]}."
    off, watch = ([one for one in judged if one.status == status] for status in ("red", "yellow"))
    said = [_listed(question, "Off track", off), _listed(question, "To watch", watch)]
    return Finding(lead, " ".join(part for part in said if part) or "None is off track.")


def _listed(question: Question, words: str, found: Sequence[TargetStatus]) -> str:
    """Goals that are missed, each with where it stands."""
    named = [f"{_named(question, one.metric)} ({_stands(question, one)})" for one in found[:MOST]]
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"{words}: {', '.join(named)}{more}." if named else ""


def _stands(question: Question, one: TargetStatus) -> str:
    digits = question.catalogue[one.metric].decimals
    value = str(question.show.quantity(one.value, one.unit, digits))
    return f"{value}, goal {question.show.quantity(one.target, one.unit, _digits(one))}"


def _digits(one: TargetStatus) -> int:
    return 0 if one.target == one.target.to_integral_value() else 2


def _named(question: Question, metric: str) -> str:
    label = question.catalogue[metric].label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


CTO = Audience(
    name="cto", path="/cto", title="Technology", icon="n-cto",
    question="Do models reach production fast, do they hold there, and are they used?",
    tiles=figures("time_to_production_days", "cycle_time_days", "deployment_success_rate", "mttr_hours",
                  "drift_detection_rate", "weekly_active_share", "cost_per_model"),
    panels=(Placed("velocity", 7), Placed("time_to_production", 5), Placed("releases", 6), Placed("dora", 6),
            Placed("quality", 7), Placed("incidents_by_month", 5), Placed("incident_log", 6),
            Placed("recent_deployments", 6), Placed("adoption", 7), Placed("models_by_stage", 5),
            Placed("cost_per_model")),
    find=find, compact=True,
)  # fmt: skip
