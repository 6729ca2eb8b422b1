"""Grades of value: how well each amount of the book is known, and which of its inputs decides that.

An amount is as good as the weakest of the inputs that matter to it in its month. Inputs are moved one at a time, and
the formulas of a category are evaluated for all its amounts and all moves in one statement:

- an assumption with a range is moved to its low and to its high; it matters if the amount moves by 5 % or more between
  them;
- any other input is moved by 10 % down and up; it matters if the amount moves at all (the side of a maximum that does
  not bind does not);
- an input that is 0 is moved to 1, and matters if the amount would then be smaller (an incident that did not happen,
  not a source that brought nothing);
- a factor without a unit that is 1 and has no range does not matter, nor does what is unknown and left out.

Grades of the inputs are those of `provenance`, lifted by a counterfactual (`evidence_lift`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import get_args

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.formula import Evaluator
from breakeven.ledger.book import Book
from breakeven.ledger.closure import closure, inputs_of
from breakeven.ledger.evidence_lift import Lift, baselines, lifts
from breakeven.ledger.measures import DECIMAL, Reading
from breakeven.ledger.numbers import EXACT
from breakeven.ledger.provenance import bounds, own_grade, provenance, stands_on_experiment, stated_grades
from breakeven.measures import MEASURES
from breakeven.workspace.definitions import Definition, Grade

GRADES: tuple[Grade, ...] = get_args(Grade)
"""From the best to the weakest."""
LEAST_MOVE = Decimal("0.05")
"""Part of the amount that a range must move for its assumption to matter."""
MOVE = Decimal("0.1")
"""How far an input without a range is moved."""
_STEP = Decimal("1e-12")
_SHARE = Decimal("0.0001")


class Link(msgspec.Struct, frozen=True):
    """One input of one amount."""

    name: str
    value: Decimal | None
    grade: Grade
    lift: Lift | None
    matters: bool
    moves: Decimal | None
    """Part of the amount (0.23 is 23 %) that moving it changes; None: it cannot be said."""
    ranged: bool


class Graded:
    """The grades of one value category, by row of the book."""

    def __init__(self, definition: Definition, names: Sequence[str], rows: Sequence[int]) -> None:
        self.definition, self.names, self.rows = definition, tuple(names), tuple(rows)
        """`rows`: those with an amount."""
        self.place = {row: place for place, row in enumerate(rows)}
        self.links: dict[str, list[Link]] = {}
        """Input → its part in each of the rows."""

    @cached_property
    def decisive(self) -> list[Link | None]:
        """For each of the rows the input that decides the grade; None: none does."""
        found: list[Link | None] = []
        for place in range(len(self.rows)):
            links = [of[place] for of in self.links.values() if of[place].value is not None]
            mattering = [link for link in links if link.matters] or ([] if self.definition.evidence else links)
            found.append(max(mattering, key=_weakness, default=None))
        return found

    @cached_property
    def grades(self) -> list[Grade]:
        """The grade of each of the rows."""
        otherwise = self.definition.evidence or GRADES[-1]
        return [otherwise if link is None else link.grade for link in self.decisive]

    def grade(self, row: int) -> Grade:
        """The grade of a row with an amount."""
        return self.grades[self.place[row]]

    def of(self, row: int) -> list[Link]:
        """The inputs of a row with an amount."""
        return [links[self.place[row]] for links in self.links.values()]


def _weakness(link: Link) -> tuple[Grade, bool, Decimal]:
    """Of equal grades what is compared with a baseline tells most, then what moves the amount most."""
    compared = link.lift is not None and link.lift.how == "compared" and link.lift.by != link.name
    return link.grade, compared, link.moves if link.moves is not None else Decimal(1)


def graded(reading: Reading, evaluator: Evaluator, book: Book) -> dict[str, Graded]:
    """Value category → its grades, for the amounts that a book claims."""
    categories = [name for name, definition in book.definitions.items() if definition.section == "value"]
    return {name: _category(reading, evaluator, book, name) for name in categories}


def _category(reading: Reading, evaluator: Evaluator, book: Book, name: str) -> Graded:
    definitions = closure(book.definitions, [name])
    workspace, leaves = reading.workspace, inputs_of(definitions)
    claimed = book.claimed[name]
    amounts = pc.fill_null(pc.not_equal(claimed, pa.scalar(Decimal(0), DECIMAL)), False)
    rows = pc.indices_nonzero(amounts).to_pylist()
    made = Graded(book.definitions[name], leaves, rows)
    if not rows or not leaves:
        return made
    moved = _Moves(book, evaluator, definitions, name, rows)
    own = {leaf: own_grade(leaf, workspace) for leaf in leaves}
    effects = [leaf for leaf in leaves if leaf in workspace.assumptions
               and stands_on_experiment(workspace.assumptions[leaf])]  # fmt: skip
    lifted = lifts(name, definitions, own, baselines(workspace), effects)
    by_fact = stated_grades(reading, book, leaves)
    for leaf in leaves:
        lift, said = lifted.get(leaf), by_fact.get(leaf, {})
        made.links[leaf] = [
            Link(
                leaf, value, lift.grade if lift is not None else said.get(row, own[leaf]), lift, matters, moves, ranged
            )
            for row, (value, matters, moves, ranged) in zip(rows, moved.of(leaf), strict=True)
        ]
    return made


class _Moves:
    """Evaluates one category for every amount and every move of an input."""

    def __init__(
        self, book: Book, evaluator: Evaluator, definitions: Mapping[str, Definition], name: str, rows: list[int]
    ) -> None:  # fmt: skip
        self.book, self.rows = book, rows
        self.assumptions = book.sheet.reading.workspace.assumptions
        leaves = inputs_of(definitions)
        index = pa.array(rows, pa.int32())
        self.columns = {leaf: book.sheet.columns[leaf].take(index) for leaf in leaves}
        self.values: dict[str, list[Decimal | None]] = {leaf: col.to_pylist() for leaf, col in self.columns.items()}
        self.ranges = {leaf: self._ranges(leaf) for leaf in leaves}
        stacked = [self.columns]
        for leaf in leaves:
            stacked += [{**self.columns, leaf: pa.array(self._moved(leaf, up), DECIMAL)} for up in (False, True)]
        table = pa.table({leaf: pa.chunked_array([part[leaf] for part in stacked]) for leaf in leaves})
        formulas = {made: definition.expression for made, definition in definitions.items()}
        answer = evaluator.evaluate(formulas, table.combine_chunks()).column(name).to_pylist()
        self.amounts: list[list[Decimal | None]] = [
            answer[first : first + len(rows)] for first in range(0, len(answer), len(rows))
        ]
        self.at = {leaf: 1 + 2 * place for place, leaf in enumerate(leaves)}

    def _ranges(self, leaf: str) -> list[tuple[Decimal, Decimal] | None]:
        assumption = self.assumptions.get(leaf)
        if assumption is None or all(value.low is None for value in assumption.values):
            return [None] * len(self.rows)
        return bounds(self.book, assumption, self.rows)

    def _moved(self, leaf: str, up: bool) -> Iterable[Decimal | None]:
        factor = 1 + MOVE if up else 1 - MOVE
        for value, range_ in zip(self.values[leaf], self.ranges[leaf], strict=True):
            if value is None:
                yield None
            elif range_ is not None:
                yield range_[up]
            elif not value:
                yield Decimal(up)
            else:
                yield EXACT.multiply(value, factor).quantize(_STEP, context=EXACT)

    def of(self, leaf: str) -> Iterable[tuple[Decimal | None, bool, Decimal | None, bool]]:
        """For each row the input's value, whether it matters, what it moves, and whether it has a range."""
        one = self._is_one(leaf)
        lows, highs = self.amounts[self.at[leaf]], self.amounts[self.at[leaf] + 1]
        for value, range_, base, low, high in zip(
            self.values[leaf], self.ranges[leaf], self.amounts[0], lows, highs, strict=True
        ):
            ranged = range_ is not None
            if value is None or not base:
                # A frozen amount may stand where its formula gives none now: then every known input counts.
                yield value, value is not None and not base, None, ranged
            elif low is None or high is None:
                yield value, True, None, ranged
            else:
                moves = (abs(high - low) / abs(base)).quantize(_SHARE, context=EXACT)
                if ranged:
                    matters = moves >= LEAST_MOVE
                elif not value:
                    matters = high < base
                else:
                    matters = (low != base or high != base) and not (one and value == 1)
                yield value, matters, moves, ranged

    def _is_one(self, leaf: str) -> bool:
        """Whether an assumption is a factor without a unit."""
        return leaf in self.assumptions and self.assumptions[leaf].unit == "1"


