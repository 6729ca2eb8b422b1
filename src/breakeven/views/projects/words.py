"""What the page of all projects finds: who returns more than it cost, who does not, and who holds a category back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.comparing.portfolio import Group, Portfolio, together
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.views.format import count_word
from breakeven.views.headline import when
from breakeven.views.projects.choices import CATEGORIES
from breakeven.views.projects.lines import Line
from breakeven.views.question import Question

NAMED = 2
"""Projects with a loss that the finding names."""


def running(lines: Sequence[Line]) -> list[Line]:
    """The projects themselves: neither ideas nor money that belongs to none."""
    return [line for line in lines if line.stage != "idea" and line.line.project not in (UNASSIGNED, UNALLOCATED)]


def losers(lines: Sequence[Line]) -> list[Line]:
    """Projects that cost more than they brought, the largest loss first."""
    lost = [line for line in running(lines) if (line.line.figures.net_value or 0) < 0]
    return sorted(lost, key=lambda line: line.line.figures.net_value or 0)


def finding(question: Question, lines: Sequence[Line]) -> str:
    """The page's sentence."""
    known = [line for line in running(lines) if line.line.figures.net_value is not None]
    then, lost = when(question.period), losers(lines)
    if not known:
        return f"What the projects returned {then} is not known yet."
    if len(known) == 1:
        return _one(question, known[0], then)
    good = len(known) - len(lost)
    if not lost:
        best = max(known, key=lambda line: _rate(line))
        ratio = question.show.roi(best.line.figures.roi_percent)
        lead = "Both" if good == len(known) == 2 else f"All {count_word(good)}"
        return f"{lead} projects returned more than they cost {then}; {best.name} the most, {ratio}."
    said = f"{count_word(good).capitalize()} of {count_word(len(known))} projects returned more than they cost {then}"
    if not good:
        said = f"None of {count_word(len(known))} projects returned more than it cost {then}"
    return f"{said}; {_lost(question, lost)}."


def _rate(line: Line) -> Decimal:
    rate = line.line.figures.roi_percent
    return Decimal("-Infinity") if rate is None else rate


def _one(question: Question, line: Line, then: str) -> str:
    net = line.line.figures.net_value
    if net is None or not net:
        return f"{line.name} returned {then} what it cost."
    more = "more than it cost" if net > 0 else "less than it cost"
    return f"{line.name} returned {question.show.money(abs(net))} {more} {then}."


def _lost(question: Question, lost: Sequence[Line]) -> str:
    told = [f"{line.name} lost {question.show.money(-(line.line.figures.net_value or 0))}" for line in lost[:NAMED]]
    more = f", {count_word(len(lost) - NAMED)} more a smaller sum" if len(lost) > NAMED else ""
    return " and ".join(told) + more


def exception(question: Question, found: Portfolio, lines: Sequence[Line]) -> str:
    """Who holds a category back, or which category returns most; and what is not known."""
    parts = [_held_back(question, found, lines) or _best(question, found.groups)]
    unknown = [line for line in running(lines) if line.line.figures.net_value is None]
    if unknown:
        names = unknown[0].name if len(unknown) == 1 else f"{count_word(len(unknown))} projects"
        parts.append(f"The net value of {names} is not known.")
    return " ".join(part for part in parts if part)


def _held_back(question: Question, found: Portfolio, lines: Sequence[Line]) -> str:
    for line in losers(lines):
        group = next((group for group in found.groups if group.category == line.line.category), None)
        if group is None or not group.category or len(group.projects) < 2:
            continue
        others = tuple(name for name in group.projects if name != line.line.project)
        without, now = together(question.desk, question.period, others).roi_percent, group.figures.roi_percent
        if without is None or now is None:
            continue
        name = CATEGORIES[group.category].lower()
        return (f"{line.name} holds {name} back: without it, the category would return"
                f" {question.show.roi(without)} and not {question.show.roi(now)}.")  # fmt: skip
    return ""


def _best(question: Question, groups: Sequence[Group]) -> str:
    known = [group for group in groups if group.category and group.figures.roi_percent is not None]
    if len(known) < 2:
        return ""
    known.sort(key=lambda group: group.figures.roi_percent or 0, reverse=True)
    best, least = (f"{CATEGORIES[group.category]} {question.show.roi(group.figures.roi_percent)}"
                   for group in (known[0], known[-1]))  # fmt: skip
    return f"By category, {best} is the highest return and {least} the lowest."
