"""The ledger's entries: one amount for each month, project and category, with what stands behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Literal

from breakeven.ledger.cost_lines import LINE_MEASURES
from breakeven.ledger.desk import Desk
from breakeven.ledger.evaluate import leaves
from breakeven.ledger.numbers import tidy
from breakeven.ledger.relations import relation
from breakeven.ledger.results import Entry
from breakeven.measures import MEASURES, Measure
from breakeven.period import Grain, add_months
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Definition, Grade, Workspace

REPORTED = frozenset(("benefit", "survey"))
"""Kinds of fact that somebody states; the others are measured."""
Evidence = Literal["A", "B", "C", "D", "E"]


def entries(desk: Desk, window: tuple[date, date] | None = None, project: str | None = None) -> tuple[Entry, ...]:
    """Entries of the months that begin in the window, by month, project and category; amounts of 0 are left out.

    They add up to the statements of the same months.
    """
    desk.check_projects(None if project is None else (project,))
    book = desk.book()
    grid, months = book.sheet.grid, book.months
    first, last = window if window is not None else (months[0], add_months(months[-1], 1))
    wanted = set(book.places(first, last))
    rows = [row for row, (cell, _) in enumerate(grid.rows) if cell in wanted]
    if project is not None:
        rows = [row for row in rows if grid.names[row][1] == project]
    found = []
    counts = _counts(desk)
    categories = {made.name: made for made in desk.workspace.methodology.values()}
    for name in (*categories, *COST_LINES):
        definition, column = categories.get(name), book.sheet.columns[name]
        grade = grade_of(name, desk.workspace)
        for row in rows:
            amount = column[row].as_py()
            if amount:
                month, owner = months[grid.rows[row][0]], str(grid.names[row][1])
                found.append(_entry(desk, definition, name, month, owner, amount, grade, counts[name][month, owner]))
    return tuple(sorted(found, key=lambda entry: (entry.period, entry.project, entry.side != "value")))


def _entry(
    desk: Desk, definition: Definition | None, name: str, month: date, owner: str, amount: object, grade: Evidence,
    records: int,
) -> Entry:  # fmt: skip
    return Entry(
        period=month, project=owner, side="cost" if definition is None else "value", category=name,
        amount=tidy(amount),  # type: ignore[arg-type]
        formula=definition.formula if definition else None, evidence=grade,
        realisation=definition.realisation if definition else "cash",
        methodology=desk.workspace.methodology.version, data_version=desk.reading.moment.versions.data, records=records,
    )  # fmt: skip


def grade_of(name: str, workspace: Workspace) -> Evidence:
    """How well a category or cost line is known: the weakest of what it is made of.

    Measured records are C, what people or finance report is D, an assumption has the grade it is declared with.
    """
    definitions = workspace.methodology.definitions
    grades: set[Grade] = set()
    waiting, seen = [name], set[str]()
    while waiting:
        part = waiting.pop()
        if part in seen:
            continue
        seen.add(part)
        if part in definitions:
            waiting += definitions[part].expression.names
        elif part in workspace.assumptions:
            grades.add(workspace.assumptions[part].evidence)
        elif part in MEASURES:
            grades.add("D" if MEASURES[part].relation in REPORTED else "C")
        elif part in COST_LINES:
            grades.add("D" if part == "cost_implementation" else "C")
    stated = definitions[name].evidence if name in definitions else None
    return max(grades) if grades else stated or "E"


def _counts(desk: Desk) -> dict[str, defaultdict[tuple[date, str], int]]:
    """Figure → (month, project) → number of facts that the figure looks at."""
    names = [*(made.name for made in desk.workspace.methodology.values()), *COST_LINES]
    found = {name: defaultdict[tuple[date, str], int](int) for name in names}
    wanted: defaultdict[str, dict[str, list[Measure]]] = defaultdict(dict)
    for name in names:
        made_of = LINE_MEASURES[name][:1] if name in LINE_MEASURES else leaves(name, desk.workspace)
        for leaf in made_of:
            wanted[MEASURES[leaf].relation].setdefault(name, []).append(MEASURES[leaf])
    months = desk.book().months
    span = desk.window(months[0], add_months(months[-1], 1))
    for kind, figures in wanted.items():
        shown = ", ".join(f'{counted(kind, measures)} AS "{name}"' for name, measures in figures.items())
        column = "day" if kind == "interaction" else "local"
        source = relation(kind, span, Grain.MONTH, desk.reading.setting(kind))
        month = f"CAST(date_trunc('month', {column}) AS DATE) AS month"
        for row in desk.reading.moment.query(
            f"SELECT {month}, project, {shown} FROM ({source}) GROUP BY ALL"
        ).to_pylist():
            for name in figures:
                found[name][row["month"], row["project"]] += int(row[name] or 0)
    return found


def counted(kind: str, measures: Iterable[Measure]) -> str:
    """SQL of the number of facts that at least one of the measures looks at; of interactions their number."""
    condition = " OR ".join(f"({measure.condition})" for measure in measures)
    return f"{'sum(n)' if kind == 'interaction' else 'count(*)'} FILTER (WHERE {condition})"
