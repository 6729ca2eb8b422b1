"""What operations are like, for those who run the models: an extract of the live page."""

from __future__ import annotations

from breakeven.reports.composing.choosing import chosen, panels
from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import figures
from breakeven.reports.document import Document
from breakeven.views.asking.resolve import Asked
from breakeven.views.audiences.team import TEAM, find
from breakeven.views.operations.tiles import tiles
from breakeven.views.question import Question

KIND = Kind(name="team", title="Operations report", audience="ML team", path="/team", period="ytd",
            what="Response time, errors, traffic, spend and incidents by model: an extract of operations.")  # fmt: skip
SECTIONS = panels("live_models", "response_time", "traffic", "also_now", "spend_today", "accuracy_map",
                  "quality_goals", "incidents", "recent_deployments")  # fmt: skip


def compose(question: Question, found: Asked, *, live: bool = False) -> Document:
    """The report."""
    said, refs = find(question), (question.workspace.key_figures.get(TEAM.name) or TEAM.tiles)[: TEAM.most]
    return framed(
        question, found, KIND, summary=(said.finding, said.exception),
        figures=figures(question, tiles(question, refs)), sections=tuple(chosen(question, SECTIONS)), live=live,
    )  # fmt: skip
