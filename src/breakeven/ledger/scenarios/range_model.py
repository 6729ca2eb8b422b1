"""The figures of a level as functions of what is uncertain: collapsed sums below, the level's formulas above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from breakeven.formula import Expression, parse
from breakeven.ledger.books.evaluate import Level
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.scenarios.claims import Claims, claims
from breakeven.ledger.scenarios.collapse import collapsed, depending
from breakeven.ledger.scenarios.draws import Drawn, Numbers, Values, joined, spans
from breakeven.ledger.scenarios.draws_sums import added, floats, shared, sums, table_of
from breakeven.ledger.scenarios.uncertain import Uncertain, Variates, uncertain_assumption, variate_of
from breakeven.ledger.scenarios.uncertain_surveys import uncertain_surveys
from breakeven.workspace.builtins import COST_LINES

WHOLE = 0
"""Part of the rows that are simply added up; a row that shares a benefit is a part of its own."""


class Below:
    """Figures of the book over some rows, in many draws: added up, or each row `apart` and as it is claimed."""

    def __init__(
        self, desk: Desk, rows: Sequence[int], wanted: Sequence[str], *, apart: bool = False, every: bool = False
    ) -> None:
        book, self.variates, self.evaluator = desk.book(), Variates(), desk.evaluator
        inputs = uncertain_assumptions(desk, book.sheet, self.variates, every=every)
        inputs |= uncertain_surveys(desk.reading, book, self.variates)
        moving = depending(book, inputs)
        capped = {pool.category for pool in desk.workspace.benefit_pools if _uncertain(desk, pool.assumption, every)}
        self.names = [name for name in wanted if name in moving or name in capped]
        self.claims = {name: claims(book, name, rows, self.variates, counted=not apart) for name in self.names}
        weights = {name: one.weights for name, one in self.claims.items() if one.weights is not None}
        parts = {name: self._parts(self.claims[name], rows, len(book.sheet.grid), apart) for name in self.names}
        self.sums = collapsed(book, desk.evaluator, inputs, parts, weights)

    def _parts(self, of: Claims, rows: Sequence[int], size: int, apart: bool) -> list[int | None]:
        """Rows that share are parts of their own, whether they are inside or not; the others inside are the whole."""
        parts: list[int | None] = [None] * size
        for row in rows:
            parts[row] = row + 1 if apart else WHOLE
        for month in of.shared:
            for row in month.rows:
                parts[row] = row + 1
        return parts

    def figures(self, drawn: Values) -> dict[str, Numbers]:
        """Each figure's sum, one number a draw; NaN is unknown."""
        found = {}
        for name, parts in sums(self.sums, drawn, self.evaluator).items():
            amounts = [parts[WHOLE]] if WHOLE in parts else []
            amounts += [values for _, values in self._counted(name, parts, drawn)]
            found[name] = added(amounts, drawn.span.count)
        return found

    def entries(self, drawn: Values) -> Iterator[tuple[str, int, Numbers]]:
        """Each figure and row with its amounts, one a draw, where rows are apart."""
        for name, parts in sums(self.sums, drawn, self.evaluator).items():
            for row, values in self._counted(name, parts, drawn):
                yield name, row, values

    def _shared(self, name: str) -> set[int]:
        return {row for month in self.claims[name].shared for row in month.rows}

    def _counted(self, name: str, parts: Mapping[int, Numbers], drawn: Values) -> Iterator[tuple[int, Numbers]]:
        """Rows inside that are parts of their own, after benefits are shared."""
        for month in self.claims[name].shared:
            claimed = {row: parts[row + 1] for row in month.rows if row + 1 in parts}
            for row, values, inside in zip(month.rows, shared(month, claimed, drawn), month.inside, strict=True):
                if inside:
                    yield row, values
        alone = self._shared(name)
        yield from ((part - 1, values) for part, values in parts.items() if part != WHOLE and part - 1 not in alone)


class Model:
    """One row of a level as a function of what is uncertain; `every`: of all assumptions. It outlives its desk."""

    def __init__(self, desk: Desk, level: Level, *, every: bool = False) -> None:
        summed = [name for name in level.sheet.columns if level.summed(name)]
        self.below = Below(desk, level.part_rows[0], summed, every=every)
        self.variates, self._evaluator = self.below.variates, desk.evaluator
        self._here = [
            (name, of.place[0].as_py(), of.scale[0].as_py())
            for name, of in uncertain_assumptions(desk, level.sheet, self.variates, every=every).items()
        ]
        self._formulas = _formulas(desk, level)
        self._fixed = {name: None if (value := level.sheet.value(name, 0)) is None else float(value)
                       for name in level.sheet.columns}  # fmt: skip

    @property
    def names(self) -> list[str]:
        """What is drawn."""
        return list(dict.fromkeys(variate.of for variate in self.variates.listed if variate.spread))

    def figures(self, seed: int, draws: int) -> dict[str, Numbers]:
        """Every figure of the level that depends on something uncertain, one number a draw; NaN is unknown."""
        if not self.names:
            return {}
        variates = self.variates.listed
        return joined([self.at(Drawn(variates, seed, span)) for span in spans(draws, len(variates))])

    def at(self, values: Values) -> dict[str, Numbers]:
        """The figures that depend on what varies, for each of its values."""
        count = values.span.count
        moving = self.below.figures(values)
        for name, place, scale in self._here:
            if place is not None:
                moving[name] = np.broadcast_to(values[place] * scale, count)
        touched, above = set(moving), dict[str, Expression]()
        for name, formula in self._formulas.items():
            if not touched.isdisjoint(formula.names) or name not in self._fixed:
                touched.add(name)
                above[name] = formula
        if not above:
            return moving
        given = list(dict.fromkeys(used for formula in above.values() for used in formula.names if used not in above))
        fixed = {name: self._fixed.get(name) for name in given if name not in moving}
        table = table_of({name: moving[name] for name in given if name in moving}, fixed, count)
        return moving | floats(self._evaluator.doubles(above, table), above)


def uncertain_assumptions(
    desk: Desk, sheet: Sheet, variates: Variates, *, every: bool = False
) -> dict[str, Uncertain]:  # fmt: skip
    """The uncertain assumptions among the columns of a sheet; `every`: all of them."""
    found = {}
    for name, assumption in desk.workspace.assumptions.items():
        if name in sheet.columns and (made := uncertain_assumption(sheet, assumption, variates, every=every)):
            found[name] = made
    return found


def _uncertain(desk: Desk, name: str | None, every: bool) -> bool:
    """Whether an assumption has a value that is drawn, or one at all."""
    values = () if name is None else desk.workspace.assumptions[name].values
    return bool(values) if every else any(variate_of(name or "", value).spread for value in values)


def _formulas(desk: Desk, level: Level) -> Mapping[str, Expression]:
    """The level's formulas, and the totals of a statement that the methodology does not define."""
    found = {name: made.expression for name, made in level.definitions.items()}
    known = {*found, *level.sheet.columns}
    values = [made.name for made in desk.workspace.methodology.values()]
    for name, text in (
        (VALUE, _sum(values)), (INVESTMENT, _sum(COST_LINES)), (NET, f"{VALUE} - {INVESTMENT}"),
        (ROI, f"({VALUE} / {INVESTMENT} - 1) * 100"),
    ):  # fmt: skip
        if name not in known and text:
            found[name] = parse(text)
    return found


def _sum(names: Sequence[str]) -> str:
    return f"sum_known({', '.join(names)})" if len(names) > 1 else "".join(names)
