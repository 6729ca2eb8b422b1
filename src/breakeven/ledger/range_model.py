"""The figures of a level as functions of what is uncertain: collapsed sums below, the level's formulas above."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.formula import Expression, parse
from breakeven.ledger.collapse import Collapsed, collapsed, depending
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk
from breakeven.ledger.draws import Drawn, Numbers, Span, joined, spans
from breakeven.ledger.draws_sums import floats, sums, table_of
from breakeven.ledger.evaluate import Level
from breakeven.ledger.grid import Sheet
from breakeven.ledger.uncertain import Uncertain, Variates, uncertain_assumption
from breakeven.workspace.builtins import COST_LINES


class Model:
    """One row of a level, in as many draws as are wanted."""

    def __init__(self, desk: Desk, level: Level) -> None:
        self.desk, self.level, self.variates = desk, level, Variates()
        book = desk.book()
        self._below = self._uncertain(book.sheet)
        self._here = self._uncertain(level.sheet)
        moving = depending(book, self._below)
        wanted = [name for name in level.sheet.columns if level.summed(name) and name in moving]
        inside = set(level.part_rows[0])
        part = [0 if row in inside else None for row in range(len(book.sheet.grid))]
        self.sums: Collapsed = collapsed(book, desk.evaluator, self._below, dict.fromkeys(wanted, part))
        self._formulas = _formulas(desk, level)

    @property
    def names(self) -> list[str]:
        """What is drawn."""
        return [name for name in self.desk.workspace.assumptions if name in self._below or name in self._here]

    def figures(self, seed: int, draws: int) -> dict[str, Numbers]:
        """Every figure of the level that depends on something uncertain, one number a draw; NaN is unknown."""
        if not self._below and not self._here:
            return {}
        return joined([self._figures(seed, span) for span in spans(draws, len(self.variates.listed))])

    def _figures(self, seed: int, span: Span) -> dict[str, Numbers]:
        drawn = Drawn(self.variates.listed, seed, span)
        parts = sums(self.sums, drawn, self.desk.evaluator)
        moving = {name: of[0] for name, of in parts.items() if 0 in of}
        for name, of in self._here.items():
            place, scale = of.place[0].as_py(), of.scale[0].as_py()
            if place is not None:
                moving[name] = drawn[place] * scale
        touched, above = set(moving), dict[str, Expression]()
        for name, formula in self._formulas.items():
            if not touched.isdisjoint(formula.names):
                touched.add(name)
                above[name] = formula
        if not above:
            return moving
        given = {name for formula in above.values() for name in formula.names if name not in above}
        fixed = {name: self._fixed(name) for name in given if name not in moving}
        table = table_of({name: moving[name] for name in given if name in moving}, fixed, span.count)
        return moving | floats(self.desk.evaluator.doubles(above, table), above)

    def _fixed(self, name: str) -> float | None:
        """A figure that does not depend on what is drawn."""
        value = self.level.sheet.value(name, 0) if name in self.level.sheet.columns else None
        return None if value is None else float(value)

    def _uncertain(self, sheet: Sheet) -> dict[str, Uncertain]:
        found = {}
        for name, assumption in self.desk.workspace.assumptions.items():
            if name in sheet.columns and (made := uncertain_assumption(sheet, assumption, self.variates)):
                found[name] = made
        return found


def _formulas(desk: Desk, level: Level) -> Mapping[str, Expression]:
    """The level's formulas, and the totals of a statement that the methodology does not define."""
    found = {name: made.expression for name, made in level.definitions.items()}
    known = {*found, *(name for name in level.sheet.columns)}
    values = [made.name for made in desk.workspace.methodology.values()]
    for name, text in (
        (VALUE, _sum(values)), (INVESTMENT, _sum(COST_LINES)), (NET, f"{VALUE} - {INVESTMENT}"),
        (ROI, f"({VALUE} / {INVESTMENT} - 1) * 100"),
    ):  # fmt: skip
        if name not in known and text:
            found[name] = parse(text)
    return found


def _sum(names: tuple[str, ...] | list[str]) -> str:
    return f"sum_known({', '.join(names)})" if len(names) > 1 else "".join(names)
