"""All panels by name: what an audience's page is put together from, and what views.yaml may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from breakeven.views.content import Panel
from breakeven.views.panels.accuracy_map import accuracy_map
from breakeven.views.panels.bridging import bridge_panel
from breakeven.views.panels.budget import budget_panel
from breakeven.views.panels.by_month import costs_and_savings
from breakeven.views.panels.closing import closed_panel
from breakeven.views.panels.cost_parts import cost_panel
from breakeven.views.panels.decided import decision_log
from breakeven.views.panels.dora import dora_panel
from breakeven.views.panels.engineering import cost_per_model, releases, time_to_production
from breakeven.views.panels.goals import adoption, quality_table, velocity
from breakeven.views.panels.incident_course import incidents_by_month
from breakeven.views.panels.incident_log import incident_log
from breakeven.views.panels.incidents import incidents
from breakeven.views.panels.investing import investing_panel
from breakeven.views.panels.invoices import invoices_panel
from breakeven.views.panels.live_models import live_models
from breakeven.views.panels.model_stages import models_by_stage
from breakeven.views.panels.portfolio import strip
from breakeven.views.panels.progress import j_curve, progress
from breakeven.views.panels.proven import proven_panel, realised_panel
from breakeven.views.panels.quality_goals import quality_goals
from breakeven.views.panels.recent_deployments import recent_deployments
from breakeven.views.panels.reports import reports_panel
from breakeven.views.panels.response_time import response_time
from breakeven.views.panels.returns_table import returns_panel
from breakeven.views.panels.risks import risk_list
from breakeven.views.panels.said import decisions, highlights, priorities
from breakeven.views.panels.spend_today import spend_today
from breakeven.views.panels.traffic import also_now, traffic
from breakeven.views.panels.value_parts import value_by_category, value_to_net
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
    "costs_and_savings": costs_and_savings,
    "value_by_category": value_by_category,
    "value_to_net": value_to_net,
    "budget": budget_panel,
    "returns_by_project": returns_panel,
    "proven": proven_panel,
    "realised": realised_panel,
    "cost_by_category": cost_panel,
    "bridge": bridge_panel,
    "closed": closed_panel,
    "investment": investing_panel,
    "invoices": invoices_panel,
    "reports": reports_panel,
    "response_time": response_time,
    "incidents": incidents,
    "traffic": traffic,
    "also_now": also_now,
    "spend_today": spend_today,
    "accuracy_map": accuracy_map,
    "live_models": live_models,
    "quality_goals": quality_goals,
    "recent_deployments": recent_deployments,
    "velocity": velocity,
    "quality": quality_table,
    "adoption": adoption,
    "releases": releases,
    "time_to_production": time_to_production,
    "incidents_by_month": incidents_by_month,
    "incident_log": incident_log,
    "dora": dora_panel,
    "models_by_stage": models_by_stage,
    "cost_per_model": cost_per_model,
    "decision_log": decision_log,
    "risks": risk_list,
    "progress": progress,
    "j_curve": j_curve,
}
"""Every panel by its name."""
