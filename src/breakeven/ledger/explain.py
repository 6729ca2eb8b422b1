"""A figure taken apart: a tree whose leaves are measures with their records, assumptions with their owners, cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from breakeven.errors import UsageProblem
from breakeven.ledger.catalogue import Figure, figure, figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.explaining.behind import LARGEST
from breakeven.ledger.explaining.tree import Tree
from breakeven.ledger.numbers import plain, tidy
from breakeven.ledger.reasons import BY_MONTH
from breakeven.ledger.results import Explanation, MonthPoint
from breakeven.ledger.scope import Projects, scope_of
from breakeven.ledger.timeline import Series, budget
from breakeven.ledger.timeline import figure as timeline_figure
from breakeven.money import cents
from breakeven.period import Grain, Period, add_months


def explain(desk: Desk, name: str, period: Period, project: Projects = None) -> Explanation:
    """The tree of a figure for a period, of one project, several or all together.

    Raises UnknownName for a figure or project, UsageProblem for the period.
    """
    asked = None if name in desk.workspace.assumptions else figure(name, figures(desk.workspace))
    scope, reading = scope_of(desk, project), desk.reading
    versions = reading.moment.versions.by_kind
    # An open month gets the elapsed share of what is planned for it, minute by minute.
    minute = reading.now.replace(second=0, microsecond=0)
    version = (*(versions[kind] for kind in sorted(versions)), minute, desk.state.version, reading.as_of)
    question = "explanation", name, period.name, period.start, period.end, scope, desk.sealed
    return reading.cache.get(question, version, lambda: _made(desk, name, asked, period, scope))


def _made(
    desk: Desk, name: str, asked: Figure | None, period: Period, scope: tuple[str, ...] | None
) -> Explanation:  # fmt: skip
    if asked is not None and asked.kind == "timeline":
        return _timeline(desk, asked, period, scope)
    return Tree(desk, name, period, scope).node(name)


def _timeline(desk: Desk, one: Figure, period: Period, scope: tuple[str, ...] | None) -> Explanation:
    """A figure of the whole series, with its months as inputs."""
    if not desk.window(period.start, period.end).whole_months:
        raise UsageProblem(f"{one.name} {BY_MONTH}: name a month, quarter or year")
    monthly = desk.monthly(projects=scope)
    series = desk.series(monthly)
    until = min(period.end, add_months(desk.reading.open_month, 1))
    allowed = budget(desk.reading, period.start, period.end, scope)
    value, reason = timeline_figure(one.name, series, period.start, until, allowed)
    inner = _inner(one.name, series, period, until)
    inputs: tuple[Explanation, ...] = ()
    if inner is not None and inner[0] in figures(desk.workspace):
        inputs = (explain(desk, *inner, scope),)
    elif one.name != "budget":
        inputs = tuple(_month(point, scope) for point in series.points(until))
    if one.name == "budget_variance":
        inputs = (explain(desk, "budget", period, scope), *inputs)
    parts = _budgets(desk, one, period, scope) if one.name == "budget" else ()
    return Explanation(
        name=one.name, label=one.label, kind="metric", value=plain(value, one.unit), unit=one.unit, reason=reason,
        period=period.name, project=_sole(scope), start=period.start, end=period.end, note=one.description or None,
        inputs=inputs, parts=parts[:LARGEST], more=len(parts[LARGEST:]),
        rest=tidy(sum((Decimal(part.value or 0) for part in parts[LARGEST:]), Decimal(0))) if parts[LARGEST:] else None,
        source="projects.yaml" if one.name == "budget" else None,
    )  # fmt: skip


def _budgets(
    desk: Desk, one: Figure, period: Period, scope: tuple[str, ...] | None
) -> tuple[Explanation, ...]:  # fmt: skip
    """The budgets of the projects that have one, the largest first."""
    found = []
    for name, project in desk.workspace.projects.items():
        if project.budget is not None and (scope is None or name in scope) and scope != (name,):
            value, _ = budget(desk.reading, period.start, period.end, (name,))
            found.append(Explanation(
                name=one.name, label=one.label, kind="metric", value=value, unit=one.unit, source="projects.yaml",
                period=period.name, project=name, start=period.start, end=period.end,
            ))  # fmt: skip
    return tuple(sorted(found, key=lambda part: -Decimal(part.value or 0)))


def _inner(name: str, series: Series, period: Period, until: date) -> tuple[str, Period] | None:
    """The figure and span that a timeline figure is made of; None: of the net value of every month."""
    match name:
        case "roi_ytd":
            return "net_value", _span(series.year_start(until), until)
        case "run_rate":
            last = series.last_complete(until)
            return ("net_value", _span(last, add_months(last, 1))) if last in series.months else None
        case "cumulative_roi_percent" if series.points(until):
            return "roi_percent", _span(series.points(until)[0].month, until)
        case "budget_variance":
            return "investment", _span(period.start, until)
    return None


def _span(start: date, end: date) -> Period:
    last = add_months(end, -1)
    name = f"{start:%Y-%m}" if start == last else f"{start:%Y-%m} to {last:%Y-%m}"
    return Period(name=name, grain=Grain.ALL, start=start, end=end)


def _sole(scope: tuple[str, ...] | None) -> str | None:
    return scope[0] if scope is not None and len(scope) == 1 else None


def _month(point: MonthPoint, scope: tuple[str, ...] | None) -> Explanation:
    said = f"value {cents(point.value)} − cost {cents(point.cost)}; so far {cents(point.cumulative)}"
    return Explanation(
        name="net_value", label="Net value", kind="metric", value=point.net, unit="money",
        period=f"{point.month:%Y-%m}", project=_sole(scope), start=point.month, end=add_months(point.month, 1),
        note=said,
    )  # fmt: skip
