"""A project's figures beside money: those of its category against before and their targets, and the last 24 hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from breakeven.ledger.catalogue import Figure
from breakeven.ledger.comparing.by_project import askable, figures_by_project
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.stretches import stretch
from breakeven.ledger.results import MetricRow, MetricTable
from breakeven.ledger.targets import against
from breakeven.period import Grain
from breakeven.views.comparison import Comparison, change
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.projects.choices import CATEGORIES
from breakeven.views.projects.kinds import FIGURES, digits_of, figures_of, label, value_cell
from breakeven.views.question import Question
from breakeven.views.tiles import Point, judged

LATELY = ("interactions", "error_rate", "latency_p95_ms", "cost_per_prediction", "revenue_per_interaction",
          "conversion_rate", "resolution_rate", "minutes_saved_per_interaction")  # fmt: skip
"""What is said of the last 24 hours, as far as the project has it."""


def own_figures(mine: Question, category: str, project: str, start: date, end: date) -> Mapping[str, MetricRow]:
    """The figures of the project's category in some days."""
    names = (*FIGURES.get(category, FIGURES[""]), "accuracy_baseline", "resolution_rate", "conversion_rate",
             "hours_saved", "incidents_avoided")  # fmt: skip
    found: Mapping[str, MetricRow] = mine.kept(
        ("own figures", start, end),
        lambda: figures_by_project(mine.desk, names, start, end, (project,)).get(project, {}),
    )
    return found


def category_panel(mine: Question, category: str, project: str, spans: Comparison | None) -> Panel:
    """The figures of the project's category: in the period, against before, and against their targets."""
    now = own_figures(mine, category, project, *mine.window)
    current = own_figures(mine, category, project, spans.current.start, spans.current.end) if spans else {}
    before = own_figures(mine, category, project, spans.previous.start, spans.previous.end) if spans else {}
    figures = figures_of(mine, category)
    goals = has_goals(mine, figures)
    rows = [_row(mine, one, project, now, current, before, goals=goals) for one in figures]
    columns = [Column(label="Figure"), Column(label="In the period", numeric=True),
               Column(label="Change", numeric=True, help=spans.words if spans else "")]  # fmt: skip
    columns += [Column(label="Goal")] if goals else []
    name = CATEGORIES.get(category, "Project")
    return Panel(
        id="category", title=f"{name}: beside money", sub=spans.words[:1].upper() + spans.words[1:] if spans else "",
        width=7, hourly=True, body=Table(columns=tuple(columns), rows=tuple(rows), caption=f"{name} figures"),
    )  # fmt: skip


def _row(
    mine: Question, one: Figure, project: str, now: Mapping[str, MetricRow], current: Mapping[str, MetricRow],
    before: Mapping[str, MetricRow], *, goals: bool,
) -> Row:  # fmt: skip
    new, old = current.get(one.name), before.get(one.name)
    moved = change(
        new.value if new else None, old.value if old else None, unit=one.unit, digits=one.decimals,
        direction=one.direction, show=mine.show, words="",
    )  # fmt: skip
    sign = {"up": "+", "down": "−", "flat": ""}[moved.arrow] if moved else ""
    return Row(cells=(
        Cell(text=label(one)), value_cell(mine, one, now.get(one.name), project),
        Cell(text=f"{sign}{moved.value}", tone=moved.tone) if moved else Cell(text=UNKNOWN),
        *((goal_cell(mine, one, now.get(one.name)),) if goals else ()),
    ))  # fmt: skip


def has_goals(mine: Question, figures: Sequence[Figure]) -> bool:
    """Whether a target is stated for any of some figures that does not depend on a length of time."""
    stated = {target.metric for target in mine.workspace.targets if target.per is None}
    return not stated.isdisjoint(one.name for one in figures)


def goal_cell(mine: Question, one: Figure, row: MetricRow | None) -> Cell:
    """A figure against its target, where one is stated that does not depend on a length of time."""
    target = next((target for target in mine.workspace.targets if target.metric == one.name), None)
    if target is None or target.per is not None:
        return Cell(text=UNKNOWN) if target is None else Cell(text=UNKNOWN, sub="set for all projects")
    value, reason = (row.value, row.reason) if row is not None else (None, "nothing is recorded")
    found = against(target, one.label, one.unit, value, reason, Decimal(1))
    said = judged(found, one, mine.show)
    return Cell(text=said.word, status=said.status, sub=said.words)


# --- the last 24 hours


def lately_panel(mine: Question, project: str) -> Panel | None:
    """The last 24 hours, hour by hour; None for a project without interactions in them."""
    day = stretch("24h", mine.now, mine.calendar)
    names = askable(mine.desk, LATELY, day.window.first, day.window.last)
    if not names or mine.filters.as_of:
        return None
    hourly: Sequence[MetricTable] = mine.kept(
        ("lately", day.span),
        lambda: metrics(mine.desk, names, grain=Grain.HOUR, span=day.span, projects=(project,)),
    )
    whole: Sequence[MetricTable] = mine.kept(
        ("lately in all", day.span),
        lambda: metrics(mine.desk, names, grain=Grain.ALL, span=day.span, projects=(project,)),
    )
    known = {table.metric: table for table in hourly if any(row.value for row in table.rows)}
    if not known:
        return None
    goals = has_goals(mine, [mine.catalogue[name] for name in known])
    rows = tuple(_late_row(mine, mine.catalogue[table.metric], known[table.metric], table.rows[0], goals=goals)
                 for table in whole if table.metric in known and table.rows)  # fmt: skip
    columns = [Column(label="Figure"), Column(label="Last 24 hours", numeric=True), Column(label="By hour"),
               Column(label="Latest hour", numeric=True)]  # fmt: skip
    columns += [Column(label="Goal")] if goals else []
    return Panel(id="lately", title="Real-time metrics", sub="Last 24 hours, hour by hour",
                 body=Table(columns=tuple(columns), rows=rows, caption="Figures of the last 24 hours"))  # fmt: skip


def _late_row(mine: Question, one: Figure, hours: MetricTable, whole: MetricRow, *, goals: bool) -> Row:
    show = mine.show
    points = tuple(Point(row.period[-5:], None if row.value is None else float(row.value)) for row in hours.rows)
    latest = next((row.value for row in reversed(hours.rows) if row.value is not None), None)
    last, all_day = (show.quantity(value, one.unit, digits_of(one)) for value in (latest, whole.value))
    words = f"{one.label} by hour, {last} in the latest"
    why = (whole.reason or "") if whole.value is None else ""
    return Row(cells=(
        Cell(text=one.label), Cell(text=str(all_day), strong=True, sub=why),
        Cell(trend=points, trend_words=words), Cell(text=str(last)),
        *((goal_cell(mine, one, whole),) if goals else ()),
    ))  # fmt: skip
