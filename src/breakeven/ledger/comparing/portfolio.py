"""All projects of a period beside each other, with the sums of their categories: the parts add up to the statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from breakeven.errors import UsageProblem
from breakeven.facts import UNASSIGNED
from breakeven.ledger.books.evaluate import Ask
from breakeven.ledger.comparing.figures import NOTHING, Headline, Headlines, series_by_project
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import MonthPoint, Payback, Result
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.timeline import payback
from breakeven.period import Grain, Period, add_months

OTHER = ""
"""Category of what is not declared, and of cost that no project can be given."""


class ProjectLine(Result, frozen=True, kw_only=True):
    """One project in the period."""

    project: str
    """Its id; `unassigned` and `unallocated` where facts name no project and pools could not be split."""
    category: str
    declared: bool
    figures: Headline
    payback: Payback
    months: tuple[MonthPoint, ...]
    """Every month from its first amount to the end of the period."""


class MonthNet(Result, frozen=True, kw_only=True):
    """What several projects together brought less what they cost in one month."""

    month: date
    net: Decimal
    complete: bool


class Group(Result, frozen=True, kw_only=True):
    """The projects of one category together."""

    category: str
    projects: tuple[str, ...]
    figures: Headline
    months: tuple[MonthNet, ...]


class Portfolio(Result, frozen=True, kw_only=True):
    """Projects of a period."""

    period: str
    start: date
    end: date
    currency: str
    data_version: int
    methodology: str
    lines: tuple[ProjectLine, ...]
    groups: tuple[Group, ...]
    """By category, in the order in which projects declare them; what is not declared comes last."""
    total: Headline
    """As the statement has it."""
    months: tuple[MonthNet, ...]


def portfolio(desk: Desk, period: Period, projects: Sequence[str] | None = None) -> Portfolio:
    """The projects of a period of whole months; None: all, with what could be given to none of them.

    The lines of a group add up to its sums, and the groups to the statement of the same projects. Raises UsageProblem
    for another period, UnknownName for a project.
    """
    span = desk.window(period.start, period.end)
    if not span.whole_months:
        raise UsageProblem(f"projects are compared by whole months, {period.name} is not: name a month or longer")
    scope = desk.check_projects(projects)
    ask = Ask(names=desk.headline(), span=span, grain=Grain.ALL, dims=("project",), projects=scope, name=period.name)
    found = Headlines(desk.level(ask)).by_project()
    series = series_by_project(desk, scope)
    until = min(period.end, add_months(desk.reading.open_month, 1))
    lines = []
    for name in _names(desk, scope, found):
        declared = desk.workspace.projects.get(name)
        line = series.get(name)
        lines.append(ProjectLine(
            project=name, category=declared.category if declared else OTHER, declared=declared is not None,
            figures=found.get(name, NOTHING), months=line.points(until) if line else (),
            payback=payback(line, until) if line else Payback(months=None, reached_on=None, reason="nothing recorded"),
        ))  # fmt: skip
    return Portfolio(
        period=period.name, start=period.start, end=period.end, currency=desk.workspace.currency,
        data_version=desk.reading.moment.versions.data, methodology=desk.workspace.methodology.version,
        lines=tuple(lines), groups=_groups(desk, ask, lines), total=_together(desk, ask, scope),
        months=_nets(lines),
    )  # fmt: skip


def headlines(desk: Desk, start: date, end: date, projects: Sequence[str] | None = None) -> Mapping[str, Headline]:
    """Project → its headline figures of some whole months. Raises UnknownName for a project."""
    scope = desk.check_projects(projects)
    span = desk.window(start, end)
    ask = Ask(names=desk.headline(), span=span, grain=Grain.ALL, dims=("project",), projects=scope)
    kept, version = ("headlines", ask, desk.sealed, desk.recounted), desk.moment()
    return desk.reading.cache.get(kept, version, lambda: Headlines(desk.level(ask)).by_project())


def together(desk: Desk, period: Period, projects: Sequence[str]) -> Headline:
    """Some projects as one: what a category would be without one of them. Raises UnknownName for a project."""
    scope = desk.check_projects(projects)
    span = desk.window(period.start, period.end)
    return _together(desk, Ask(names=desk.headline(), span=span, grain=Grain.ALL, name=period.name), scope)


def _names(desk: Desk, scope: tuple[str, ...] | None, found: dict[str, Headline]) -> list[str]:
    """What has a line: the projects that are asked for; of all, those without any project only where money is."""
    if scope is not None:
        return list(scope)
    nobody = [name for name in (UNASSIGNED, UNALLOCATED) if _has_money(found.get(name))]
    named = [name for name in desk.known_projects() if name != UNASSIGNED or UNASSIGNED in desk.workspace.projects]
    return list(dict.fromkeys([*named, *nobody]))


def _has_money(figures: Headline | None) -> bool:
    return figures is not None and any((figures.value, figures.direct, figures.shared))


def _groups(desk: Desk, ask: Ask, lines: Sequence[ProjectLine]) -> tuple[Group, ...]:
    members: dict[str, list[ProjectLine]] = {}
    for line in sorted(lines, key=lambda line: line.category == OTHER):
        members.setdefault(line.category, []).append(line)
    made = []
    for category, mine in members.items():
        names = tuple(line.project for line in mine)
        made.append(Group(category=category, projects=names, figures=_together(desk, ask, names), months=_nets(mine)))
    return tuple(made)


def _nets(lines: Sequence[ProjectLine]) -> tuple[MonthNet, ...]:
    """Net value of some projects together, month by month; what is unknown adds nothing."""
    found: dict[date, MonthNet] = {}
    for point in (point for line in lines for point in line.months):
        before = found[point.month].net if point.month in found else Decimal(0)
        found[point.month] = MonthNet(month=point.month, net=before + point.net, complete=point.complete)
    return tuple(found[month] for month in sorted(found))


def _together(desk: Desk, ask: Ask, projects: tuple[str, ...] | None) -> Headline:
    """Some projects as one: sums added up, ratios made anew from them."""
    level = desk.level(Ask(names=ask.names, span=ask.span, grain=ask.grain, projects=projects, name=ask.name))
    return Headlines(level).row(0)
