"""The page of all projects: who returns what, beside each other, in the period or at the same age since launch."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from breakeven.ledger.comparing.portfolio import Portfolio
from breakeven.ledger.comparing.same_age import SameAge
from breakeven.views.content import Empty, Page, Panel
from breakeven.views.projects.category_tiles import category_tiles
from breakeven.views.projects.charts import balance_panel, pools_brief, roi_panel, themselves
from breakeven.views.projects.choices import MOST, Choices, choices
from breakeven.views.projects.fair import fair_finding, fair_panels, rules, same_age
from breakeven.views.projects.gathered import gathered
from breakeven.views.projects.judging import goal_of
from breakeven.views.projects.kinds import all_figures, category_panels
from breakeven.views.projects.lines import Line, ordered, table
from breakeven.views.projects.toolbar import tabs, toolbar, ways
from breakeven.views.projects.undeclared import undeclared_panel
from breakeven.views.projects.words import exception, finding
from breakeven.views.question import Question

TITLE = "Projects"


def projects_page(question: Question) -> Page:
    """The page. Raises UnknownName and UsageProblem for choices that do not exist."""
    chosen = choices(question.given)
    found, lines, _ = gathered(question, chosen)
    if not lines and not chosen.narrowed:
        return _nothing(question)
    if chosen.fair:
        return _fair(question, chosen, lines)
    grouped = _grouped(chosen, lines)
    return Page(
        title=TITLE, finding=finding(question, lines) if lines else "No project matches the search.",
        exception=exception(question, found, lines), tabs=tabs(question),
        switch=ways(question, chosen, grouped=grouped),
        tiles=category_tiles(question, found, chosen) if lines else (),
        panels=_panels(question, found, lines, chosen, grouped=grouped), extra={"bar": toolbar(question, chosen)},
    )  # fmt: skip


def _grouped(chosen: Choices, lines: Sequence[Line]) -> bool:
    """By category, unless that is one, or so many projects that one list says more."""
    several = len({line.line.category for line in lines}) > 1
    return several and (chosen.group == "category" or (not chosen.group and len(lines) <= MOST))


def _panels(
    question: Question, found: Portfolio, lines: Sequence[Line], chosen: Choices, *, grouped: bool
) -> tuple[Panel, ...]:  # fmt: skip
    members: dict[str, list[str]] = {}
    for line in ordered(lines, chosen):
        members.setdefault(line.line.category, []).append(line.line.project)
    every = tuple(line.line.project for line in lines)
    charts = (
        roi_panel(question, [(line.line.project, line.line.figures.roi_percent) for line in themselves(lines)],
                  goal_of(question.workspace.targets)),
        balance_panel(question, lines),
    )  # fmt: skip
    enough = len(themselves(lines)) > 1
    return (
        *(panel for panel in charts if panel is not None and enough),
        Panel(id="projects", title="Projects", sub="Select a project to drill down to its models and evidence",
              body=table(question, found, lines, chosen, grouped=grouped), foot=_foot(question, lines)),
        *category_panels(question, members, all_figures(question, every if chosen.narrowed else question.projects)),
        *(panel for panel in (pools_brief(question), undeclared_panel(question)) if panel is not None),
    )  # fmt: skip


def _foot(question: Question, lines: Sequence[Line]) -> str:
    """How the status is judged, and what known sums do not include."""
    goal = goal_of(question.workspace.targets)
    said = "Status: below break-even where cost exceeds value, else against the business case"
    said += f"; without one against the goal of {question.show.percent(goal)}." if goal is not None else "."
    partly = sum(line.line.figures.net_value is not None and line.line.figures.reason is not None for line in lines)
    if partly:
        said += f" Of {partly} {'project' if partly == 1 else 'projects'} a part is not known: open the figure."
    return said


def _fair(question: Question, chosen: Choices, lines: Sequence[Line]) -> Page:
    found = same_age(question, chosen)
    return Page(
        title=TITLE, finding=fair_finding(question, found), exception=rules(question, found), tabs=tabs(question),
        switch=ways(question, chosen, grouped=False),
        panels=(*_fair_charts(question, found), *fair_panels(question, found, lines)),
        extra={"bar": toolbar(question, chosen)},
    )  # fmt: skip


def _fair_charts(question: Question, found: SameAge) -> tuple[Panel, ...]:
    bars = [(line.project, line.figures.roi_percent) for line in found.lines]
    panel = roi_panel(question, bars, goal_of(question.workspace.targets)) if len(bars) > 1 else None
    return () if panel is None else (msgspec.structs.replace(panel, title="ROI at the same age", width=12),)


def _nothing(question: Question) -> Page:
    """Before there is any project."""
    return Page(
        title=TITLE, finding="No project is known yet.",
        exception="Projects are declared in projects.yaml; records that name others show up here too.",
        tabs=tabs(question), extra={"bar": None},
        panels=(Panel(id="projects", title="Projects", body=Empty(
            title="Declare the first project",
            text="Add it to projects.yaml: id, name, category, owner, start. Its cost, value, return and payback then"
                 " stand here, beside those of the others. `breakeven check` tells what is missing.")),),
    )  # fmt: skip
