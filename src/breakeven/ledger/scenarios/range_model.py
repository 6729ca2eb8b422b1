"""The figures of a level as functions of what is uncertain: collapsed sums below, the level's formulas above."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence

import numpy as np
import pyarrow as pa

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


class Below:
    """Figures of the book, added up over the rows of each part, for many values of what varies."""

    def __init__(
        self, desk: Desk, parts: Mapping[int, int], wanted: Sequence[str], *, counted: bool = True, every: bool = False
    ) -> None:
        """`parts`: row of the book → part; `counted` false: amounts as they are claimed; `every`: all assumptions."""
        book, self.variates, self.evaluator, self._part_of = desk.book(), Variates(), desk.evaluator, parts
        inputs = uncertain_assumptions(desk, book.sheet, self.variates, every=every)
        inputs |= uncertain_surveys(desk.reading, book, self.variates)
        moving = depending(book, inputs)
        capped = {pool.category for pool in desk.workspace.benefit_pools if _uncertain(desk, pool.assumption, every)}
        self.names = [name for name in wanted if name in moving or name in capped]
        self.claims = {name: claims(book, name, parts, self.variates, counted=counted) for name in self.names}
        weights = {name: one.weights for name, one in self.claims.items() if one.weights is not None}
        self._apart = 1 + max(parts.values(), default=0)
        places = {name: self._parts(self.claims[name], len(book.sheet.grid)) for name in self.names}
        self._sums = collapsed(book, desk.evaluator, inputs, places, weights)
        limits = {name: {place for month in one.shared if month.limit for place in month.limit.places}
                  for name, one in self.claims.items()}  # fmt: skip
        self._uses = {name: sorted(self._sums.places(name) | limits[name]) for name in self.names}
        self._last: dict[str, tuple[Hashable, dict[int, Numbers]]] = {}

    def _parts(self, of: Claims, size: int) -> list[int | None]:
        """A row that shares a benefit stands apart, whether it belongs to a part or not."""
        parts: list[int | None] = [None] * size
        for row, part in self._part_of.items():
            parts[row] = part
        for month in of.shared:
            for row in month.rows:
                parts[row] = self._apart + row
        return parts

    def sums(self, values: Values) -> dict[str, dict[int, Numbers]]:
        """Figure → part → its sum, one number for each of the values; NaN is unknown.

        A figure whose numbers are those of the last time is not added up again.
        """
        found = {}
        for name in self.names:
            alike = values.alike(self._uses[name])
            last = self._last.get(name)
            if alike is None or last is None or last[0] != alike:
                last = alike, self._added(name, values)
                if alike is not None:
                    self._last[name] = last
            found[name] = last[1]
        return found

    def _added(self, name: str, values: Values) -> dict[int, Numbers]:
        found = sums(self._sums, name, values, self.evaluator)
        return {part: added(amounts, values.span.count)
                for part, amounts in self._counted(name, found, values).items()}  # fmt: skip

    def _counted(self, name: str, found: Mapping[int, Numbers], values: Values) -> dict[int, list[Numbers]]:
        """What is added up in each part, after benefits are shared."""
        amounts = {part: [total] for part, total in found.items() if part < self._apart}
        for month in self.claims[name].shared:
            claimed = {row: found[self._apart + row] for row in month.rows if self._apart + row in found}
            for row, counts, inside in zip(month.rows, shared(month, claimed, values), month.inside, strict=True):
                if inside:
                    amounts.setdefault(self._part_of[row], []).append(counts)
        return amounts


class Model:
    """The rows of a level as functions of what is uncertain; `every`: of all assumptions. It outlives its desk."""

    def __init__(self, desk: Desk, level: Level, *, every: bool = False) -> None:
        names = [name for name in level.sheet.columns if level.summed(name)]
        parts = {part: row for row, rows in enumerate(level.part_rows) for part in rows}
        self.below = Below(desk, parts, names, every=every)
        self.variates, self._evaluator, self._rows = self.below.variates, desk.evaluator, len(level.grid)
        self._here = [
            (name, of.place.to_pylist(), of.scale.to_pylist())
            for name, of in uncertain_assumptions(desk, level.sheet, self.variates, every=every).items()
        ]
        self._formulas = _formulas(desk, level)
        self._fixed = {name: column.cast(pa.float64()).to_numpy(zero_copy_only=False)
                       for name, column in level.sheet.columns.items()}  # fmt: skip

    @property
    def names(self) -> list[str]:
        """What is drawn."""
        return list(dict.fromkeys(variate.of for variate in self.variates.listed if variate.spread))

    def figures(self, seed: int, draws: int) -> dict[str, Numbers]:
        """Every figure of the first row that depends on something uncertain, one number a draw; NaN is unknown."""
        if not self.names:
            return {}
        variates = self.variates.listed
        return joined([self.at(Drawn(variates, seed, span)) for span in spans(draws, len(variates))])

    def at(self, values: Values, wanted: Collection[str] | None = None) -> dict[str, Numbers]:
        """The figures of the first row that depend on what varies, for each of its values."""
        return {name: found[0] for name, found in self.rows(values, wanted).items()}

    def rows(self, values: Values, wanted: Collection[str] | None = None) -> dict[str, Numbers]:
        """The same for all rows: an array of rows × values; `wanted`: only what these are made from."""
        count = values.span.count
        moving = {name: self._filled(name, parts, count) for name, parts in self.below.sums(values).items()}
        for name, places, scales in self._here:
            parts = {row: values[place] * scale for row, (place, scale) in enumerate(zip(places, scales, strict=True))
                     if place is not None}  # fmt: skip
            if parts:
                moving[name] = self._filled(name, parts, count)
        touched, above = set(moving), dict[str, Expression]()
        for name, formula in self._needed(wanted).items():
            if not touched.isdisjoint(formula.names) or name not in self._fixed:
                touched.add(name)
                above[name] = formula
        if not above:
            return moving
        given = list(dict.fromkeys(used for formula in above.values() for used in formula.names if used not in above))
        columns = {name: moving[name] if name in moving else self._filled(name, {}, count) for name in given}
        table = table_of({name: column.ravel() for name, column in columns.items()}, self._rows * count)
        made = floats(self._evaluator.doubles(above, table), above)
        return moving | {name: column.reshape(self._rows, count) for name, column in made.items()}

    def _needed(self, wanted: Collection[str] | None) -> Mapping[str, Expression]:
        """The formulas of what is wanted, in order."""
        if wanted is None:
            return self._formulas
        needed = set(wanted)
        for name in reversed(list(self._formulas)):
            if name in needed:
                needed.update(self._formulas[name].names)
        return {name: formula for name, formula in self._formulas.items() if name in needed}

    def fixed(self, name: str, count: int) -> Numbers:
        """A figure of all rows as the level has it, as often."""
        return self._filled(name, {}, count)

    def _filled(self, name: str, parts: Mapping[int, Numbers], count: int) -> Numbers:
        """A figure of every row; one that does not depend on what varies has its value throughout."""
        fixed = self._fixed.get(name)
        found = np.full((self._rows, count), np.nan) if fixed is None else np.repeat(fixed[:, None], count, axis=1)
        for row, values in parts.items():
            found[row] = values
        return found


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
