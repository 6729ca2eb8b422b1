"""All panels by name: what an audience's page is put together from, and what views.yaml may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from breakeven.views.content import Panel
from breakeven.views.panels.accuracy_map import accuracy_map
from breakeven.views.panels.incidents import incidents
from breakeven.views.panels.live_models import live_models
from breakeven.views.panels.portfolio import strip
from breakeven.views.panels.quality_goals import quality_goals
from breakeven.views.panels.recent_deployments import recent_deployments
from breakeven.views.panels.response_time import response_time
from breakeven.views.panels.said import decisions, highlights, priorities
from breakeven.views.panels.spend_today import spend_today
from breakeven.views.panels.traffic import also_now, traffic
from breakeven.views.panels.way import trend_panel
from breakeven.views.question import Question

Maker = Callable[[Question], Panel | None]
"""A panel for a question; None: there is nothing to say, and the panel is left out."""

PANELS: Mapping[str, Maker] = {
    "trend": trend_panel,
    "highlights": highlights,
    "priorities": priorities,
    "decisions": decisions,
    "portfolio": strip,
    "response_time": response_time,
    "incidents": incidents,
    "traffic": traffic,
    "also_now": also_now,
    "spend_today": spend_today,
    "accuracy_map": accuracy_map,
    "live_models": live_models,
    "quality_goals": quality_goals,
    "recent_deployments": recent_deployments,
}
"""Every panel by its name."""
