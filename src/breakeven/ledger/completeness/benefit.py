"""How complete the benefit of each project is: inputs of its value categories, outcomes, surveys, incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakeven.ledger.books.book import Book
from breakeven.ledger.completeness.checks import Check, check
from breakeven.ledger.completeness.traffic import Traffic
from breakeven.ledger.measuring.measures import Question, Reading
from breakeven.ledger.reasons import row_gap
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES
from breakeven.period import Grain
from breakeven.workspace.definitions import Definition, Project, Workspace

_SEND = {
    "interaction": "send seconds_saved, outcome and tokens with interactions, or outcomes when they are known",
    "benefit": "breakeven import benefit FILE (tracked hours, revenue, avoided findings)",
    "deployment": "breakeven import deployment FILE (releases of models)",
    "incident": "breakeven import incident FILE (the incident log of all projects)",
    "evaluation": "breakeven import evaluation FILE (accuracy of models)",
    "activity": "breakeven import activity FILE (use of the platform)",
    "survey": "breakeven import survey FILE (NPS and CSAT answers)",
    "cost": "breakeven import focus FILE, or import cost FILE",
    "model_state": "breakeven import model_state FILE (stages of the model registry)",
}
"""Kind of fact → how it gets in."""


def value_checks(book: Book, rows: Mapping[str, Sequence[int]], project: Project) -> tuple[Check, ...]:
    """For each value category the months whose inputs are known; rows of the book by project."""
    sheet, workspace = book.sheet, book.sheet.reading.workspace
    made, mine = [], rows.get(project.id, ())
    for category in workspace.methodology.values():
        nulls = sheet.unknown(category.name)
        unknown = [row for row in mine if row in nulls]
        leaf = next((_leaf(book, category.name, row) for row in unknown[:1]), None)
        # The first, the middle and the last month: a reason seldom changes more often.
        some = dict.fromkeys([*unknown[:1], *unknown[len(unknown) // 2 :][:1], *unknown[-1:]])
        reasons = dict.fromkeys(row_gap(sheet, workspace, category.name, row) for row in some)
        made.append(check(
            category.name, len(mine) - len(unknown), len(mine), "; ".join(list(reasons)[:2]),
            connect(workspace, leaf, project) if leaf else None, none="the project did not run in the period",
            label=category.label,
        ))  # fmt: skip
    return tuple(made)


def _leaf(book: Book, name: str, row: int) -> str | None:
    """The first input at the end of a formula that is unknown; None: its inputs are known and it is undefined."""
    definition: Definition | None = book.sheet.reading.workspace.methodology.definitions.get(name)
    if definition is None:
        return name
    unknown = [part for part in definition.expression.names if row in book.sheet.unknown(part)]
    return _leaf(book, unknown[0], row) if unknown else None


def connect(workspace: Workspace, name: str, project: Project) -> str:
    """What to do so that an input becomes known."""
    assumption = workspace.assumptions.get(name)
    if assumption is not None:
        if assumption.per == "month":
            return f"declare {name} for {project.id} under baselines in projects.yaml"
        return f"state {name} in assumptions.yaml"
    if name in MEASURES:
        return _SEND.get(MEASURES[name].relation, f"send {MEASURES[name].relation} records")
    return "breakeven import focus FILE, or import cost FILE" if name.startswith("cost_") else f"make {name} known"


def benefit_checks(
    reading: Reading, span: Window, project: Project, seen: Traffic, answers: Mapping[str, int]
) -> tuple[Check, ...]:
    """Outcomes, surveys and the incident log."""
    log = reading.presence("incident").first
    begun = log is not None and log < span.last
    return (
        check("outcomes", seen.with_outcome, seen.calls,
              f"{seen.calls - seen.with_outcome} interactions have no outcome",
              f"send outcome (resolved, converted, accepted, rejected, escalated) with interactions of {project.id}",
              none="no interaction in the period"),
        check("surveys", int(answers.get(project.id, 0) > 0), 1, "no survey answer in the period", _SEND["survey"]),
        check("incidents", int(begun), 1, "no incident has been recorded: no zero can be told from silence",
              _SEND["incident"]),
    )  # fmt: skip


def survey_answers(reading: Reading, span: Window) -> dict[str, int]:
    """Survey answers by project."""
    if reading.presence("survey").first is None:
        return {}
    names = ("nps_answers", "survey_csat_count")
    (table,) = reading.take(Question(names, span, Grain.ALL, ("project",)))
    return {row["project"]: int(sum(row[name] or 0 for name in names)) for row in table.to_pylist()}
