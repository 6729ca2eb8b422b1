"""The board's page: one finding, four key figures, the way to break-even, what people say about it."""

from __future__ import annotations

import msgspec

from breakeven.views.audiences.audience import Audience, Finding, Placed, figures
from breakeven.views.headline import exception, finding
from breakeven.views.key_figures import targets_of
from breakeven.views.question import Question
from breakeven.views.standings import standings


def find(question: Question) -> Finding:
    """What the period came to, whether the money came back, and who stands out against it."""
    show = question.show
    statement = msgspec.structs.replace(question.statement, targets=targets_of(question))
    return Finding(finding(statement, question.period, show), exception(statement, standings(question), show))


BOARD = Audience(
    name="board", path="/board", title="Board and CEO", icon="n-board",
    question="Is AI worth its money, is it getting better, and what must we decide?",
    tiles=figures("roi_ytd", "hours_saved", "models_in_production", "incidents_avoided"), most=4,
    panels=(Placed("trend"), Placed("highlights"), Placed("priorities"), Placed("decisions"), Placed("portfolio")),
    find=find,
)  # fmt: skip
