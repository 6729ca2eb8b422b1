"""The tree of one figure.

A figure that is made per month and project is shown in two ways: by its formula, where that holds for the sums too, and
by its largest parts, project by project and month by month. The largest part is taken apart down to the facts, as an
example, where the formula alone does not lead there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import msgspec
import pyarrow as pa

from breakeven.formula import sentence
from breakeven.ledger.books.evaluate import Ask, Level, leaves
from breakeven.ledger.catalogue import figures
from breakeven.ledger.closing.closed import ClosedMonth
from breakeven.ledger.desk import Desk
from breakeven.ledger.explaining.behind import LARGEST, of_line, of_measure
from breakeven.ledger.explaining.counts import Facts
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.numbers import plain, tidy
from breakeven.ledger.proof.entries import grade_of
from breakeven.ledger.proof.evidence import proof
from breakeven.ledger.reasons import BY_MONTH, gap, left_out, row_gap
from breakeven.ledger.records.which import MONEY_LINES
from breakeven.ledger.results import Behind, Explanation
from breakeven.ledger.sharing.pool_report import part_words
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES, Additivity
from breakeven.period import Grain, Period
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Assumption, Workspace

HALF_A_CENT = Decimal("0.005")
Scope = tuple[str, ...] | None


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """What a node is about."""

    span: Window
    scope: Scope
    period: str

    @property
    def said(self) -> dict[str, Any]:
        """The fields of a node that say it."""
        project = self.scope[0] if self.scope is not None and len(self.scope) == 1 else None
        return {"period": self.period, "project": project, "start": self.span.first, "end": self.span.last}


class Tree:
    """Builds the tree of one question."""

    def __init__(self, desk: Desk, name: str, period: Period, scope: Scope) -> None:
        self._desk, self._workspace, self._known = desk, desk.workspace, figures(desk.workspace)
        self._where = Where(span=desk.window(period.start, period.end), scope=scope, period=period.name)
        reached = reach(desk.workspace, name)
        self._level: Level = desk.level(Ask(names=(name, *reached), span=self._where.span, grain=Grain.ALL,
                                            projects=scope, name=period.name))  # fmt: skip
        wanted = [leaf for part in (name, *reached) for leaf in (part, *leaves(part, desk.workspace))]
        self._facts = Facts(
            desk, self._where.span, (part for part in wanted if part in MEASURES or part in MONEY_LINES)
        )
        self._totals: Mapping[str, Decimal | None] | None = None

    def node(self, name: str) -> Explanation:
        """A figure at the level of the question."""
        level, value = self._level, self._level.sheet.value(name, 0)
        if name in self._workspace.assumptions:
            return self._assumption(self._workspace.assumptions[name], level.sheet, 0, self._where)
        if name in level.monthly:
            return self._made(name, value, self._where, reason=BY_MONTH)
        if name in MEASURES:
            return self._measure(name, level.sheet, 0, self._where)
        reason = gap(level, name, 0)
        if level.summed(name):
            return self._sum(name, value, reason)
        inputs = tuple(self.node(part) for part in level.definitions[name].expression.names)
        return self._made(name, value, self._where, reason=reason, sheet=level.sheet, inputs=inputs)

    def _made(
        self, name: str, value: Decimal | None, where: Where, *, sheet: Sheet | None = None, row: int = 0,
        rows: Sequence[int] = (), **said: Any,
    ) -> Explanation:  # fmt: skip
        """A node with its formula; `sheet`: where its inputs stand; `rows`: those of the book that it is the sum of."""
        one = self._known[name]
        kind: Literal["cost", "value", "metric"] = one.kind if one.kind in ("cost", "value") else "metric"
        return Explanation(
            name=name, label=one.label, kind=kind, value=plain(value, one.unit), unit=one.unit, formula=one.formula,
            sentence=None if sheet is None else self._sentence(name, sheet, row), evidence=self._grade(name, rows),
            **where.said | said,
        )  # fmt: skip

    def _sentence(self, name: str, sheet: Sheet, row: int) -> str | None:
        definition = self._workspace.methodology.definitions.get(name)
        if definition is None:
            return None
        values = {part: sheet.value(part, row) for part in definition.expression.names}
        units = {part: self._unit(part) for part in definition.expression.names}
        return sentence(definition.expression, values, units, unit=definition.unit, currency=self._workspace.currency)

    def _grade(self, name: str, rows: Sequence[int]) -> str | None:
        """The weakest grade of the amounts that a value is the sum of; of a cost line what it can be at best."""
        kind = self._known[name].kind
        if kind == "value" and self._level.book is not None:
            return proof(self._desk).weakest(name, rows)
        return grade_of(name, self._workspace) if kind in ("value", "cost") else None

    def _unit(self, name: str) -> str:
        assumption = self._workspace.assumptions.get(name)
        return assumption.unit if assumption is not None else self._known[name].unit

    # --- sums

    def _sum(self, name: str, value: Decimal | None, reason: str | None) -> Explanation:
        """A figure that is made per month and project."""
        source, rows = self._level.source, self._level.part_rows[0]
        if source is None:
            return self._made(name, value, self._where, reason=reason)
        if len(rows) == 1:
            return self._cell(name, source, rows[0], self._where.period)
        column = source.columns[name]
        amounts = {row: column[row].as_py() for row in rows if column[row].is_valid}
        holds = self._holds(name, value)
        names = self._workspace.methodology.definitions[name].expression.names if holds else ()
        made = self._made(
            name, value, self._where, reason=reason, rows=rows, sheet=self._level.sheet if holds else None,
            note=self._note(value, amounts), inputs=tuple(self.node(part) for part in names),
            **self._parts(name, source, amounts, self._where, example=not holds),
        )  # fmt: skip
        return self._with_facts(made, self._where)

    @staticmethod
    def _note(value: Decimal | None, amounts: Mapping[int, Decimal]) -> str | None:
        if not amounts:
            return None
        note = f"sum of {len(amounts)} {'amount' if len(amounts) == 1 else 'amounts'} by month and project"
        over = (value or Decimal(0)) - sum(amounts.values(), Decimal(0))
        return f"{note}; closed months keep their own total: {tidy(over)} more" if abs(over) >= HALF_A_CENT else note

    def _parts(
        self, name: str, source: Sheet, amounts: Mapping[int, Decimal], where: Where, *, example: bool
    ) -> dict[str, Any]:  # fmt: skip
        """The largest amounts by project, or by month where there is but one project."""
        grid = source.grid
        projects = dict.fromkeys(grid.rows[row][1] for row, amount in amounts.items() if amount)
        by_project = len(projects) > 1
        sole = next(iter(projects), None)
        groups: dict[int, list[int]] = {}
        for row in amounts:
            cell, project = grid.rows[row]
            if by_project or sole is None or project == sole:
                groups.setdefault(project if by_project else cell, []).append(row)
        sums = {key: sum((amounts[row] for row in rows), Decimal(0)) for key, rows in groups.items()}
        there = [key for key in sums if any(amounts[row] for row in groups[key])] or list(sums)[:1]
        ranked = sorted(there, key=lambda key: -abs(sums[key]))
        shown, others = ranked[:LARGEST], ranked[LARGEST:]
        rest = sum((sums[key] for key in others), Decimal(0))
        parts = []
        for key in shown:
            owner = grid.projects[key if by_project else grid.rows[groups[key][0]][1]]
            inside = Where(span=where.span, scope=(str(owner),), period=where.period)
            if not by_project:
                month = grid.cells[key]
                inside = Where(span=self._desk.window(month.first, month.last), scope=inside.scope, period=month.name)
            rows = {row: amounts[row] for row in groups[key]}
            parts.append(self._part(name, source, rows, sums[key], inside, example=example and key == shown[0]))
        return {"parts": tuple(parts), "more": len(others), "rest": tidy(rest) if others else None}

    def _part(
        self, name: str, source: Sheet, amounts: Mapping[int, Decimal], value: Decimal, where: Where, *, example: bool
    ) -> Explanation:  # fmt: skip
        rows = list(amounts)
        if example and len(rows) == 1:
            return self._cell(name, source, rows[0])
        # Amounts that are all zero are not told apart any further: there is none that would be the example.
        inside = self._parts(name, source, amounts, where, example=True) if example and any(amounts.values()) else {}
        own = rows if self._level.book is not None and source is self._level.book.sheet else ()
        made = self._made(name, value, where, rows=own, **inside)
        return self._with_facts(made, where)

    def _with_facts(self, made: Explanation, where: Where) -> Explanation:
        """A cost line with the facts that it is made of."""
        if made.name not in COST_LINES:
            return made
        behind, source = of_line(self._desk, self._facts, made.name, where.span, where.scope)
        records = behind[0].records if behind and not behind[0].shared else None
        return msgspec.structs.replace(made, behind=behind, source=source, records=records)

    def _holds(self, name: str, value: Decimal | None) -> bool:
        """Whether the formula gives the sum from the inputs' own sums."""
        found = self._at_total.get(name)
        if found is None or value is None:
            return False
        return abs(found - value) < (HALF_A_CENT if "money" in self._known[name].unit else Decimal("1e-9"))

    @cached_property
    def _at_total(self) -> Mapping[str, Decimal | None]:
        """Figure that is summed → what its formula gives on the level of the question."""
        columns, definitions = self._level.sheet.columns, self._workspace.methodology.definitions
        wanted = [name for name in columns if name in definitions and self._level.summed(name)
                  and all(part in columns for part in definitions[name].expression.names)]  # fmt: skip
        if not wanted:
            return {}
        inputs = dict.fromkeys(part for name in wanted for part in definitions[name].expression.names)
        table = pa.table({part: columns[part] for part in inputs} or {"row": [0]})
        formulas = {f"total_of_{name}": definitions[name].expression for name in wanted}
        answer = self._desk.evaluator.evaluate(formulas, table)
        return {name: answer.column(f"total_of_{name}")[0].as_py() for name in wanted}

    # --- one month and project

    def _cell(self, name: str, source: Sheet, row: int, period: str | None = None) -> Explanation:
        """A figure in one month and project."""
        cell, place = source.grid.rows[row]
        month, project = source.grid.cells[cell], source.grid.projects[place]
        where = Where(
            span=self._desk.window(month.first, month.last), scope=(str(project),), period=period or month.name
        )
        if name in self._workspace.assumptions:
            return self._assumption(self._workspace.assumptions[name], source, row, where)
        if name in MEASURES:
            return self._measure(name, source, row, where)
        value = source.value(name, row)
        said = row_gap if value is None else left_out
        reason = said(source, self._workspace, name, row)
        closed, done = self._closed(source, month.first), self._done(source, name, row)
        if name in COST_LINES:
            made = self._made(name, value, where, reason=reason, note=self._line_note(name, value, where))
            return _said(self._with_facts(made, where), done, closed)
        names = self._workspace.methodology.definitions[name].expression.names
        own = self._level.book is not None and source is self._level.book.sheet
        made = self._made(name, value, where, reason=reason, sheet=source, row=row, rows=(row,) if own else (),
                          inputs=tuple(self._cell(part, source, row, where.period) for part in names))  # fmt: skip
        why = self._why(name, row) if own and closed is None else None
        return _said(made, "; ".join(part for part in (done, why) if part) or None, closed)

    def _why(self, name: str, row: int) -> str | None:
        """The reason of the grade of one amount."""
        if self._known[name].kind != "value" or self._level.book is None:
            return None
        made = proof(self._desk).grades[name]
        return f"evidence {made.reason(made.place[row], self._desk.reading)}" if row in made.place else None

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

    def _line_note(self, name: str, value: Decimal | None, where: Where) -> str | None:
        project = (where.scope or ("",))[0]
        if name == "cost_allocated":
            return part_words(self._desk, where.span.first, project, value)
        plan = self._workspace.projects.get(project)
        if name != "cost_implementation" or plan is None or plan.implementation is None:
            return None
        written = plan.implementation
        return f"{written.cost} written off over {written.months} months from {written.start:%Y-%m}"

    # --- leaves

    def _assumption(self, assumption: Assumption, sheet: Sheet, row: int, where: Where) -> Explanation:
        value = sheet.value(assumption.name, row)
        stated, index = sheet.stated(assumption)
        in_force = stated[index[row].as_py()][1] if value is not None else None
        note = "an amount per month; an open month gets its elapsed share" if assumption.per == "month" else None
        ranged = in_force is not None and in_force.low is not None and in_force.distribution != "fixed"
        return Explanation(
            name=assumption.name, label=assumption.label, kind="assumption", value=plain(value, assumption.unit),
            unit=assumption.unit, source=assumption.source or None, owner=assumption.owner,
            reason=row_gap(sheet, self._workspace, assumption.name, row) if value is None else None,
            evidence=assumption.evidence, note=note, review_by=assumption.review_by,
            since=in_force.start if in_force is not None and in_force.start > date.min else None,
            low=in_force.low if in_force is not None and ranged else None,
            high=in_force.high if in_force is not None and ranged else None, **where.said,
        )  # fmt: skip

    def _measure(self, name: str, sheet: Sheet, row: int, where: Where) -> Explanation:
        measure, value = MEASURES[name], sheet.value(name, row)
        reason = row_gap(sheet, self._workspace, name, row) if value is None else None
        if value is not None and self._level.sheet is sheet:
            reason = gap(self._level, name, row)
        behind: tuple[Behind, ...] = ()
        source, records = f"no {measure.relation.replace('_', ' ')} has been recorded", 0
        if self._desk.reading.presence(measure.relation).first is not None:
            found, source = of_measure(self._facts, name, where.span, where.scope)
            behind, records = (found,), found.records or 0
        return Explanation(
            name=name, label=measure.label, kind="measure", value=plain(value, measure.unit), unit=measure.unit,
            reason=reason, source=source, records=records, behind=behind,
            evidence="D" if measure.relation in ("benefit", "survey") else "C", **where.said,
        )  # fmt: skip


