"""Where an input of an entry comes from, and what that is worth before anything lifts it.

| provenance | what it is | grade |
|---|---|---|
| measured | taken from logs, traces, bills, incidents, deployments | C |
| reported | benefit facts, surveys, and plans that are over: what people state | D, or what the fact states itself |
| allocated | a share of a pool or an invoice, distributed by a meter | C |
| estimated | an experiment's effect | A or B; metered cost without an invoice: C |
| assumed | an assumption | as it is declared |
| projected | a plan for time that is not over | E |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.books.book import Book
from breakeven.ledger.measuring.grid import assumption_day, prorated
from breakeven.ledger.measuring.measures import DECIMAL, Question, Reading
from breakeven.ledger.window import window
from breakeven.measures import MEASURES
from breakeven.period import Grain, add_months
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Assumption, AssumptionValue, Grade, Workspace

Provenance = Literal["measured", "reported", "allocated", "estimated", "assumed", "projected"]
REPORTED = frozenset(("benefit", "survey"))
"""Kinds of fact that somebody states; the others are measured."""
STATED: Grade = "D"
"""Grade of what people state, where the fact does not say."""
SHARE = Decimal("0.05")
"""Facts that bring less of a month's sum than this do not decide its grade."""


def provenance(name: str, workspace: Workspace) -> Provenance:
    """Where an input comes from."""
    if name in workspace.assumptions:
        return "estimated" if stands_on_experiment(workspace.assumptions[name]) else "assumed"
    if name in COST_LINES:
        return {"cost_allocated": "allocated", "cost_implementation": "reported"}.get(name, "measured")  # type: ignore[return-value]
    return "reported" if MEASURES[name].relation in REPORTED else "measured"


def own_grade(name: str, workspace: Workspace) -> Grade:
    """What an input is worth by itself."""
    if name in workspace.assumptions:
        return workspace.assumptions[name].evidence
    return "D" if provenance(name, workspace) == "reported" else "C"


LINE_REASONS: Mapping[str, Mapping[Provenance, str]] = {
    "cost_direct": {"measured": "cost records of the project", "allocated": "cost records, less what an invoice"
                    " puts elsewhere"},
    "cost_metered": {"measured": "cost of the project's interactions, as their source reports it",
                     "estimated": "cost of the project's interactions, priced from usage; no invoice yet",
                     "allocated": "an invoice, distributed by the meter"},
    "cost_allocated": {"allocated": "the project's share of pools of recorded cost"},
    "cost_implementation": {"reported": "projects.yaml states the implementation cost",
                            "projected": "the elapsed part of a plan for a month that is not over"},
}  # fmt: skip
"""Cost line → provenance → what it is, in words."""
LINE_GRADES: Mapping[Provenance, Grade] = {"reported": "D", "projected": "E"}
"""Grade of a cost line by provenance; every other one is C: it is measured, and a cost needs no counterfactual."""


def line_origins(reading: Reading, book: Book) -> dict[str, Callable[[int], Provenance]]:
    """Cost line → where its amount in a row comes from."""
    direct, metered = _changed(book, "cost_direct", "direct_cost"), _changed(book, "cost_metered", "ai_cost")
    priced = _priced(reading, book)

    def metered_origin(row: int) -> Provenance:
        return "allocated" if row in metered else "estimated" if row in priced else "measured"

    def planned_origin(row: int) -> Provenance:
        return "projected" if book.names[row][0] >= reading.open_month else "reported"

    return {
        "cost_direct": lambda row: "allocated" if row in direct else "measured",
        "cost_metered": metered_origin,
        "cost_allocated": lambda _: "allocated",
        "cost_implementation": planned_origin,
    }


def _changed(book: Book, line: str, measure: str) -> frozenset[int]:
    """Rows in which an invoice changed a cost line."""
    columns = book.sheet.columns
    zero = pa.scalar(Decimal(0), DECIMAL)
    other = pc.not_equal(pc.fill_null(columns[line], zero), pc.fill_null(columns[measure], zero))
    return frozenset(pc.indices_nonzero(other).to_pylist())


