"""How complete the ledger of a period is, by project: traffic, cost and benefit, what is missing, how to connect it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from breakeven.errors import UnknownName, UsageProblem
from breakeven.facts import UNASSIGNED
from breakeven.ledger.completeness.benefit import benefit_checks, survey_answers, value_checks
from breakeven.ledger.completeness.checks import Check, Part, mean, part
from breakeven.ledger.completeness.cost import Cost, cost, cost_checks
from breakeven.ledger.completeness.traffic import Traffic, assigned_check, traffic, traffic_checks
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import ran
from breakeven.period import Period
from breakeven.workspace.definitions import Project


class ProjectCompleteness(Result, frozen=True, kw_only=True):
    """One project."""

    project: str
    name: str
    score: Decimal | None
    """Mean of the shares of traffic, cost and benefit that are known, 0 to 1; None: none is."""
    traffic: Part
    cost: Part
    benefit: Part


class Completeness(Result, frozen=True, kw_only=True):
    """Every declared project that ran in a period."""

    period: str
    start: date
    end: date
    data_version: int
    methodology: str
    score: Decimal | None
    """Mean of the projects' scores."""
    project_known: Check
    """Share of all interactions that belong to a declared project."""
    projects: tuple[ProjectCompleteness, ...]
    """The least complete first."""


def completeness(desk: Desk, period: Period, project: str | None = None) -> Completeness:
    """How complete the ledger of a period of whole months is.

    Raises UsageProblem for a period that is not of whole months or has not begun, UnknownName for a project that is not
    declared.
    """
    span = desk.window(period.start, period.end)
    if not span.whole_months:
        raise UsageProblem(f"completeness is told by whole months, {period.name} is not: name a month, quarter or year")
    if period.start > desk.reading.today:
        raise UsageProblem(f"{period.name} lies in the future: nothing can be complete yet")
    if project is not None and project not in desk.workspace.projects:
        raise UnknownName("project", project, desk.workspace.projects)
    scope = None if project is None else (project,)
    reading, book = desk.reading, desk.book()
    seen, spent, answers = traffic(reading, span), cost(reading, period, span), survey_answers(reading, span)
    rows: defaultdict[str, list[int]] = defaultdict(list)
    wanted = book.places(period.start, period.end)
    for row, (cell, key) in enumerate(book.sheet.grid.rows):
        if cell in wanted and book.expected[row]:
            rows[str(book.sheet.grid.projects[key])].append(row)
    made = []
    for one in _running(desk, period, scope):
        mine = seen.get(one.id, Traffic())
        made.append(_project(one, (
            part("traffic", traffic_checks(one, mine, span, reading.today)),
            part("cost", cost_checks(one, spent.get(one.id, Cost()))),
            part("benefit", (*value_checks(book, rows, one), *benefit_checks(reading, span, one, mine, answers))),
        )))  # fmt: skip
    made.sort(key=lambda one: (one.score is not None, one.score or Decimal(0), one.project))
    return Completeness(
        period=period.name, start=period.start, end=period.end, data_version=reading.moment.versions.data,
        methodology=desk.workspace.methodology.version, score=mean(one.score for one in made),
        project_known=assigned_check(seen), projects=tuple(made),
    )  # fmt: skip


def _project(project: Project, parts: tuple[Part, Part, Part]) -> ProjectCompleteness:
    on_traffic, on_cost, on_benefit = parts
    return ProjectCompleteness(
        project=project.id, name=project.name, score=mean(one.share for one in parts), traffic=on_traffic,
        cost=on_cost, benefit=on_benefit,
    )  # fmt: skip


def _running(desk: Desk, period: Period, scope: tuple[str, ...] | None) -> list[Project]:
    """Declared projects that ran in the period; an idea does not run."""
    return [
        one for one in desk.workspace.projects.values()
        if one.id != UNASSIGNED and one.stage != "idea" and (scope is None or one.id in scope)
        and any(ran(one, month) for month in period.months())
    ]  # fmt: skip
