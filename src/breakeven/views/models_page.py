"""The page of all models over a period."""

from __future__ import annotations

import msgspec

from breakeven.ledger.operations.frontier import frontier
from breakeven.ledger.operations.quality import latest
from breakeven.views.content import Page
from breakeven.views.models import cost_quality, money, table
from breakeven.views.models.asked import in_period
from breakeven.views.models.words import of_all
from breakeven.views.question import Question


def models_page(question: Question) -> Page:
    """Cost against quality, and the table."""
    line = frontier(in_period(question), latest(question.desk))
    finding, exception = of_all(question, in_period(question), line)
    return Page(title="Models", finding=finding, exception=exception,
                panels=(msgspec.structs.replace(cost_quality.panel(question, line), width=8),
                        msgspec.structs.replace(money.panel(question), width=4), table.panel(question)))  # fmt: skip
