"""What a link asks to have explained: `net_value`, `net_value@support-bot`, `net_value:2026-09@support-bot,claims`."""

from __future__ import annotations

from datetime import date

import msgspec

from breakeven.ledger.results import Explanation
from breakeven.ledger.scope import Projects
from breakeven.period import Grain, Period
from breakeven.views.question import Question
from breakeven.views.records_links import days

BETWEEN = ".."
"""Between the first and the last month of a stretch."""


class Figured(msgspec.Struct, frozen=True, kw_only=True):
    """A figure, the time and the projects that it is of."""

    text: str
    """As it was asked for."""
    name: str
    period: Period
    own_period: bool
    """Whether the link names a period, not the page."""
    projects: Projects
    project: str | None
    """The one that the link names."""


def figured(question: Question, text: str) -> Figured:
    """What is asked. Raises UsageProblem for a period that there is not; names are for the ledger to check."""
    head, _, project = text.partition("@")
    name, _, period = head.partition(":")
    own = _period(question, period) if period else question.period
    return Figured(text=text, name=name, period=own, own_period=bool(period), project=project or None,
                   projects=_projects(question, project))  # fmt: skip


def _projects(question: Question, text: str) -> Projects:
    """The project that a link names, or several of them after each other: `a,b`; without any those of the page."""
    if "," in text and text not in question.desk.known_projects():
        return tuple(text.split(","))
    return text or question.projects


def _period(question: Question, text: str) -> Period:
    parse, now = question.calendar.parse, question.now
    first, between, last = text.partition(BETWEEN)
    if not between:
        return parse(first, now)
    start, end = parse(first, now), parse(last, now)
    return Period(name=f"{first} to {last}", grain=Grain.ALL, start=start.start, end=end.end)


def asking(question: Question, node: Explanation) -> str:
    """The text that asks for a node of a tree by itself."""
    window = (node.start, node.end)
    period = "" if None in window or window == question.window else _text(node.start, node.end)
    project = node.project if node.project is not None and (node.project,) != question.projects else None
    return f"{node.name}{':' + period if period else ''}{'@' + project if project else ''}"


def _text(start: date | None, end: date | None) -> str:
    if start is None or end is None:
        return ""
    first, last = days((start, end))
    return first if first == last else f"{first}{BETWEEN}{last}"