def reach(workspace: Workspace, name: str) -> tuple[str, ...]:
    """All figures and leaves that a figure is made of, as far as their sums can be formed at any level."""
    definitions, found, waiting = workspace.methodology.definitions, dict[str, None](), [name]
    while waiting:
        part = waiting.pop(0)
        if part in found or (part != name and not _summable(workspace, part)):
            continue
        found[part] = None
        if part in definitions:
            waiting += definitions[part].expression.names
    return tuple(part for part in found if part != name)


def _summable(workspace: Workspace, name: str) -> bool:
    """Whether nothing in a figure has to be asked at a level of its own, which would cost a query for nothing."""
    return all(MEASURES[leaf].additivity is Additivity.SUM for leaf in leaves(name, workspace))


def _said(node: Explanation, done: str | None, closed: ClosedMonth | None) -> Explanation:
    """A node with what was done to its amount, and with the close it is taken from."""
    formula, said = node.formula, [node.note, done]
    if closed is not None:
        said.append(closed.said())
        then = closed.formulas.get(node.name)
        if then is not None and formula is not None and then != " ".join(formula.split()):
            said.append(f"its formula is {' '.join(formula.split())} now")
            formula = then
    words = node.sentence if formula == node.formula else None
    note = "; ".join(part for part in said if part) or None
    return msgspec.structs.replace(node, note=note, formula=formula, sentence=words)
