"""How a project stands: against break-even, its business case, and the goal for the return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.cases.planned import planned_net
from breakeven.ledger.comparing.figures import Headline
from breakeven.ledger.results import Status
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.views.format import decimal_of
from breakeven.views.question import Question
from breakeven.workspace.definitions import Project, Target

GOALS = ("roi_percent", "cumulative_roi_percent")
"""Figures whose target is the goal for a project's return; the first that has one."""
ORDER: Mapping[Status, int] = {"red": 0, "yellow": 1, "green": 2, "grey": 3}


class Verdict(msgspec.Struct, frozen=True):
    """A status and its words."""

    status: Status
    word: str


def goal_of(targets: Sequence[Target]) -> Decimal | None:
    """The return in % that a project should reach; None: nobody set a goal."""
    least = {target.metric: target.at_least for target in targets}
    return next((least[name] for name in GOALS if least.get(name) is not None), None)


def verdict(net: Decimal | None, roi: object, plan: Decimal | None, goal: Decimal | None) -> Verdict:
    """Below break-even is red; then the business case decides, and where there is none the goal."""
    if net is None:
        return Verdict("grey", "Not known")
    if net < 0:
        return Verdict("red", "Below break-even")
    if plan is not None:
        return Verdict("green", "On plan") if net >= plan else Verdict("yellow", "Behind plan")
    if goal is not None and isinstance(roi, Decimal | float | int):
        return Verdict("green", "Goal met") if decimal_of(roi) >= goal else Verdict("yellow", "Below goal")
    return Verdict("green", "Above break-even")


def standing(question: Question, project: str, figures: Headline, months: Sequence[date]) -> Verdict:
    """How a project stands in some months."""
    declared = question.workspace.projects.get(project)
    if project in (UNASSIGNED, UNALLOCATED):
        return Verdict("grey", "No project")
    if declared is not None and declared.stage == "idea":
        return Verdict("grey", "Idea")
    plan = _plan(question, declared, months)
    return verdict(figures.net_value, figures.roi_percent, plan, goal_of(question.workspace.targets))


def _plan(question: Question, project: Project | None, months: Sequence[date]) -> Decimal | None:
    return None if project is None else planned_net(project, months, question.calendar, question.now)
