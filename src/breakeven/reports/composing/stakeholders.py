"""Reports for those who have to do with some projects or a category: technical, business and executive depth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec

from breakeven.reports.composing.choosing import Chosen, chosen, panels
from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import figures
from breakeven.reports.composing.performance import performance
from breakeven.reports.composing.sentences import concern, driver, result
from breakeven.reports.document import Document
from breakeven.views.asking.resolve import Asked
from breakeven.views.audiences.audience import figures as named
from breakeven.views.key_figures import key_figures
from breakeven.views.question import Question
from breakeven.workspace.definitions import FigureRef


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of reader is told about some projects."""

    kind: Kind
    tiles: tuple[FigureRef, ...]
    sections: tuple[Chosen, ...]
    money: bool = True
    """Whether the table of financial performance comes first."""


DEPTHS: Mapping[str, Depth] = {
    "technical": Depth(
        kind=Kind(name="technical", title="Technical report", audience="Technical teams", path="/cto", period="ytd",
                  what="Performance, use of resources, errors, resolution times, milestones of some projects."),
        tiles=named("interactions", "error_rate", "cost_per_prediction", "time_to_production_days",
                    "deployment_success_rate", "mttr_hours", "accuracy_gap"),
        sections=panels("quality", "velocity", "releases", "incidents_by_month", "incident_log",
                        "recent_deployments", "models_by_stage", "cost_per_model", "progress"), money=False),
    "business": Depth(
        kind=Kind(name="business", title="Business report", audience="Business stakeholders", path="/cfo",
                  period="ytd", what="Returns, savings, productivity and satisfaction of some projects."),
        tiles=named("net_value", "total_monthly_value", "investment", "roi_percent", "hours_saved", "csat",
                    "conversion_rate"),
        sections=panels("value_by_category", "value_to_net", "costs_and_savings", "budget", "adoption",
                        "returns_by_project", "bridge", "highlights")),
    "executive": Depth(
        kind=Kind(name="executive", title="Executive report", audience="Executive leadership", path="/board",
                  period="ytd", what="Long-term value, risks and what to scale, of some projects."),
        tiles=named("net_value", "cumulative_roi_percent", "payback_months", "run_rate", "models_in_production"),
        sections=panels("trend", "value_by_category", "proven", "risks", "decision_log", "highlights",
                        "priorities")),
}  # fmt: skip


def compose(question: Question, found: Asked, depth: str, *, live: bool = False) -> Document:
    """The report of a depth."""
    one = DEPTHS[depth]
    money = (performance(question),) if one.money else ()
    return framed(
        question, found, one.kind, summary=(result(question), driver(question), concern(question)),
        figures=figures(question, key_figures(question, one.tiles, short=True)),
        sections=(*money, *chosen(question, one.sections)), live=live,
    )  # fmt: skip


technical, business, executive = (partial(compose, depth=name) for name in DEPTHS)
