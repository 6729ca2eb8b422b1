"""A figure taken apart: a tree whose leaves are measures with their records, assumptions with their owners, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from breakeven.errors import UsageProblem
from breakeven.formula import sentence
from breakeven.ledger.books.cost_lines import LINE_MEASURES
from breakeven.ledger.books.evaluate import Ask, Level
from breakeven.ledger.catalogue import Figure, figure, figures
from breakeven.ledger.closing.closed import ClosedMonth
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import special
from breakeven.ledger.measuring.relations import Base, interactions, literal, relation
from breakeven.ledger.numbers import plain
from breakeven.ledger.proof.entries import counted, grade_of
from breakeven.ledger.proof.evidence import proof
from breakeven.ledger.reasons import BY_MONTH, gap, left_out, row_gap
from breakeven.ledger.results import Explanation, MonthPoint
from breakeven.ledger.sharing.pool_report import part_words
from breakeven.ledger.timeline import Series, budget
from breakeven.ledger.timeline import figure as timeline_figure
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES
from breakeven.money import cents
from breakeven.period import Grain, Period, add_months
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Assumption

LARGEST = 5
"""Parts that are shown of a sum."""


def explain(desk: Desk, name: str, period: Period, project: str | None = None) -> Explanation:
    """The tree of a figure for a period. Raises UnknownName for a figure or project, UsageProblem for the period."""
    known = figures(desk.workspace)
    assumption = desk.workspace.assumptions.get(name)
    asked = None if assumption is not None else figure(name, known)
    scope = desk.check_projects(None if project is None else (project,))
    span = desk.window(period.start, period.end)
    if asked is not None and asked.kind == "timeline":
        return _timeline(desk, asked, period, project)
    level = desk.level(Ask(names=(name,), span=span, grain=Grain.ALL, projects=scope, name=period.name))
    return Tree(desk, level, known, period).node(name)


class Tree:
    """Builds the tree of one question."""

    def __init__(self, desk: Desk, level: Level, known: Mapping[str, Figure], period: Period) -> None:
        self._desk, self._level, self._known, self._period = desk, level, known, period
        self._workspace = desk.workspace

    def node(self, name: str) -> Explanation:
        """A figure at the level of the question."""
        level, value = self._level, self._level.sheet.value(name, 0)
        if name in self._workspace.assumptions:
            return self._assumption(self._workspace.assumptions[name], level.sheet, 0)
        if name in level.monthly:
            return self._made(name, value, reason=BY_MONTH)
        if name in MEASURES:
            return self._measure(name, level.sheet, 0, level.ask.span, level.ask.projects)
        reason = gap(level, name, 0)
        if level.summed(name):
            return self._sum(name, value, reason)
        definition = level.definitions[name]
        inputs = tuple(self.node(part) for part in definition.expression.names)
        return self._made(name, value, reason=reason, sheet=level.sheet, inputs=inputs)

    def _made(
        self, name: str, value: Decimal | None, *, reason: str | None = None, sheet: Sheet | None = None, row: int = 0,
        inputs: tuple[Explanation, ...] = (), note: str | None = None, period: str | None = None,
        rows: Sequence[int] = (),
    ) -> Explanation:  # fmt: skip
        """`rows`: those of the book that it is the sum of."""
        one = self._known[name]
        definition = self._workspace.methodology.definitions.get(name)
        said = None
        if definition is not None and sheet is not None:
            parts = definition.expression.names
            values = {part: sheet.value(part, row) for part in parts}
            units = {part: self._unit(part) for part in parts}
            said = sentence(definition.expression, values, units, unit=definition.unit,
                            currency=self._workspace.currency)  # fmt: skip
        kind: Literal["cost", "value", "metric"] = one.kind if one.kind in ("cost", "value") else "metric"
        return Explanation(
            name=name, label=one.label, kind=kind,
            value=plain(value, one.unit), unit=one.unit, reason=reason, formula=one.formula, sentence=said,
            evidence=self._grade(name, rows), period=period or self._period.name, note=note, inputs=inputs,
        )  # fmt: skip

    def _grade(self, name: str, rows: Sequence[int]) -> str | None:
        """The weakest grade of the amounts that a value is the sum of; of a cost line what it can be at best."""
        kind = self._known[name].kind
        if kind == "value" and self._level.book is not None:
            return proof(self._desk).weakest(name, rows)
        return grade_of(name, self._workspace) if kind in ("value", "cost") else None

    def _why(self, name: str, row: int) -> str | None:
        """The reason of the grade of one amount."""
        if self._known[name].kind != "value" or self._level.book is None:
            return None
        made = proof(self._desk).grades[name]
        return f"evidence {made.reason(made.place[row], self._desk.reading)}" if row in made.place else None

    def _unit(self, name: str) -> str:
        assumption = self._workspace.assumptions.get(name)
        return assumption.unit if assumption is not None else self._known[name].unit

    def _sum(self, name: str, value: Decimal | None, reason: str | None) -> Explanation:
        """A figure that is made per month and project, with its largest parts."""
        source, rows = self._level.source, self._level.part_rows[0]
        if source is None:
            return self._made(name, value, reason=reason)
        column = source.columns[name]
        amounts = {row: column[row].as_py() for row in rows if column[row].is_valid}
        ranked = sorted(amounts, key=lambda row: (-abs(amounts[row]), row))
        shown = [row for row in ranked[:LARGEST] if amounts[row] or len(ranked) == 1] or ranked[:1] or rows[:1]
        if len(rows) == 1:
            return self._cell(name, source, rows[0], self._period.name)
        rest = sum((amounts[row] for row in ranked if row not in shown), Decimal(0))
        note = f"sum of {len(amounts)} amounts by month and project"
        if len(amounts) > len(shown):
            others = cents(rest) if "money" in self._known[name].unit else plain(rest, self._known[name].unit)
            note += f"; the {len(shown)} largest are shown, the others add up to {others}"
        inputs = tuple(self._cell(name, source, row) for row in shown)
        return self._made(name, value, reason=reason, note=note, inputs=inputs, rows=rows)

    def _cell(self, name: str, source: Sheet, row: int, period: str | None = None) -> Explanation:
        """A figure in one month and project."""
        cell, place = source.grid.rows[row]
        month, project = source.grid.cells[cell], source.grid.projects[place]
        where = period or f"{month.name}, {project}"
        span, scope = self._desk.window(month.first, month.last), (str(project),)
        if name in self._workspace.assumptions:
            return self._assumption(self._workspace.assumptions[name], source, row, where)
        if name in MEASURES:
            return self._measure(name, source, row, span, scope, where)
        value = source.value(name, row)
        said = row_gap if value is None else left_out
        reason = said(source, self._workspace, name, row)
        closed = self._closed(source, month.first)
        if name in COST_LINES:
            return _said(self._line(name, value, reason, span, scope, where), self._done(source, name, row), closed)
        definition = self._workspace.methodology.definitions[name]
        inputs = tuple(self._cell(part, source, row, where) for part in definition.expression.names)
        own = self._level.book is not None and source is self._level.book.sheet
        made = self._made(name, value, reason=reason, sheet=source, row=row, inputs=inputs, period=where,
                          rows=(row,) if own else ())  # fmt: skip
        why = self._why(name, row) if own and closed is None else None
        return _said(made, "; ".join(part for part in (self._done(source, name, row), why) if part) or None, closed)

    def _closed(self, source: Sheet, month: date) -> ClosedMonth | None:
        """The close that amounts of a month are taken from."""
        book = self._level.book
        if book is None or source is not book.sheet or not (self._desk.sealed and self._desk.frozen):
            return None
        return self._desk.frozen.months.get(month)

    def _done(self, source: Sheet, name: str, row: int) -> str | None:
        """What was done to an amount of the book."""
        book = self._level.book
        return book.notes.get(name, {}).get(row) if book is not None and source is book.sheet else None

    def _line(
        self, name: str, value: Decimal | None, reason: str | None, span: Window, scope: tuple[str, ...], where: str
    ) -> Explanation:
        """A cost line in one month and project: a leaf with its records."""
        one, records, source = self._known[name], None, None
        note = None
        if name == "cost_implementation":
            plan = self._workspace.projects.get(scope[0])
            if plan is not None and plan.implementation is not None:
                written = plan.implementation
                note = f"{written.cost} written off over {written.months} months from {written.start:%Y-%m}"
                source = "projects.yaml"
        elif name == "cost_allocated":
            note = part_words(self._desk, span.first, scope[0], value)
            source = "allocation.yaml and cost records of pools"
        else:
            records, source = self._records(LINE_MEASURES[name][0], span, scope)
        return Explanation(
            name=name, label=one.label, kind="cost", value=plain(value, one.unit), unit=one.unit, reason=reason,
            source=source, records=records, evidence=grade_of(name, self._workspace), period=where, note=note,
        )  # fmt: skip

    def _assumption(self, assumption: Assumption, sheet: Sheet, row: int, where: str | None = None) -> Explanation:
        value = sheet.value(assumption.name, row)
        note = None
        if assumption.per == "month":
            note = "an amount per month; an open month gets its elapsed share"
        return Explanation(
            name=assumption.name, label=assumption.label, kind="assumption", value=plain(value, assumption.unit),
            unit=assumption.unit, source=assumption.source or None, owner=assumption.owner,
            reason=row_gap(sheet, self._workspace, assumption.name, row) if value is None else None,
            evidence=assumption.evidence, period=where or self._period.name, note=note,
        )  # fmt: skip

    def _measure(
        self, name: str, sheet: Sheet, row: int, span: Window, scope: tuple[str, ...] | None, where: str | None = None
    ) -> Explanation:
        measure, value = MEASURES[name], sheet.value(name, row)
        records, source = self._records(name, span, scope)
        reason = row_gap(sheet, self._workspace, name, row) if value is None else None
        if value is not None and self._level.sheet is sheet:
            reason = gap(self._level, name, row)
        return Explanation(
            name=name, label=measure.label, kind="measure", value=plain(value, measure.unit), unit=measure.unit,
            reason=reason, source=source, records=records, period=where or self._period.name,
            evidence="D" if measure.relation in ("benefit", "survey") else "C",
        )  # fmt: skip

    def _records(self, name: str, span: Window, scope: tuple[str, ...] | None) -> tuple[int, str]:
        """How many facts stand behind a measure, and which sources sent them."""
        reading = self._desk.reading
        version = reading.moment.versions.by_kind.get(MEASURES[name].relation, 0)
        return reading.cache.get(("records", name, span, scope), version, lambda: self._counted(name, span, scope))

    def _counted(self, name: str, span: Window, scope: tuple[str, ...] | None) -> tuple[int, str]:
        measure, reading = MEASURES[name], self._desk.reading
        kind, setting = measure.relation, reading.setting(measure.relation)
        if reading.presence(kind).first is None:
            return 0, f"no {kind} has been recorded"
        if measure.expression.startswith("state:"):
            begin = datetime.combine(reading.presence(kind).first or date.min, datetime.min.time())
            span = self._desk.window(begin.date(), max(span.last, add_months(begin.date(), 1)))
        source = (interactions(span, Base.RAW, setting) if kind == "interaction"
                  else relation(kind, span, Grain.ALL, setting, measure.time))  # fmt: skip
        if scope is not None:
            source = f"SELECT * FROM ({source}) WHERE project IN ({', '.join(literal(part) for part in scope)})"
        count = counted(kind, [measure]) if not special(measure) else "count(*)"
        rows = reading.moment.query(
            f"SELECT source, CAST({count} AS BIGINT) AS records FROM ({source}) GROUP BY source ORDER BY 2 DESC, 1"
        ).to_pylist()
        found = [(row["source"], row["records"]) for row in rows if row["records"]]
        listed = ", ".join(f"{source} ({number})" for source, number in found[:LARGEST])
        more = f" and {len(found) - LARGEST} more" if len(found) > LARGEST else ""
        return sum(number for _, number in found), (
            f"{kind.replace('_', ' ')} records of {listed}{more}" if listed else f"no {kind.replace('_', ' ')} record"
        )


def _said(node: Explanation, done: str | None, closed: ClosedMonth | None) -> Explanation:
    """A node with what was done to its amount, and with the close it is taken from."""
    formula, said = node.formula, [node.note, done]
    if closed is not None:
        said.append(closed.said())
        then = closed.formulas.get(node.name)
        if then is not None and formula is not None and then != " ".join(formula.split()):
            said.append(f"its formula is {' '.join(formula.split())} now")
            formula = then
    sentence = node.sentence if formula == node.formula else None
    note = "; ".join(part for part in said if part) or None
    return msgspec.structs.replace(node, note=note, formula=formula, sentence=sentence)


def _timeline(desk: Desk, one: Figure, period: Period, project: str | None) -> Explanation:
    scope = desk.check_projects(None if project is None else (project,))
    """A figure of the whole series, with its months as inputs."""
    if not desk.window(period.start, period.end).whole_months:
        raise UsageProblem(f"{one.name} {BY_MONTH}: name a month, quarter or year")
    monthly = desk.monthly(projects=scope)
    series = desk.series(monthly)
    until = min(period.end, add_months(desk.reading.open_month, 1))
    allowed = budget(desk.reading, period.start, period.end, scope)
    value, reason = timeline_figure(one.name, series, period.start, until, allowed)
    inner = _inner(one.name, series, period, until)
    if inner is not None and inner[0] in figures(desk.workspace):
        parts: tuple[Explanation, ...] = (explain(desk, *inner, project),)
    else:
        parts = () if one.name == "budget" else tuple(_month(point) for point in series.points(until))
    return Explanation(
        name=one.name, label=one.label, kind="metric", value=plain(value, one.unit), unit=one.unit, reason=reason,
        period=period.name, note=one.description or None, inputs=parts,
    )  # fmt: skip


def _inner(name: str, series: Series, period: Period, until: date) -> tuple[str, Period] | None:
    """The figure and span that a timeline figure is made of; None: of the net value of every month."""
    match name:
        case "roi_ytd":
            return "net_value", _span(series.year_start(until), until)
        case "run_rate":
            last = series.last_complete(until)
            return ("net_value", _span(last, add_months(last, 1))) if last in series.months else None
        case "cumulative_roi_percent" if series.points(until):
            return "roi_percent", _span(series.points(until)[0].month, until)
        case "budget_variance":
            return "investment", _span(period.start, until)
    return None


def _span(start: date, end: date) -> Period:
    last = add_months(end, -1)
    name = f"{start:%Y-%m}" if start == last else f"{start:%Y-%m} to {last:%Y-%m}"
    return Period(name=name, grain=Grain.ALL, start=start, end=end)


def _month(point: MonthPoint) -> Explanation:
    said = f"value {cents(point.value)} − cost {cents(point.cost)}; so far {cents(point.cumulative)}"
    return Explanation(
        name="net_value", label="Net value", kind="metric", value=point.net, unit="money",
        period=f"{point.month:%Y-%m}", note=said,
    )  # fmt: skip
