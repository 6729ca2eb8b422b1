"""The page for those who run the models: what needs somebody now, then the course, then each model."""

from __future__ import annotations

from breakeven.views.audiences.audience import Audience, Finding, Placed, figures
from breakeven.views.operations.watching import standings
from breakeven.views.operations.words import exception, finding
from breakeven.views.panels.quality_goals import missed
from breakeven.views.question import Question


def find(question: Question) -> Finding:
    """Which models need action."""
    found = standings(question)
    return Finding(finding(question, found), exception(found, missed(question)))


TEAM = Audience(
    name="team", path="/team", title="ML team", icon="n-ml",
    question="Do the models run as they should, and what needs somebody now?",
    tiles=figures("interactions", "latency_p95_ms", "error_rate", "cost_per_prediction", "revenue_per_interaction",
                  "conversion_rate", "csat"),
    panels=(
        Placed("response_time", 8), Placed("incidents", 4), Placed("traffic", 6), Placed("also_now", 6),
        Placed("spend_today", 6), Placed("accuracy_map", 6), Placed("live_models", 12), Placed("quality_goals", 6),
        Placed("recent_deployments", 6),
    ),
    find=find, compact=True,
)  # fmt: skip
