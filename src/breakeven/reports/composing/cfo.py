"""The CFO's monthly report: performance against targets, cost and benefit, evidence, bridge, closes, reconciliation."""

from __future__ import annotations

from breakeven.reports.composing.choosing import Chosen, chosen
from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import figures
from breakeven.reports.composing.performance import performance
from breakeven.reports.composing.sentences import concern, driver, result
from breakeven.reports.document import Document
from breakeven.views.asking.resolve import Asked
from breakeven.views.audience_page import tiles_of
from breakeven.views.audiences.cfo import CFO
from breakeven.views.key_figures import key_figures
from breakeven.views.question import Question

KIND = Kind(name="cfo", title="Finance report", audience="CFO", path="/cfo", period="last-month",
            what="Figures against targets, cost, benefit, evidence, bridge, restatements, reconciliation.")  # fmt: skip
SECTIONS = (
    Chosen("value_to_net"), Chosen("costs_and_savings"), Chosen("value_by_category"), Chosen("cost_by_category"),
    Chosen("budget"), Chosen("returns_by_project"), Chosen("proven", "Claimed, measured, validated"),
    Chosen("realised", "Cash, capacity, strategic"), Chosen("bridge"), Chosen("closed", "Closes and restatements"),
    Chosen("investment"), Chosen("invoices", "Reconciliation of invoices and meters"),
)  # fmt: skip


def compose(question: Question, found: Asked, *, live: bool = False) -> Document:
    """The report."""
    return framed(
        question, found, KIND, summary=(result(question), driver(question), concern(question)),
        figures=figures(question, key_figures(question, tiles_of(question, CFO), short=True)),
        sections=(performance(question), *chosen(question, SECTIONS)), live=live,
    )  # fmt: skip
