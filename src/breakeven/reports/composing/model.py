"""The statement taken apart for a live spreadsheet: the rows of the book, the formulas over them, what was done beyond.

Every formula is evaluated once more over the columns as the ledger has them. Where the ledger has another amount than
its formula gives (a closed month, a shared benefit, decay, what the headline leaves out), the difference is kept with
its reason, so that the spreadsheet gives the ledger's cents and still follows its inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
import pyarrow as pa

from breakeven.formula import Evaluator, Expression
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.books.evaluate import Ask, Level
from breakeven.ledger.catalogue import Figure
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.reasons import gap
from breakeven.ledger.window import elapsed_share
from breakeven.period import Grain, add_months
from breakeven.reports.model import Formula, Input, Model, Shares, Total, Used, Variant
from breakeven.views.question import Question
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Assumption, AssumptionValue, Definition

MORE = ("cost_per_model", "benefit_cost_ratio", "hours_saved", "incidents_avoided")
"""Figures beside those of the statement."""
Column = tuple[Decimal | None, ...]


def model_of(question: Question) -> Model:
    """The model of the question's period and projects."""
    desk, book = question.desk, question.desk.book()
    level = _level(question)
    summed = [one for one in _leaves(level) if level.summed(one)]
    wanted = closure(book.definitions, [name for name in summed if name in book.definitions])
    rows = _rows(question, book, [*wanted, *COST_LINES])
    inputs = list(dict.fromkeys([*COST_LINES, *inputs_of(wanted)]))
    assumed = [name for name in inputs if name in question.workspace.assumptions]
    variants, used = _variants(question, book.sheet, assumed, rows)
    months, projects = zip(*(book.names[row] for row in rows), strict=True) if rows else ((), ())
    return Model(
        months=months, projects=projects, names={name: _called(question, name) for name in dict.fromkeys(projects)},
        inside=tuple(question.period.start <= month < question.period.end for month in months),
        inputs=tuple(_input(question.catalogue, name, _picked(book.sheet, name, rows))
                     for name in inputs if name not in assumed),
        variants=variants, used=used, formulas=_formulas(question, book, wanted, rows),
        notes={name: {place: notes[row] for place, row in enumerate(rows) if row in notes}
               for name, notes in book.notes.items()},
        open_month=desk.reading.open_month,
        elapsed=elapsed_share(desk.reading.open_month, question.calendar, desk.reading.now),
        facts=tuple(_input(question.catalogue, name, (level.sheet.value(name, 0),))
                    for name in _leaves(level) if not level.summed(name)),
        totals=_totals(question, level, summed), shares=_shares(question, [*level.definitions, *summed], months),
    )  # fmt: skip


def _called(question: Question, project: str) -> str:
    """A project's name; what no project can be given has one too."""
    return question.name_of(project) if project in question.workspace.projects else project.capitalize()


def _shares(question: Question, names: Sequence[str], months: Sequence[date]) -> Shares:
    """The same figures by month and by project."""
    desk, last = question.desk, max(months, default=question.period.start)
    first = min(months, default=last)
    names = [name for name in names if question.desk.workspace.methodology.definitions.get(name) or name in COST_LINES]
    asked = Ask(names=tuple(dict.fromkeys(names)), span=desk.window(first, add_months(last, 1)), grain=Grain.MONTH,
                projects=question.projects)  # fmt: skip
    by_month = desk.level(asked)
    by_project = desk.level(msgspec.structs.replace(asked, span=desk.window(*question.window), grain=Grain.ALL,
                                                    dims=("project",), name=question.period.name))  # fmt: skip
    cells, keys = by_month.grid.cells, by_project.grid.projects
    return Shares(
        months={cells[cell].first: _row(by_month, row) for row, (cell, _) in enumerate(by_month.grid.rows)},
        projects={str(keys[key]): _row(by_project, row) for row, (_, key) in enumerate(by_project.grid.rows)},
    )  # fmt: skip


def _row(level: Level, row: int) -> dict[str, Decimal | None]:
    return {name: level.sheet.value(name, row) for name in level.ask.names if name in level.sheet.columns}


def _level(question: Question) -> Level:
    """The figures of the statement at the level of the period."""
    desk, known = question.desk, question.workspace.methodology.definitions
    names = (*desk.headline(), *(name for name in MORE if name in known))
    return desk.level(Ask(names=tuple(dict.fromkeys(names)), span=desk.window(*question.window), grain=Grain.ALL,
                          projects=question.projects, name=question.period.name))  # fmt: skip


def _leaves(level: Level) -> list[str]:
    """What the totals are made of: sums of rows, and what is taken at the level of the period."""
    return list(dict.fromkeys([*inputs_of(level.definitions),
                               *(name for name in level.ask.names if name not in level.definitions)]))  # fmt: skip


