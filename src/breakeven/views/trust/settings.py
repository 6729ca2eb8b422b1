"""The page on settings: the workspace in force, its version and problems, how the server runs. Read only."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.errors import Problem
from breakeven.views.content import Cell, Column, Fact, Facts, Page, Panel, Row, Table
from breakeven.views.format import UNKNOWN, Shown, count_word
from breakeven.views.question import Question


def settings(question: Question) -> Page:
    """What is declared and in force."""
    workspace, server = question.workspace, question.server
    problems = question.kept(("problems",), server.problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    finding = f"{workspace.name} runs methodology {workspace.methodology.version}."
    exception = ""
    if errors:
        number = f"{count_word(len(errors)).capitalize()} {'problem' if len(errors) == 1 else 'problems'}"
        exception = f"{number} on disk: the workspace that was loaded at the start stays in force."
    elif server.changed():
        exception = "The files on disk have changed since: restart the server to put them in force."
    return Page(
        title="Settings",
        finding=finding,
        exception=exception,
        panels=(
            _workspace(question),
            _server(question),
            _problems(problems),
            _assumptions(question),
            _projects(question),
        ),
    )


def _workspace(question: Question) -> Panel:
    workspace, calendar = question.workspace, question.calendar
    first = question.show.month(question.calendar.year(2026).start).rsplit(" ", 1)[0]
    facts = (
        ("Company", workspace.name),
        ("Currency", workspace.currency),
        ("Time zone", calendar.time_zone),
        ("Fiscal year from", first),
        ("Methodology version", workspace.methodology.version),
        ("Folder", workspace.path or "in memory"),
        ("Projects", str(len(workspace.projects))),
        ("Assumptions", str(len(workspace.assumptions))),
        ("Targets", str(len(workspace.targets))),
        ("Cost pools", str(len(workspace.pools))),
        ("Experiments", str(len(workspace.experiments))),
        ("Exchange rates", str(len(workspace.rates))),
    )
    return Panel(
        id="workspace",
        title="Workspace in force",
        sub="Declared in YAML; the folder is the place to change it",
        width=7,
        body=Facts(facts=tuple(Fact(label=label, value=Shown(value)) for label, value in facts)),
    )


def _server(question: Question) -> Panel:
    facts = tuple(Fact(label=label, value=Shown(value), mono=True) for label, value in question.server.settings)
    return Panel(
        id="server", title="Server", sub="Passwords and keys are never shown", width=5, body=Facts(facts=facts)
    )


def _problems(problems: Sequence[Problem]) -> Panel:
    rows = tuple(
        Row(
            cells=(
                Cell(
                    text="Problem" if one.severity == "error" else "Remark",
                    status="red" if one.severity == "error" else "yellow",
                ),
                Cell(text=f"{one.file or ''}{f':{one.line}' if one.line else ''}", mono=True),
                Cell(text=one.message, sub=one.hint or ""),
            )
        )
        for one in problems
    )
    columns = (Column(label="State"), Column(label="Where"), Column(label="What"))
    return Panel(
        id="problems",
        title="Problems on disk",
        sub="What `breakeven check` says of the folder now",
        body=Table(
            columns=columns, rows=rows, caption="Problems of the workspace", empty="The folder has no problems."
        ),
    )


def _assumptions(question: Question) -> Panel:
    show, rows = question.show, []
    for one in sorted(question.workspace.assumptions.values(), key=lambda one: one.name):
        late = one.review_by is not None and one.review_by < question.desk.reading.today
        review = UNKNOWN if one.review_by is None else show.day(one.review_by)
        rows.append(
            Row(
                cells=(
                    Cell(text=one.name, mono=True),
                    Cell(text=one.unit),
                    Cell(text=one.evidence),
                    Cell(text=one.source or UNKNOWN),
                    Cell(text=one.owner or UNKNOWN),
                    Cell(text=review, status="yellow" if late else None, sub="Review is overdue" if late else ""),
                )
            )
        )
    columns = (
        Column(label="Assumption", sort=True),
        Column(label="Unit"),
        Column(label="Evidence", sort=True),
        Column(label="Source", sort=True),
        Column(label="Owner", sort=True),
        Column(label="Review by", sort=True),
    )
    return Panel(
        id="assumptions",
        title="Assumptions",
        sub="Who answers for them; their values stand in Explain and What-if",
        body=Table(
            columns=columns, rows=tuple(rows), caption="Assumptions in force", empty="No assumption is declared."
        ),
    )


def _projects(question: Question) -> Panel:
    show, rows = question.show, []
    for one in question.workspace.projects.values():
        rows.append(
            Row(
                cells=(
                    Cell(text=one.name, href=question.link(f"/projects/{one.id}"), sub=one.id),
                    Cell(text=one.category.replace("_", " ")),
                    Cell(text=one.stage),
                    Cell(text=one.owner or UNKNOWN),
                    Cell(text=UNKNOWN if one.start is None else show.day(one.start)),
                    Cell(text=UNKNOWN if one.budget is None else show.money(one.budget), order=one.budget),
                )
            )
        )
    columns = (
        Column(label="Project", sort=True),
        Column(label="Category", sort=True),
        Column(label="Stage", sort=True),
        Column(label="Owner", sort=True),
        Column(label="Since"),
        Column(label="Budget a month", numeric=True, sort=True),
    )
    return Panel(
        id="projects",
        title="Projects",
        body=Table(
            columns=columns,
            rows=tuple(rows),
            caption="Declared projects",
            empty="No project is declared: add one to projects.yaml.",
        ),
    )
