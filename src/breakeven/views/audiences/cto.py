"""The page of technology: how fast, how well, how widely used, and what a model costs."""

from __future__ import annotations

from breakeven.views.audiences.audience import Audience, Finding, Placed, figures
from breakeven.views.format import count_word
from breakeven.views.question import Question

GOALS = ("time_to_production_days", "cycle_time_days", "deployment_success_rate", "accuracy_gap",
         "drift_detection_rate", "mttr_hours", "weekly_active_share", "models_on_platform_share",
         "feature_store_share", "nps")  # fmt: skip
"""Figures whose targets the finding counts."""


def find(question: Question) -> Finding:
    """How many goals of velocity, quality and adoption are met, and which one is furthest away."""
    judged = [one for one in question.statement.targets if one.metric in GOALS and one.status != "grey"]
    if not judged:
        return Finding("No goal of velocity, quality or adoption can be judged yet.",
                       "Releases, incidents, evaluations and surveys are what it takes.")  # fmt: skip
    met = [one for one in judged if one.status == "green"]
    missed = [one for one in judged if one.status == "red"]
    word = "goal is" if len(met) == 1 else "goals are"
    head = f"{count_word(len(met)).capitalize()} of {count_word(len(judged))} {word} met"
    if not missed:
        return Finding(f"{head}; none is off track.", _watched(question))
    names = " and ".join(_named(question, one.metric) for one in missed[:2])
    more = f" and {len(missed) - 2} more" if len(missed) > 2 else ""
    return Finding(f"{head}; {names}{more} {'is' if len(missed) == 1 else 'are'} off track.", _watched(question))


def _named(question: Question, metric: str) -> str:
    label = question.catalogue[metric].label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _watched(question: Question) -> str:
    watch = [_named(question, one.metric) for one in question.statement.targets
             if one.metric in GOALS and one.status == "yellow"]  # fmt: skip
    return f"To watch: {', '.join(watch)}." if watch else ""


CTO = Audience(
    name="cto", path="/cto", title="Technology", icon="n-cto",
    question="Do models reach production fast, do they hold there, and are they used?",
    tiles=figures("time_to_production_days", "cycle_time_days", "deployment_success_rate", "mttr_hours",
                  "drift_detection_rate", "weekly_active_share", "cost_per_model"),
    panels=(Placed("velocity"), Placed("time_to_production"), Placed("releases"), Placed("quality"),
            Placed("incidents_by_month"), Placed("recent_deployments", 6), Placed("adoption"),
            Placed("cost_per_model")),
    find=find, compact=True,
)  # fmt: skip
