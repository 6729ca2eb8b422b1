"""Grades of value: how well each amount of the book is known, and which of its inputs decides that.

An amount is as good as the weakest of the inputs that matter to it in its month:

- an assumption with a range matters if the amount moves by 5 % or more between its low and its high;
- any other input matters if the amount moves at all when it is moved by 10 % down and up (the side of a maximum that
  does not bind does not);
- an input that is 0 is moved to 1, and matters if the amount would then be smaller (an incident that did not happen,
  not a source that brought nothing);
- a factor without a unit that is 1 and has no range does not matter, nor does what is unknown and left out.

Grades of the inputs are those of `provenance`, lifted by a counterfactual (`evidence_lift`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import get_args

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.measuring.measures import DECIMAL, Reading
from breakeven.ledger.proof.evidence_lift import Lift, baselines, lifts
from breakeven.ledger.proof.provenance import own_grade, provenance, stands_on_experiment, stated_grades
from breakeven.ledger.proof.sensitivity import Moved, sensitivity
from breakeven.measures import MEASURES
from breakeven.workspace.definitions import Definition, Grade

GRADES: tuple[Grade, ...] = get_args(Grade)
"""From the best to the weakest."""
_PER_GRADE, _COMPARED = 10_000.0, 1_000.0
"""What makes of two inputs the one that decides: the weaker grade, then being compared, then moving more."""


class Link(msgspec.Struct, frozen=True):
    """One input of one amount."""

    name: str
    value: Decimal | None
    grade: Grade
    lift: Lift | None
    matters: bool
    moves: float | None
    """Part of the amount (0.23 is 23 %) that moving it changes; None: it cannot be said."""
    ranged: bool


class Graded:
    """The grades of one value category, by row of the book."""

    def __init__(
        self, definition: Definition, rows: Sequence[int], moved: Mapping[str, Moved],
        grades: Mapping[str, Sequence[Grade]], lifted: Mapping[str, Lift],
    ) -> None:  # fmt: skip
        self.definition, self.rows, self.names = definition, tuple(rows), tuple(moved)
        """`rows`: those with an amount; `names`: the inputs."""
        self.place = {row: place for place, row in enumerate(rows)}
        self._moved, self._grades, self.lifted = moved, grades, lifted

    @cached_property
    def decisive(self) -> list[int | None]:
        """For each of the rows the place of the input that decides the grade; None: none does."""
        if not self.names:
            return [None] * len(self.rows)
        found = self._weakest([self._moved[name].matters for name in self.names])
        if self.definition.evidence is None and None in found:
            known = self._weakest([pc.is_valid(self._moved[name].value) for name in self.names])
            found = [other if one is None else one for one, other in zip(found, known, strict=True)]
        return found

    def _weakest(self, allowed: Sequence[pa.Array]) -> list[int | None]:
        """The weakest of the inputs that are allowed, by row."""
        best = pa.array([-1.0] * len(self.rows))
        which = pa.nulls(len(self.rows), pa.int32())
        for place, (name, mask) in enumerate(zip(self.names, allowed, strict=True)):
            lift = self.lifted.get(name)
            compared = lift is not None and lift.how == "compared" and lift.by != name
            codes = pa.array([GRADES.index(grade) * _PER_GRADE + compared * _COMPARED for grade in self._grades[name]])
            moves = pc.min_element_wise(pc.fill_null(self._moved[name].moves, 1.0), _COMPARED - 1)
            score = pc.if_else(mask, pc.add(codes, moves), -1.0)
            weaker = pc.greater(score, best)
            best, which = pc.if_else(weaker, score, best), pc.if_else(weaker, pa.scalar(place, pa.int32()), which)
        found: list[int | None] = which.to_pylist()
        return found

    @cached_property
    def grades(self) -> list[Grade]:
        """The grade of each of the rows."""
        otherwise = self.definition.evidence or GRADES[-1]
        return [
            otherwise if which is None else self._grades[self.names[which]][place]
            for place, which in enumerate(self.decisive)
        ]

    def grade(self, row: int) -> Grade:
        """The grade of a row with an amount."""
        return self.grades[self.place[row]]

    @cached_property
    def _lists(self) -> dict[str, tuple[list[Decimal | None], list[bool], list[float | None], list[bool]]]:
        return {
            name: (one.value.to_pylist(), one.matters.to_pylist(), one.moves.to_pylist(), one.ranged.to_pylist())
            for name, one in self._moved.items()
        }

    def link(self, name: str, place: int) -> Link:
        """An input of one of the rows."""
        values, matters, moves, ranged = self._lists[name]
        return Link(name, values[place], self._grades[name][place], self.lifted.get(name), matters[place],
                    moves[place], ranged[place])  # fmt: skip

    def of(self, row: int) -> list[Link]:
        """The inputs of a row with an amount."""
        return [self.link(name, self.place[row]) for name in self.names]

    def reason(self, place: int, reading: Reading) -> str:
        """Why one of the rows has its grade."""
        which = self.decisive[place]
        return why(None if which is None else self.link(self.names[which], place), self.grades[place], self, reading)


def graded(reading: Reading, evaluator: Evaluator, book: Book) -> dict[str, Graded]:
    """Value category → its grades, for the amounts that a book claims."""
    categories = [name for name, definition in book.definitions.items() if definition.section == "value"]
    return {name: _category(reading, evaluator, book, name) for name in categories}


def _category(reading: Reading, evaluator: Evaluator, book: Book, name: str) -> Graded:
    definitions = closure(book.definitions, [name])
    workspace, leaves = reading.workspace, inputs_of(definitions)
    some = pc.fill_null(pc.not_equal(book.claimed[name], pa.scalar(Decimal(0), DECIMAL)), False)
    rows = pc.indices_nonzero(some).to_pylist()
    if not rows or not leaves:
        return Graded(book.definitions[name], rows, {}, {}, {})
    own = {leaf: own_grade(leaf, workspace) for leaf in leaves}
    effects = [leaf for leaf in leaves if leaf in workspace.assumptions
               and stands_on_experiment(workspace.assumptions[leaf])]  # fmt: skip
    lifted = lifts(name, definitions, own, baselines(workspace), effects)
    by_fact = stated_grades(reading, book, leaves)
    grades: dict[str, Sequence[Grade]] = {}
    for leaf in leaves:
        usual, said = (lifted[leaf].grade, {}) if leaf in lifted else (own[leaf], by_fact.get(leaf, {}))
        grades[leaf] = [said.get(row, usual) for row in rows] if said else [usual] * len(rows)
    return Graded(book.definitions[name], rows, sensitivity(book, evaluator, definitions, name, rows), grades, lifted)


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


def percent(share: Decimal | float) -> str:
    """A share as whole per cent, one decimal below ten."""
    number = share * 100
    return f"{number:.0f} %" if number >= 10 else f"{number:.1f} %"
