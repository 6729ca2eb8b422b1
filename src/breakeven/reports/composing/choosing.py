"""Panels of pages by name as sections of a report, each with its message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from breakeven.reports.composing.panels import section
from breakeven.reports.composing.sentences import (
    bridge_message,
    budget_message,
    net_message,
    proof_message,
    returns_message,
    value_message,
)  # fmt: skip
from breakeven.reports.document import Chart, Section, Series
from breakeven.reports.progress import step
from breakeven.views.headline import paid_back
from breakeven.views.panels.registry import PANELS
from breakeven.views.panels.way import way_of
from breakeven.views.question import Question

Say = Callable[[Question], str]
READING = 140
"""Letters of a panel's own sentence that fit a headline."""


class Chosen(msgspec.Struct, frozen=True):
    """A panel of a page in a report."""

    panel: str
    title: str = ""
    """Empty: the panel's own."""


def way_message(question: Question) -> str:
    """Whether and when the money came back."""
    return paid_back(question.statement, question.show) if question.statement.cumulative else ""


MESSAGES: dict[str, Say] = {
    "returns_by_project": returns_message, "budget": budget_message,
    "bridge": bridge_message,
    "trend": way_message, "value_by_category": value_message, "value_to_net": net_message, "proven": proof_message,
}  # fmt: skip
"""Panel → the sentence that it shows."""
READ_BELOW = frozenset({"costs_and_savings"})
"""Panels whose own first sentence below says what they show; others have their title."""


def chosen(question: Question, names: Sequence[Chosen]) -> Iterator[Section]:
    """The sections that have something to say."""
    for place, one in enumerate(names):
        step(one.title or one.panel.replace("_", " ").capitalize(), place, len(names))
        panel = PANELS[one.panel](question)
        if panel is None:
            continue
        say, message = MESSAGES.get(one.panel), ""
        if say is not None:
            message = say(question).rstrip(".")
        elif one.panel in READ_BELOW:
            message = _reading(panel.foot)
            panel = msgspec.structs.replace(panel, foot=panel.foot.removeprefix(message).removeprefix(".").strip())
        made = section(question, panel, message=message)
        if one.panel == "trend":
            made = _with_plan(question, made)
        yield msgspec.structs.replace(made, title=one.title or made.title)


def _with_plan(question: Question, made: Section) -> Section:
    """The way to break-even with what was planned beside it."""
    way = way_of(question)
    plans = {point.on.replace(day=1): point.plan for point in way.points}
    values = tuple(plans.get(month) for month in way.months)
    if not any(value is not None for value in values):
        return made
    plan = Series(label=f"Plan: {way.planned}", values=values, key="muted")
    blocks = tuple(
        msgspec.structs.replace(block, series=(*block.series, plan)) if isinstance(block, Chart) else block
        for block in made.blocks
    )
    return msgspec.structs.replace(made, blocks=blocks)


def _reading(foot: str) -> str:
    """The first sentence below a panel, where it fits a headline."""
    first = foot.split(". ", maxsplit=1)[0].strip().rstrip(".")
    return first if len(first) <= READING else ""


def panels(*names: str) -> tuple[Chosen, ...]:
    """Panels under their own titles."""
    return tuple(Chosen(name) for name in names)
