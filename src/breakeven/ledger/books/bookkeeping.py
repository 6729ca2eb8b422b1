"""How the book is made, step by step: measures, cost lines, assumptions, formulas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from breakeven.facts import UNASSIGNED
from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.books.cost_lines import LINE_MEASURES, own_lines, planned_line, shared_line, with_unallocated
from breakeven.ledger.books.valuation import valued
from breakeven.ledger.effects.decay import decay_factors
from breakeven.ledger.invoicing.billing import Billing, billing
from breakeven.ledger.measuring.grid import Sheet, sheet
from breakeven.ledger.measuring.measures import Question, Reading, span_of
from breakeven.ledger.sharing.allocate import UNALLOCATED, ran
from breakeven.ledger.sharing.pools import pooled_cost, shares
from breakeven.ledger.window import Cell, Window, window
from breakeven.measures import MEASURES
from breakeven.period import Grain, add_months
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Definition, Methodology, Total


def definitions_of(methodology: Methodology) -> dict[str, Definition]:
    """What is made per month and project: value categories, metrics that add up, and what they need."""
    made = methodology.definitions
    return closure(made, [name for name, definition in made.items() if definition.total is Total.SUM])


def measures_of(definitions: dict[str, Definition]) -> tuple[str, ...]:
    """The measures that stage 1 takes."""
    lines = [measure for line in COST_LINES for measure in LINE_MEASURES[line] if measure != "cost"]
    return tuple(dict.fromkeys([*(name for name in inputs_of(definitions) if name in MEASURES), *lines]))


def make_book(reading: Reading, evaluator: Evaluator) -> Book:
    """Stage 1 for all months and projects."""
    definitions = definitions_of(reading.workspace.methodology)
    measures = measures_of(definitions)
    months, span = _months(reading, measures)
    cells = [Cell(f"{m:%Y-%m}", datetime.combine(m, time()), m, add_months(m, 1)) for m in months]
    made = sheet(reading, Question(measures, span, Grain.MONTH, ("project",)), cells)
    billed = billing(reading, months, span)
    made = _cost(reading, made, months, span, billed)
    for name in inputs_of(definitions):
        if name in reading.workspace.assumptions:
            made.assume(reading.workspace.assumptions[name])
    book = _empty(reading, made, definitions, months)
    for row, place in enumerate(book.names):
        if place in billed.notes:
            book.note("cost_metered", row, billed.notes[place])
    book.decays = decay_factors(reading, evaluator, made, months, span,
                                lambda sums: _empty(reading, sums, definitions, months))  # fmt: skip
    valued(book, evaluator)
    return book


def _months(reading: Reading, measures: Iterable[str]) -> tuple[list[date], Window]:
    today = reading.today
    kinds = {MEASURES[name].relation for name in measures} | {"cost"}
    found = span_of(reading, sorted(kinds))
    starts = [p.implementation.start for p in reading.workspace.projects.values() if p.implementation]
    first = min([*starts, *([found[0]] if found else []), today]).replace(day=1)
    end = add_months(today, 1)
    months = [first]
    while add_months(months[-1], 1) < end:
        months.append(add_months(months[-1], 1))
    return months, window(first, end, reading.workspace.calendar)


def _cost(reading: Reading, made: Sheet, months: list[date], span: Window, billed: Billing) -> Sheet:
    """The sheet with its cost lines, and with `unallocated` among its keys where there is such cost."""
    own_lines(made, months, billed.direct, billed.metered)
    shared = shares(reading, made, months, span, pooled_cost(reading, span, billed.pooled))
    if any(project == UNALLOCATED for _, project in shared):
        made = with_unallocated(reading, made)
    shared_line(made, months, shared)
    planned_line(reading, made, months)
    return made


def _empty(reading: Reading, made: Sheet, definitions: dict[str, Definition], months: list[date]) -> Book:
    """A book before its formulas. Of `unassigned` nobody states baselines, once there are projects."""
    projects = reading.workspace.projects
    lost = UNASSIGNED if projects else None
    ran_in, expected = [], []
    running = {
        (cell, key): name != UNALLOCATED and ran(projects.get(str(name)), month)
        for cell, month in enumerate(months)
        for key, name in enumerate(made.grid.projects)
    }
    for row, place in enumerate(made.grid.rows):
        ran_in.append(running[place])
        expected.append(running[place] and made.grid.names[row][1] != lost)
    return Book(made, definitions, months, ran_in, expected)