def why(link: Link | None, grade: Grade, made: Graded, reading: Reading) -> str:
    """The reason of a grade, in one sentence."""
    if link is None:
        return f"{grade}: " + ("as methodology.yaml declares it" if made.definition.evidence
                               else "the formula rests on no record and no assumption")  # fmt: skip
    workspace = reading.workspace
    if link.lift is not None:
        by = link.lift.by
        if link.lift.how == "compared":
            other = by if by != link.name else "what was measured since"
            return f"{grade}: {link.name} is compared with {other}, measured on both sides"
        if link.lift.how == "multiplied":
            return f"{grade}: {link.name} is measured, and multiplied with a difference to {by}, measured too"
        return f"{grade}: {link.name} is measured, and multiplied with {by}, an experiment's effect"
    where = provenance(link.name, workspace)
    if link.name in workspace.assumptions:
        owner = workspace.assumptions[link.name].owner
        whose = f"owner {owner}" if owner else "no owner"
        if link.ranged and link.moves is not None:
            return (f"{grade}: {link.name} is {where} ({whose}); between its low and its high it moves the amount by"
                    f" {percent(link.moves)}")  # fmt: skip
        return f"{grade}: {link.name} is {where} ({whose}, no range)"
    if where == "reported":
        kind = MEASURES[link.name].relation if link.name in MEASURES else ""
        return f"{grade}: {link.name} is what {f'{kind} records report' if kind else 'projects.yaml states'}"
    return f"{grade}: {link.name} is {where}, with nothing to compare it with"


def percent(share: Decimal) -> str:
    """A share as whole per cent, one decimal below ten."""
    number = share * 100
    return f"{number:.0f} %" if number >= 10 else f"{number:.1f} %"