def _priced(reading: Reading, book: Book) -> frozenset[int]:
    """Rows in which more of the interactions' cost was priced from usage than their sources reported."""
    span = window(book.months[0], add_months(book.months[-1], 1), reading.workspace.calendar)
    place = {name: row for row, name in enumerate(book.sheet.grid.names)}
    found = set()
    for answer in reading.take(Question(("metered_ai_cost", "reported_ai_cost"), span, Grain.MONTH, ("project",))):
        for line in answer.to_pylist():
            row = place.get((line["period"], line["project"]))
            if row is not None and (line["metered_ai_cost"] or 0) > (line["reported_ai_cost"] or 0):
                found.add(row)
    return frozenset(found)


def stands_on_experiment(assumption: Assumption) -> bool:
    """Whether an assumption's value is an experiment's effect."""
    return getattr(assumption, "experiment", None) is not None


def stated(book: Book, assumption: Assumption, row: int) -> AssumptionValue | None:
    """The declared value that an assumption has in a row of the book."""
    cell, key = book.sheet.grid.rows[row]
    project, month = book.sheet.grid.projects[key], book.sheet.grid.cells[cell]
    found = assumption.on(assumption_day(month, book.sheet.reading.today), project)
    return found or assumption.on(month.last - timedelta(days=1), project)


def bounds(book: Book, assumption: Assumption, rows: Iterable[int]) -> list[tuple[Decimal, Decimal] | None]:
    """The declared range of an assumption in some rows; None where none is declared."""
    own = {value.project for value in assumption.values if value.project is not None}
    known: dict[tuple[int, str | None], tuple[Decimal, Decimal] | None] = {}
    found = []
    for row in rows:
        cell, key = book.sheet.grid.rows[row]
        project = book.sheet.grid.projects[key]
        place = (cell, project if project in own else None)
        if place not in known:
            known[place] = _range(book, assumption, row)
        found.append(known[place])
    return found


def _range(book: Book, assumption: Assumption, row: int) -> tuple[Decimal, Decimal] | None:
    value = stated(book, assumption, row)
    if value is None or value.low is None or value.high is None or value.low == value.high:
        return None
    if assumption.per != "month":
        return value.low, value.high
    month = book.names[row][0]
    return prorated(value.low, month, book.sheet.reading), prorated(value.high, month, book.sheet.reading)


def stated_grades(reading: Reading, book: Book, measures: Iterable[str]) -> Mapping[str, Mapping[int, Grade]]:
    """Measure → row → the weakest grade among the facts that bring at least 5 % of it, where facts state grades."""
    found: dict[str, dict[int, Grade]] = {}
    for name, parts in parts_by(reading, book, "evidence", measures).items():
        for row, amounts in parts.items():
            whole = sum((abs(amount) for amount in amounts.values()), Decimal(0))
            grades = [grade or STATED for grade, amount in amounts.items() if whole and abs(amount) >= SHARE * whole]
            if grades:
                found.setdefault(name, {})[row] = max(grades)  # type: ignore[arg-type]
    return found


def parts_by(
    reading: Reading, book: Book, field: Literal["evidence", "realisation"], measures: Iterable[str]
) -> dict[str, dict[int, dict[str | None, Decimal]]]:
    """Measure → row → what the facts state in a field → their part of the measure; empty if no fact states it."""
    names = tuple(name for name in measures if name in MEASURES and MEASURES[name].relation == "benefit")
    if not names or reading.presence("benefit", f"{field} IS NOT NULL").first is None:
        return {}
    span = window(book.months[0], add_months(book.months[-1], 1), reading.workspace.calendar)
    place = {name: row for row, name in enumerate(book.sheet.grid.names)}
    found: defaultdict[str, dict[int, dict[str | None, Decimal]]] = defaultdict(dict)
    for answer in reading.take(Question(names, span, Grain.MONTH, ("project", field))):
        for line in answer.to_pylist():
            row = place.get((line["period"], line["project"]))
            for name in names:
                if row is not None and line.get(name) is not None:
                    found[name].setdefault(row, {})[line[field]] = line[name]
    return found
