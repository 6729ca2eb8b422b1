"""The CTO's weekly report: operations, velocity, quality, adoption."""

from __future__ import annotations

from breakeven.reports.composing.choosing import chosen, panels
from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import figures
from breakeven.reports.composing.sentences import concern
from breakeven.reports.document import Document
from breakeven.views.asking.resolve import Asked
from breakeven.views.audience_page import tiles_of
from breakeven.views.audiences.cto import CTO, find
from breakeven.views.key_figures import key_figures
from breakeven.views.question import Question

KIND = Kind(name="cto", title="Technology report", audience="CTO", path="/cto", period="ytd",
            what="Operations, velocity, quality and adoption: the weekly report.")  # fmt: skip
SECTIONS = panels("velocity", "time_to_production", "releases", "dora", "quality", "incidents_by_month",
                  "incident_log", "recent_deployments", "adoption", "models_by_stage", "cost_per_model")  # fmt: skip


def compose(question: Question, found: Asked, *, live: bool = False) -> Document:
    """The report."""
    said = find(question)
    return framed(
        question, found, KIND, summary=(said.finding, said.exception, concern(question)),
        figures=figures(question, key_figures(question, tiles_of(question, CTO), short=True)),
        sections=tuple(chosen(question, SECTIONS)), live=live,
    )  # fmt: skip