def _rows(question: Question, book: Book, names: Iterable[str]) -> list[int]:
    """Rows before the end of the period in which any figure is known."""
    valid = [book.sheet.columns[name].is_valid().to_pylist() for name in names if name in book.sheet.columns]
    return [
        row for row, (month, project) in enumerate(book.names)
        if month < question.period.end and (question.projects is None or project in question.projects)
        and any(column[row] for column in valid)
    ]  # fmt: skip


def _picked(made: Sheet, name: str, rows: Sequence[int]) -> Column:
    if name not in made.columns:
        return (None,) * len(rows)
    return tuple(made.columns[name].take(pa.array(rows, pa.int32())).to_pylist())


def _input(known: Mapping[str, Figure], name: str, values: Column) -> Input:
    one = known.get(name)
    return Input(name=name, label=one.label if one is not None else name, unit=one.unit if one is not None else "1",
                 values=values)  # fmt: skip


def _formulas(
    question: Question, book: Book, wanted: Mapping[str, Definition], rows: Sequence[int]
) -> tuple[Formula, ...]:
    raw = _flat(question.desk.evaluator, book.sheet, wanted)
    return tuple(
        Formula(name=name, label=one.label, unit=one.unit, expression=one.expression, value=one.section == "value",
                values=_picked(book.sheet, name, rows),
                raw=tuple(raw[name].take(pa.array(rows, pa.int32())).to_pylist()))
        for name, one in wanted.items()
    )  # fmt: skip


def _flat(evaluator: Evaluator, made: Sheet, wanted: Mapping[str, Definition]) -> dict[str, pa.Array]:
    """What each formula gives from the columns as they stand, not from what other formulas give."""
    formulas: dict[str, Expression] = {f"raw {name}": one.expression for name, one in wanted.items()}
    if not formulas:
        return {}
    names = list(dict.fromkeys(part for one in wanted.values() for part in one.expression.names))
    columns = {name: made.columns.get(name, pa.nulls(len(made.grid), DECIMAL)) for name in names}
    answer = evaluator.evaluate(formulas, pa.table(columns or {"row": list(range(len(made.grid)))}))
    return {name: answer.column(f"raw {name}").combine_chunks() for name in wanted}


def _totals(question: Question, level: Level, summed: Sequence[str]) -> tuple[Total, ...]:
    known = question.catalogue
    raw = _flat(question.desk.evaluator, level.sheet, level.definitions)
    sums = [
        Total(name=name, label=known[name].label, unit=known[name].unit, expression=None,
              exact=level.sheet.value(name, 0), raw=level.sheet.value(name, 0), reason=gap(level, name, 0) or "")
        for name in summed
    ]  # fmt: skip
    made = [
        Total(name=name, label=one.label, unit=one.unit, expression=one.expression, exact=level.sheet.value(name, 0),
              raw=raw[name][0].as_py(), reason=gap(level, name, 0) or "")
        for name, one in level.definitions.items()
    ]  # fmt: skip
    return (*sums, *made)


def _variants(
    question: Question, made: Sheet, names: Sequence[str], rows: Sequence[int]
) -> tuple[tuple[Variant, ...], tuple[Used, ...]]:
    """Every value of an assumption that some row takes, and which one each row takes."""
    variants: dict[tuple[str, date, str | None], Variant] = {}
    places: dict[tuple[str, date, str | None], int] = {}
    used = []
    for name in names:
        one = question.workspace.assumptions[name]
        stated, index = made.stated(one)
        by_row = index.take(pa.array(rows, pa.int32())).to_pylist()
        taken: list[int | None] = []
        for place in by_row:
            value = stated[place][1]
            if value is None:
                taken.append(None)
                continue
            key = (name, value.start, value.project)
            if key not in variants:
                places[key] = len(variants)
                variants[key] = _variant(one, value)
            taken.append(places[key])
        used.append(Used(name=name, variants=tuple(taken)))
    return _with_current(tuple(variants.values())), tuple(used)


def _variant(one: Assumption, value: AssumptionValue) -> Variant:
    return Variant(
        name=one.name, label=one.label or one.name, unit=one.unit, value=value.value, project=value.project,
        start=None if value.start <= date(1970, 1, 1) else value.start, evidence=one.evidence, source=one.source,
        owner=one.owner or "", per_month=one.per == "month", current=False,
    )  # fmt: skip


def _with_current(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """The latest value for all projects has the assumption's own name."""
    newest: dict[str, int] = {}
    for place, one in enumerate(variants):
        before = newest.get(one.name)
        if one.project is None and (before is None or (variants[before].start or date.min) <= (one.start or date.min)):
            newest[one.name] = place
    current = set(newest.values())
    return tuple(msgspec.structs.replace(one, current=place in current) for place, one in enumerate(variants))
