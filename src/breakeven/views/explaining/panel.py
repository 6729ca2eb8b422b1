"""The Explain panel of a figure: the one function that pages ask for it."""

from __future__ import annotations

import msgspec

from breakeven.ledger.explain import explain
from breakeven.ledger.results import Explanation
from breakeven.views.comparison import title
from breakeven.views.explaining.asked import Figured, figured
from breakeven.views.explaining.method import Fact, method, remarks
from breakeven.views.explaining.movers import Movers, movers, what_if_link
from breakeven.views.explaining.nodes import Node, Nodes
from breakeven.views.explaining.sure import Sure, sure
from breakeven.views.explaining.text import whole
from breakeven.views.question import Question
from breakeven.views.records_links import unpacked

LIVE = ("team", "models")
"""Pages whose figures are of the last hours or days."""


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """The Explain panel."""

    figure: str
    """As it was asked for."""
    label: str
    scope: str
    """Projects, in words."""
    period: str
    wider: tuple[tuple[str, str], ...]
    """Words and figure: the same of all projects, of the page's period."""
    root: Node
    description: str
    sure: Sure
    movers: Movers
    narrower: str
    """What the page's own figure is made of, where that is less than what is explained; else empty."""
    remarks: tuple[str, ...]
    """Closed months, and what came after their close."""
    method: tuple[Fact, ...]
    what_if: str
    """Address at which its assumptions can be changed."""
    text: str
    """All of it as plain text."""
    methodology: str
    data_version: int


def explained(question: Question, figure: str) -> Breakdown:
    """The explanation of a figure: `net_value`, `net_value@support-bot`, `net_value:2026-09@support-bot`.

    Raises UnknownName for a figure or project, UsageProblem for a period.
    """
    asked, found = taken_apart(question, figure)
    said, closed = method(question, asked), remarks(question, asked)
    return Breakdown(
        figure=figure, label=found.label or found.name, scope=_scope(question, asked), period=_period(question, asked),
        wider=_wider(question, asked), root=Nodes(question).root(found), description=_description(question, found),
        sure=sure(question, asked, found), movers=movers(question, asked, found), narrower=_narrower(question, asked),
        remarks=closed, method=said,
        what_if=what_if_link(question, asked), text="\n".join(as_text(question, asked, found)) + "\n",
        methodology=question.workspace.methodology.version,
        data_version=question.desk.reading.moment.versions.data,
    )  # fmt: skip


def taken_apart(question: Question, figure: str) -> tuple[Figured, Explanation]:
    """What is asked, and its tree. Raises UnknownName, UsageProblem."""
    asked = figured(question, figure)
    return asked, explain(question.desk, asked.name, asked.period, asked.projects)


def as_text(question: Question, asked: Figured, found: Explanation) -> list[str]:
    """The explanation as lines, as the command line prints it."""
    said = [(fact.label.lower(), fact.value) for fact in method(question, asked)]
    return list(whole(found, question.workspace.currency, said, remarks(question, asked)))


def _description(question: Question, found: Explanation) -> str:
    known = question.catalogue.get(found.name)
    assumption = question.workspace.assumptions.get(found.name)
    return known.description if known is not None else assumption.description if assumption is not None else ""


def _scope(question: Question, asked: Figured) -> str:
    if isinstance(asked.projects, str):
        return question.name_of(asked.projects)
    if asked.projects is None:
        return "All projects"
    return question.name_of(asked.projects[0]) if len(asked.projects) == 1 else f"{len(asked.projects)} projects"


def _period(question: Question, asked: Figured) -> str:
    return title(asked.period, question.show.locale)


def _narrower(question: Question, asked: Figured) -> str:
    """Figures are taken apart by project and month: pages about models and the last hours show less of them."""
    model, team = question.given.get("model", question.filters.model), question.filters.team
    about = [f"model {unpacked(model)}"] if model else []
    about += [f"team {team}"] if team else []
    if question.path.split("/")[1] in LIVE:
        about.insert(0, "the time chosen on the page")
    if not about:
        return ""
    return f"The page shows it for {' and '.join(about)} alone; this takes apart all of it, {_period(question, asked)}."


def _wider(question: Question, asked: Figured) -> tuple[tuple[str, str], ...]:
    """Steps back up: what the figure is a part of."""
    found = []
    if asked.own_period:
        found.append((title(question.period, question.show.locale),
                      f"{asked.name}@{asked.project}" if asked.project else asked.name))  # fmt: skip
    if asked.project is not None:
        period = asked.text.partition("@")[0]
        found.append(("All projects" if question.projects is None else "All projects of the page", period))
    return tuple(found)
