"""Periods of an experiment over time: a figure of the catalogue, or the means of records, as series and panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time

import msgspec

from breakeven.errors import choices
from breakeven.evidence.questions import Panel, Series
from breakeven.facts import UNASSIGNED
from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.evaluate import Ask, cuttable, make_level
from breakeven.ledger.effects.experiment_rows import grouped, means
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.reasons import gap
from breakeven.ledger.window import Window, window
from breakeven.period import Grain, Period
from breakeven.workspace.definitions import Experiment

UNITS = {Grain.DAY: "days", Grain.WEEK: "weeks", Grain.MONTH: "months", Grain.QUARTER: "quarters"}
WORDS = {"project": "projects", "model": "models", "team": "teams"}
MONTHS_OF_SEASONS = 24
"""Months before a change from which an interrupted series allows for the month of the year."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Values of groups over periods."""

    periods: tuple[Period, ...]
    values: dict[tuple[str | None, datetime], float]
    problem: str | None = None
    """Why they cannot be compared."""


class Way(msgspec.Struct, frozen=True):
    """How figures are made."""

    evaluator: Evaluator
    book: Callable[[], Book]


def periods(reading: Reading, experiment: Experiment, first: date, until: date) -> tuple[Period, ...]:
    """The whole periods from a day to the day before another."""
    cut = reading.workspace.calendar.cut(first, until, experiment.grain)
    return tuple(period for period in cut if period.start >= first and period.end <= until)


def table(reading: Reading, experiment: Experiment, chosen: Sequence[Period], way: Way) -> Table:
    """Mean outcome, or the figure, of each group in each period."""
    found = _table(reading, experiment, chosen, way)
    there = {group for group, _ in found.values}
    absent = [name for name in (*experiment.treatments, *experiment.comparison) if name not in there]
    if found.problem is None and absent:
        said = choices(absent[0], [name for name in grouped(found.values) if name is not None])
        problem = f"no value of {experiment.group} {absent[0]!r} is there ({said})"
        return msgspec.structs.replace(found, problem=problem)
    return found


def _table(reading: Reading, experiment: Experiment, chosen: Sequence[Period], way: Way) -> Table:
    span = window(chosen[0].start, chosen[-1].end, reading.workspace.calendar)
    if experiment.figure is None:
        found = means(reading, experiment, span)
        return Table(periods=tuple(chosen), values=found.values, problem=found.problem)
    return _figures(reading, experiment, experiment.figure, tuple(chosen), span, way)


def _figures(
    reading: Reading, experiment: Experiment, figure: str, chosen: tuple[Period, ...], span: Window, way: Way
) -> Table:
    dims = (experiment.group,) if experiment.group is not None else ()
    allowed = cuttable(figure, reading.workspace, span, experiment.grain)
    for dim in dims:
        if allowed is not None and dim not in allowed:
            problem = f"{figure} cannot be told by {dim}; it can by {', '.join(sorted(allowed)) or 'nothing'}"
            return Table(periods=chosen, values={}, problem=problem)
    ask = Ask(names=(figure,), span=span, grain=experiment.grain, dims=dims, projects=experiment.projects or None)
    level = make_level(reading, way.evaluator, ask, way.book)
    if figure in level.monthly:
        return Table(periods=chosen, values={}, problem=f"{figure} is made per month and project: take grain: month")
    column = level.sheet.columns[figure].to_pylist()
    values = {
        (level.grid.keys[key][0] if dims else None, level.grid.cells[cell].key): float(value)
        for (cell, key), value in zip(level.grid.rows, column, strict=True)
        if value is not None
    }
    why = None if values or not len(level.grid) else gap(level, figure, 0)
    return Table(periods=chosen, values=values, problem=why and f"{figure}: {why}")


def series(experiment: Experiment, found: Table, change: date) -> Series:
    """The periods as one series."""
    places = [start_of(period) for period in found.periods]
    before = sum(period.start < change for period in found.periods)
    seasons = [0] * len(places)
    if experiment.grain is Grain.DAY:
        seasons = [place.weekday() for place in places]
    elif experiment.grain is Grain.MONTH and (experiment.kind == "before_after" or before >= MONTHS_OF_SEASONS):
        seasons = [place.month for place in places]
    return Series(
        names=tuple(period.name for period in found.periods),
        values=tuple(found.values.get((None, place)) for place in places),
        seasons=tuple(seasons), change=before, unit=UNITS[experiment.grain],
    )  # fmt: skip


def panel(experiment: Experiment, found: Table, change: date) -> Panel:
    """The periods of each unit; of the comparison all others that have a value, unless they are named."""
    others = [name for name in grouped(found.values) if name not in (None, UNASSIGNED, *experiment.treatments)]
    names = [*experiment.treatments, *(experiment.comparison or map(str, others))]
    places = [start_of(period) for period in found.periods]
    return Panel(
        periods=tuple(period.name for period in found.periods), units=tuple(names),
        treated=tuple(name in experiment.treatments for name in names),
        values=tuple(tuple(found.values.get((name, place)) for place in places) for name in names),
        change=sum(period.start < change for period in found.periods), unit=UNITS[experiment.grain],
        whose=WORDS.get(experiment.group or "", f"values of {experiment.group}"),
    )  # fmt: skip


def trimmed(experiment: Experiment, found: Table) -> Table:
    """Without the periods before all that is named has a value, and after it: unless the days are declared."""
    named = (*experiment.treatments, *experiment.comparison) or (None,)
    known = [all((name, start_of(period)) in found.values for name in named) for period in found.periods]
    if not any(known):
        return found
    first = 0 if experiment.start is not None else known.index(True)
    last = len(known) if experiment.end is not None else len(known) - known[::-1].index(True)
    return msgspec.structs.replace(found, periods=found.periods[first:last])


def start_of(period: Period) -> datetime:
    """The local start of a period, as answers of the store name it."""
    return datetime.combine(period.start, time())
