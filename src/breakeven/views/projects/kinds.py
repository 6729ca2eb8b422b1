"""Figures that projects of a category are judged by, beside money: each category has its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakeven.ledger.catalogue import Figure
from breakeven.ledger.comparing.by_project import Rows, figures_by_project
from breakeven.ledger.results import MetricRow
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.projects.choices import CATEGORIES
from breakeven.views.projects.links import project_link
from breakeven.views.question import Question

FIGURES: Mapping[str, tuple[str, ...]] = {
    "customer_service": ("interactions", "resolution_rate", "deflection_rate", "csat", "conversion_rate",
                         "minutes_saved_per_interaction", "cost_per_successful_outcome"),
    "process_automation": ("interactions", "hours_saved", "minutes_saved_per_interaction", "error_reduction",
                           "rejection_rate", "cost_per_successful_outcome"),
    "predictive_analytics": ("interactions", "accuracy", "accuracy_gap", "drift_detection_rate", "total_monthly_value",
                             "value_per_interaction", "error_rate"),
    "platform": ("hours_saved", "incidents_avoided", "incidents", "mttr_hours", "infra_savings",
                 "drift_detection_rate"),
    "": ("interactions", "hours_saved", "error_rate"),
}  # fmt: skip
"""Category → its figures, the most telling first after the volume."""
SAID: Mapping[str, str] = {"total_monthly_value": "Business impact"}
"""Figures that a category calls otherwise."""
MOST = 25
"""Projects of a category that its table names."""


def figures_of(question: Question, category: str) -> tuple[Figure, ...]:
    """The figures of a category that the workspace's methodology has."""
    return tuple(question.catalogue[name] for name in FIGURES.get(category, ()) if name in question.catalogue)


def digits_of(one: Figure) -> int:
    """Digits of a figure that are worth reading: no part of a millisecond."""
    return 0 if one.unit == "ms" else one.decimals


def label(one: Figure) -> str:
    """A figure's name in the table of a category."""
    return SAID.get(one.name, one.label)


def all_figures(question: Question, projects: Sequence[str] | None) -> Rows:
    """Every category's figures of every project of the period, in one question."""
    names = tuple(dict.fromkeys(name for figures in FIGURES.values() for name in figures))
    start, end = question.window
    found: Rows = question.kept(
        ("figures by project", names, projects),
        lambda: figures_by_project(question.desk, names, start, end, projects),
    )
    return found


def value_cell(question: Question, one: Figure, row: MetricRow | None, project: str) -> Cell:
    """A figure of a project, which opens its explanation; what is unknown says why."""
    if row is None or row.value is None:
        return Cell(text=UNKNOWN, help=(row.reason if row is not None else None) or "nothing is recorded")
    shown = question.show.quantity(row.value, one.unit, digits_of(one))
    percent = shown.unit == "%"
    return Cell(text=str(shown) if percent else shown.text, unit="" if percent else shown.unit, order=row.value,
                explain=f"{one.name}@{project}")  # fmt: skip


def category_panels(question: Question, members: Mapping[str, Sequence[str]], rows: Rows) -> tuple[Panel, ...]:
    """For each category a table of its projects by its own figures; `members`: category → its projects."""
    panels = []
    for category, names in members.items():
        figures = figures_of(question, category)
        if category == "" or not figures or not names:
            continue
        panels.append(Panel(
            id=f"kind-{category.replace('_', '-')}", title=CATEGORIES[category], hourly=True,
            sub=f"What {CATEGORIES[category].lower()} projects are judged by, beside money",
            body=_table(question, category, figures, names, rows),
            foot=f"The first {MOST} of {len(names)} projects." if len(names) > MOST else "",
        ))  # fmt: skip
    return tuple(panels)


def _table(question: Question, category: str, figures: Sequence[Figure], names: Sequence[str], rows: Rows) -> Table:
    columns = [Column(label="Project", sort=True)]
    columns += [Column(label=label(one), numeric=True, sort=True, help=one.description) for one in figures]
    made = []
    for name in names[:MOST]:
        cells = [Cell(text=question.name_of(name), href=project_link(question, name))]
        cells += [value_cell(question, one, rows.get(name, {}).get(one.name), name) for one in figures]
        made.append(Row(cells=tuple(cells)))
    return Table(columns=tuple(columns), rows=tuple(made), caption=f"{CATEGORIES[category]} projects by their figures")
