"""The steering committee's report: progress, risks, decisions, every two weeks."""

from __future__ import annotations

from breakeven.reports.composing.choosing import chosen, panels
from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import figures
from breakeven.reports.composing.sentences import driver
from breakeven.reports.document import Document
from breakeven.views.asking.resolve import Asked
from breakeven.views.audience_page import tiles_of
from breakeven.views.audiences.steering import STEERING, find
from breakeven.views.key_figures import key_figures
from breakeven.views.question import Question

KIND = Kind(name="steering", title="Steering committee report", audience="Steering committee", path="/steering",
            period="ytd", what="Progress against plan, risks, decisions and what they returned.")  # fmt: skip
SECTIONS = panels("progress", "j_curve", "risks", "decision_log", "priorities", "highlights")


def compose(question: Question, found: Asked, *, live: bool = False) -> Document:
    """The report."""
    said = find(question)
    return framed(
        question, found, KIND, summary=(said.finding, said.exception, driver(question)),
        figures=figures(question, key_figures(question, tiles_of(question, STEERING), short=True)),
        sections=tuple(chosen(question, SECTIONS)), live=live,
    )  # fmt: skip
