"""Budget compliance: what each project may spend, and what it spent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.comparing.by_project import figures_by_project
from breakeven.ledger.results import MetricRow, Number, Status
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.views.adding import adding
from breakeven.views.content import Cell, Column, Empty, Link, Meter, Panel, Row, Table
from breakeven.views.format import UNKNOWN, Display, decimal_of
from breakeven.views.projects.lines import known_name
from breakeven.views.projects.links import ALL
from breakeven.views.question import Question

FIGURES = ("investment", "budget")
HALF = Decimal("0.5")
"""Part of a budget below which it is not used."""
ROOM = Decimal("1.25")
"""Of a budget, how much the bar has room for."""
MOST = 20
"""Projects in the table; the others are on the page of all projects."""

Line = tuple[str, Decimal | None, Decimal | None]
"""Project, what it spent, what it may spend."""


def budget_lines(question: Question) -> list[Line]:
    """Every project with cost or budget, those furthest above their budget first."""
    found: list[Line] = question.once(("budget lines",), lambda: _lines(question))
    return found


def _lines(question: Question) -> list[Line]:
    if question.catalogue.get("investment") is None:
        return []
    found: Mapping[str, Mapping[str, MetricRow]] = figures_by_project(
        question.desk, FIGURES, *question.window, question.projects
    )
    lines: list[Line] = [(name, _amount(rows, "investment"), _amount(rows, "budget")) for name, rows in found.items()]
    lines = [line for line in lines if line[1] or line[2]]
    return sorted(lines, key=lambda line: (line[2] is None, -(used(line) or Decimal(0)), line[0]))


def _amount(rows: Mapping[str, MetricRow], name: str) -> Decimal | None:
    value: Number | None = rows[name].value if name in rows else None
    return None if value is None else decimal_of(value)


def used(line: Line) -> Decimal | None:
    """What part of its budget a project spent."""
    _, spent, allowed = line
    return spent / allowed if spent is not None and allowed else None


def over(question: Question) -> list[Line]:
    """Projects above their budget, the furthest first."""
    return [line for line in budget_lines(question) if (used(line) or 0) > 1]


def budget_panel(question: Question) -> Panel:
    """The projects against their budgets; the mark is all of it."""
    statement, lines = question.statement, budget_lines(question)
    if statement.budget is None:
        return Panel(
            id="budget",
            title="Budget compliance",
            width=7,
            body=Empty(
                title="No budget is declared",
                text="Add `budget`, an amount per month, to the projects of projects.yaml: what each spent of it"
                " stands here.",
            ),
        )
    share = statement.investment / statement.budget if statement.investment is not None and statement.budget else None
    chip: tuple[Status, str] | None = None
    if share is not None:
        chip = ("red" if share > 1 else "green", f"{question.show.percent(share * 100)} of budget used")
    return Panel(
        id="budget",
        title="Budget compliance",
        sub="Cost against the budget of the months so far; the mark is 100%",
        width=7,
        chip=chip,
        body=_table(question, lines),
        foot=_foot(question, lines),
        foot_link=Link(text="All projects", href=question.link(ALL)) if len(lines) > MOST else None,
    )


def _foot(question: Question, lines: list[Line]) -> str:
    without = [line for line in lines if line[2] is None]
    if not without:
        return ""
    spent = sum((line[1] or Decimal(0) for line in without), Decimal(0))
    names = [known_name(question, line[0]) for line in without]
    told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"Without a budget, and counted against that of all: {told}, {question.show.money(spent)}."


def _table(question: Question, lines: list[Line]) -> Table:
    statement = question.statement
    spent = adding(question.show, ([line[1] for line in lines], statement.investment))
    allowed = adding(question.show, ([line[2] for line in lines], statement.budget))
    rows = [_row(question, line, spent, allowed) for line in lines[:MOST]]
    total: Line = ("", statement.investment, statement.budget)
    if len(lines) > 1:
        rows.append(_row(question, total, spent, allowed))
    heads = (("Project", False), ("Actual", True), ("Budget", True))
    return Table(
        columns=(
            *(Column(label=label, numeric=numeric, sort=True) for label, numeric in heads),
            Column(label="", wide=True),
            Column(label="Variance", numeric=True, sort=True),
            Column(label="Status", sort=True),
        ),
        rows=tuple(rows),
        caption="Cost against budget by project",
    )


def _row(question: Question, line: Line, spent: Display, allowed: Display) -> Row:
    project, cost, budget = line
    share, total = used(line), not project
    over = None if share is None else (share - 1) * 100
    status, word = verdict(line)
    nobody = project in (UNASSIGNED, UNALLOCATED)
    place = f"@{project}" if project and not nobody else ""
    return Row(
        kind="total" if total else "",
        cells=(
            Cell(text="Total" if total else known_name(question, project)),
            Cell(
                text=spent.money(cost),
                order=cost,
                strong=True,
                explain=f"investment{place}" if not nobody and cost is not None else "",
            ),
            Cell(text=allowed.money(budget), order=budget),
            Cell(meter=_meter(question, share)) if share is not None else Cell(),
            Cell(text=UNKNOWN if over is None else question.show.percent(over, signed=True), order=over),
            Cell(text=word, status=status, order=word),
        ),
    )


def _meter(question: Question, share: Decimal) -> Meter:
    return Meter(
        share=float(share / ROOM),
        mark=float(1 / ROOM),
        tone="cost",
        words=f"{question.show.percent(share * 100)} of budget",
    )


def verdict(line: Line) -> tuple[Status, str]:
    """How a project stands against its budget."""
    share = used(line)
    if share is None:
        return "grey", "No budget" if line[2] is None else "No cost known" if line[1] is None else "Budget of nothing"
    if share > 1:
        return "red", "Over budget"
    return ("yellow", "Underused") if share < HALF else ("green", "Within")
