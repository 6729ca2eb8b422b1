"""How the projects stand in a period: against break-even, their business cases and the goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from breakeven.ledger.comparing.portfolio import headlines
from breakeven.ledger.results import Number, Status
from breakeven.views.projects.judging import Verdict, standing
from breakeven.views.question import Question

WORDS: Mapping[Status, str] = {
    "green": "on track", "yellow": "behind plan or goal", "red": "below break-even", "grey": "not known",
}  # fmt: skip


class ProjectStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One project in the period."""

    id: str
    name: str
    net: Decimal | None
    roi: Number | None
    verdict: Verdict


class Count(msgspec.Struct, frozen=True):
    """How many projects stand alike."""

    status: Status
    number: int
    word: str


def standings(question: Question) -> tuple[ProjectStanding, ...]:
    """The declared projects that ran, the best first; ideas, and what no project can be given, are none of them."""
    figures = headlines(question.desk, *question.window, question.projects)
    months = [month for month in question.period.months() if month <= question.until]
    found = [
        ProjectStanding(
            id=project.id, name=project.name, net=figures[project.id].net_value, roi=figures[project.id].roi_percent,
            verdict=standing(question, project.id, figures[project.id], months),
        )
        for project in question.workspace.projects.values()
        if project.stage != "idea" and project.id in figures
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.net is None, -(one.net or Decimal(0)))))


def counts(found: Sequence[ProjectStanding]) -> tuple[Count, ...]:
    """Projects by status, the good ones first."""
    numbers = {status: sum(one.verdict.status == status for one in found) for status in WORDS}
    return tuple(Count(status, number, WORDS[status]) for status, number in numbers.items() if number)
