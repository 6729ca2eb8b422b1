"""The projects and the evidence of their value, in one line."""

from __future__ import annotations

from breakeven.views.content import Chips, Link, Panel, Shares
from breakeven.views.projects.links import ALL
from breakeven.views.question import Question
from breakeven.views.standing import Evidence, evidence
from breakeven.views.standings import counts, standings


def strip(question: Question) -> Panel:
    """How many projects stand how, what their value rests on, and the way to all of them."""
    found = standings(question)
    number = len(found)
    return Panel(
        id="portfolio", title="Projects and evidence", strip=True,
        body=(
            Chips(title="Projects", empty="No project has run yet",
                  chips=tuple((one.status, f"{one.number} {one.word}") for one in counts(found))),
            Shares(title="Evidence behind the value", evidence=proof_of(question)),
        ),
        action=Link(text=f"See all {number} projects" if number != 1 else "See the project",
                    href=question.link(ALL)) if number else None,
    )  # fmt: skip


def proof_of(question: Question) -> Evidence | None:
    """What the value of the period rests on."""
    return evidence(question.entries)
