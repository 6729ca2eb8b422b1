"""The figures of a level as functions of what is uncertain: collapsed sums below, the level's formulas above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from breakeven.formula import Expression, parse
from breakeven.ledger.books.evaluate import Level
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.scenarios.claims import Claims, claims
from breakeven.ledger.scenarios.collapse import collapsed, depending
from breakeven.ledger.scenarios.draws import Drawn, Numbers, Span, joined, spans
from breakeven.ledger.scenarios.draws_sums import added, floats, shared, sums, table_of
from breakeven.ledger.scenarios.uncertain import Uncertain, Variates, uncertain_assumption, variate_of
from breakeven.ledger.scenarios.uncertain_surveys import uncertain_surveys
from breakeven.workspace.builtins import COST_LINES

WHOLE = 0
"""Part of the rows that are simply added up; a row that shares a benefit is a part of its own."""


class Below:
    """Figures of the book over some rows, in many draws: added up, or each row `apart` and as it is claimed."""

    def __init__(self, desk: Desk, rows: Sequence[int], wanted: Sequence[str], *, apart: bool = False) -> None:
        self.desk, self.variates, self.rows, self.apart = desk, Variates(), rows, apart
        self.book = desk.book()
        self.inputs = self._inputs()
        moving = depending(self.book, self.inputs)
        capped = {pool.category for pool in desk.workspace.benefit_pools if _uncertain(desk, pool.assumption)}
        self.names = [name for name in wanted if name in moving or name in capped]
        self.claims = {name: claims(self.book, name, rows, self.variates, counted=not apart) for name in self.names}
        weights = {name: one.weights for name, one in self.claims.items() if one.weights is not None}
        parts = {name: self._parts(self.claims[name]) for name in self.names}
        self.sums = collapsed(self.book, desk.evaluator, self.inputs, parts, weights)

    def _inputs(self) -> dict[str, Uncertain]:
        found = uncertain_assumptions(self.desk, self.book.sheet, self.variates)
        return found | uncertain_surveys(self.desk.reading, self.book, self.variates)

    def _parts(self, of: Claims) -> list[int | None]:
        """Rows that share are parts of their own, whether they are inside or not; the others inside are the whole."""
        parts: list[int | None] = [None] * len(self.book.sheet.grid)
        for row in self.rows:
            parts[row] = row + 1 if self.apart else WHOLE
        for month in of.shared:
            for row in month.rows:
                parts[row] = row + 1
        return parts

    def figures(self, drawn: Drawn) -> dict[str, Numbers]:
        """Each figure's sum, one number a draw; NaN is unknown."""
        found = {}
        for name, parts in sums(self.sums, drawn, self.desk.evaluator).items():
            amounts = [parts[WHOLE]] if WHOLE in parts else []
            amounts += [values for _, values in self._counted(name, parts, drawn)]
            found[name] = added(amounts, drawn.span.count)
        return found

    def entries(self, drawn: Drawn) -> Iterator[tuple[str, int, Numbers]]:
        """Each figure and row with its amounts, one a draw, where rows are apart."""
        for name, parts in sums(self.sums, drawn, self.desk.evaluator).items():
            for row, values in self._counted(name, parts, drawn):
                yield name, row, values

    def _shared(self, name: str) -> set[int]:
        return {row for month in self.claims[name].shared for row in month.rows}

    def _counted(self, name: str, parts: Mapping[int, Numbers], drawn: Drawn) -> Iterator[tuple[int, Numbers]]:
        """Rows inside that are parts of their own, after benefits are shared."""
        for month in self.claims[name].shared:
            claimed = {row: parts[row + 1] for row in month.rows if row + 1 in parts}
            for row, values, inside in zip(month.rows, shared(month, claimed, drawn), month.inside, strict=True):
                if inside:
                    yield row, values
        alone = self._shared(name)
        yield from ((part - 1, values) for part, values in parts.items() if part != WHOLE and part - 1 not in alone)


class Model:
    """One row of a level, in as many draws as are wanted."""

    def __init__(self, desk: Desk, level: Level) -> None:
        self.desk, self.level = desk, level
        summed = [name for name in level.sheet.columns if level.summed(name)]
        self.below = Below(desk, level.part_rows[0], summed)
        self.variates = self.below.variates
        self._here = uncertain_assumptions(desk, level.sheet, self.variates)
        self._formulas = _formulas(desk, level)

    @property
    def names(self) -> list[str]:
        """What is drawn."""
        return list(dict.fromkeys(variate.of for variate in self.variates.listed if variate.spread))

    def figures(self, seed: int, draws: int) -> dict[str, Numbers]:
        """Every figure of the level that depends on something uncertain, one number a draw; NaN is unknown."""
        if not self.names:
            return {}
        return joined([self._figures(seed, span) for span in spans(draws, len(self.variates.listed))])

    def _figures(self, seed: int, span: Span) -> dict[str, Numbers]:
        drawn = Drawn(self.variates.listed, seed, span)
        moving = self.below.figures(drawn)
        for name, of in self._here.items():
            place, scale = of.place[0].as_py(), of.scale[0].as_py()
            if place is not None:
                moving[name] = drawn[place] * scale
        touched, above = set(moving), dict[str, Expression]()
        for name, formula in self._formulas.items():
            if not touched.isdisjoint(formula.names) or name not in self.level.sheet.columns:
                touched.add(name)
                above[name] = formula
        if not above:
            return moving
        given = list(dict.fromkeys(used for formula in above.values() for used in formula.names if used not in above))
        fixed = {name: self._fixed(name) for name in given if name not in moving}
        table = table_of({name: moving[name] for name in given if name in moving}, fixed, span.count)
        return moving | floats(self.desk.evaluator.doubles(above, table), above)

    def _fixed(self, name: str) -> float | None:
        """A figure that does not depend on what is drawn."""
        value = self.level.sheet.value(name, 0) if name in self.level.sheet.columns else None
        return None if value is None else float(value)


def uncertain_assumptions(desk: Desk, sheet: Sheet, variates: Variates) -> dict[str, Uncertain]:
    """The uncertain assumptions among the columns of a sheet."""
    found = {}
    for name, assumption in desk.workspace.assumptions.items():
        if name in sheet.columns and (made := uncertain_assumption(sheet, assumption, variates)):
            found[name] = made
    return found


def _uncertain(desk: Desk, name: str | None) -> bool:
    """Whether an assumption has a value that is drawn."""
    values = () if name is None else desk.workspace.assumptions[name].values
    return any(variate_of(name or "", value).spread for value in values)


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
