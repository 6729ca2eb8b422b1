"""Decay: value that rests on a figure falls with the figure.

A project declares that the value of a category was stated while a figure (accuracy, acceptance rate, weekly users)
stood at a baseline. In a month in which the figure is worse than its baseline by more than the tolerance, the part
figure ÷ baseline of the value counts (baseline ÷ figure where lower is better), never less than the floor. A figure
that is not measured takes nothing away, and that is said. What counts of several figures is multiplied.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import copy
from datetime import date
from decimal import Decimal

import pyarrow as pa

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure
from breakeven.ledger.books.evaluate import Ask, Level, evaluated, leaves, make_level
from breakeven.ledger.effects.resting import ONE, TWELFTH, Decay, Decays, counts, factor, whole_factor
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import DECIMAL, Reading
from breakeven.ledger.reasons import gap
from breakeven.ledger.window import Window, elapsed_share
from breakeven.measures import MEASURES, Additivity
from breakeven.money import cents
from breakeven.period import Grain
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Resting, Total, Workspace

UNDECAYED = "?undecayed"
"""Ending of the sheet's notes with a category as it was before decay."""


def decay_factors(
    reading: Reading, evaluator: Evaluator, made: Sheet, months: list[date], span: Window,
    book: Callable[[Sheet], Book],
) -> Decays:  # fmt: skip
    """What the figures that values rest on do, for every month and project; `book` makes one of a sheet."""
    resting = {name: project.rests_on for name, project in reading.workspace.projects.items() if project.rests_on}
    if not resting:
        return {}
    names = tuple(dict.fromkeys(rest.figure for rests in resting.values() for rest in rests))
    ask = Ask(names=names, span=span, grain=Grain.MONTH, dims=("project",), projects=tuple(resting))
    level = make_level(reading, evaluator, ask, lambda: book(_sums(reading, evaluator, made, names)))
    found: dict[str, dict[tuple[date, str], tuple[Decay, ...]]] = {}
    for row, (cell, key) in enumerate(level.grid.rows):
        project = str(level.grid.keys[key][0])
        for rest in resting.get(project, ()):
            one = _decay(level, rest, row, months[cell])
            place = found.setdefault(rest.category, {})
            place[months[cell], project] = (*place.get((months[cell], project), ()), one)
    return found


def resting_kinds(workspace: Workspace) -> set[str]:
    """The fact kinds that the figures are made of."""
    figures = {rest.figure for project in workspace.projects.values() for rest in project.rests_on}
    return {MEASURES[leaf].relation for figure in figures for leaf in leaves(figure, workspace) or [figure]
            if leaf in MEASURES}  # fmt: skip


def _sums(reading: Reading, evaluator: Evaluator, made: Sheet, names: tuple[str, ...]) -> Sheet:
    """A copy of the sheet with the metrics that add up on which the figures stand."""
    definitions = reading.workspace.methodology.definitions
    needed = closure(definitions, names)
    sums = closure(definitions, [name for name, one in needed.items() if one.total is Total.SUM])
    other = copy(made)
    other.columns = dict(made.columns)
    evaluated(other, sums, evaluator)
    return other


def _decay(level: Level, rest: Resting, row: int, month: date) -> Decay:
    reading, value = level.sheet.reading, level.sheet.value(rest.figure, row)
    baseline = rest.baseline
    if month == reading.open_month and _adds_up(rest.figure, reading.workspace):
        over, whole = elapsed_share(month, reading.workspace.calendar, reading.now)
        baseline = (baseline * over / whole).quantize(TWELFTH)
    if value is None:
        return Decay(rest, baseline, None, ONE, gap(level, rest.figure, row) or "no value")
    return Decay(rest, baseline, value, factor(rest, value, baseline), None)


def _adds_up(figure: str, workspace: Workspace) -> bool:
    """Whether the figure of half a month is about half of that of a month."""
    if figure in MEASURES:
        return MEASURES[figure].additivity is Additivity.SUM
    made = workspace.methodology.definitions.get(figure)
    return figure in COST_LINES or (made is not None and made.total is Total.SUM)


def decayed(book: Book, category: str, column: pa.Array) -> pa.Array:
    """The column of a value category with what decay leaves of it; what was taken away is noted."""
    decays = book.decays.get(category)
    if not decays:
        return column
    # A new mapping: sheets that were copied from one another share the old one.
    book.sheet.notes = {**book.sheet.notes, category + UNDECAYED: column}
    values: list[Decimal | None] = column.to_pylist()
    for row, place in enumerate(book.names):
        amount = values[row]
        if amount is None or amount <= 0 or place not in decays:
            continue
        said = [words for decay in decays[place] if (words := decay.words) is not None]
        left = counts(amount, whole_factor(decays[place]))
        if left != amount:
            said.append(f"{cents(amount - left)} of {cents(amount)} is lost")
            values[row] = left
        if said:
            book.note(category, row, "; ".join(said))
    return pa.array(values, DECIMAL)


def decay_notes(book: Book, first: date, last: date, projects: Collection[str] | None) -> dict[str, str]:
    """What a statement of the months in [first, last) says of each category: what is lost, and what is not measured."""
    found = {}
    for category, decays in book.decays.items():
        before = book.sheet.notes.get(category + UNDECAYED)
        if before is None:
            continue
        lost, unmeasured = dict[str, Decimal](), dict[tuple[str, str], int]()
        for row, (month, project) in enumerate(book.names):
            amount = before[row].as_py()
            asked = first <= month < last and (projects is None or project in projects)
            if not asked or amount is None or amount <= 0:
                continue
            here = decays.get((month, project), ())
            gone = amount - counts(amount, whole_factor(here))
            lost[project] = lost.get(project, Decimal(0)) + gone
            for decay in here:
                if decay.value is None:
                    place = (decay.rest.figure, project)
                    unmeasured[place] = unmeasured.get(place, 0) + 1
        said = [f"without {cents(gone)} of {project} for decay" for project, gone in lost.items() if gone]
        said += [f"{figure} of {project}, on which it rests, is not measured in {months} of its months"
                 for (figure, project), months in unmeasured.items()]  # fmt: skip
        if said:
            found[category] = "; ".join(said)
    return found
