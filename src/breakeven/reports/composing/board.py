"""The board's quarterly deck: the return, where it comes from, how sure it is, highlights, priorities, decisions."""

from __future__ import annotations

from breakeven.reports.composing.choosing import Chosen, chosen
from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import figures
from breakeven.reports.composing.sentences import concern, driver
from breakeven.reports.document import Document
from breakeven.views.asking.resolve import Asked
from breakeven.views.audience_page import tiles_of
from breakeven.views.audiences.board import BOARD, find
from breakeven.views.key_figures import key_figures
from breakeven.views.question import Question

KIND = Kind(name="board", title="Board report", audience="Board and CEO", path="/board", period="ytd",
            what="Return, highlights and priorities: the quarterly deck, with a one-page summary.")  # fmt: skip
SECTIONS = (
    Chosen("trend"), Chosen("value_by_category", "Where the value comes from"), Chosen("value_to_net"),
    Chosen("returns_by_project"), Chosen("proven", "How sure it is"), Chosen("highlights", "Strategic highlights"),
    Chosen("priorities"), Chosen("decisions"),
)  # fmt: skip


def compose(question: Question, found: Asked, *, live: bool = False) -> Document:
    """The report."""
    said = find(question)
    return framed(
        question, found, KIND, summary=(said.finding, driver(question), concern(question)),
        figures=figures(question, key_figures(question, tiles_of(question, BOARD))),
        sections=tuple(chosen(question, SECTIONS)), live=live,
    )  # fmt: skip
