"""A formula as a sum of terms in some of its names: what does not vary becomes one number per row.

`hours * rate * share` with rate and share varying is one term: hours × (rate · share). Rows whose rate and share are
the same can then be added up once, and each further value of rate and share costs one multiplication instead of a
formula over all rows. greatest(0, before - now) with only `before` varying bends once, at a place that is known for
each row: it is a term with a hinge. What is neither (division by a varying name, a bend that depends on two) is said to
be none.

Unknown stays as the formula has it: whether a row is known does not depend on the values, only on what is stated. So a
condition that asks whether a varying name IS NULL is a constant of the row. An unknown term of a row that is known adds
nothing: it stands in a coalesce or a sum_known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from breakeven.formula.faults import Source
from breakeven.formula.language import MAX_PARTS, Expression
from breakeven.formula.profiles import FORMULA, Kind
from breakeven.formula.tree import (
    Arithmetic,
    Call,
    Case,
    IsNull,
    Name,
    Negative,
    Node,
    Not,
    Number,
    children,
    names,
    walk,
)

MOST_TERMS = 64
"""Terms beyond which a formula is better evaluated row by row."""
_NOWHERE = (0, 0)
ZERO, ONE = Number(_NOWHERE, Decimal(0)), Number(_NOWHERE, Decimal(1))


class Hinge(msgspec.Struct, frozen=True):
    """max(0, slope × name + offset); slope and offset are constant for each row, and 0 where they are unknown."""

    name: str
    slope: Expression
    offset: Expression


class Term(msgspec.Struct, frozen=True):
    """A coefficient, constant for each row, times a product of names that vary, and perhaps times a hinge."""

    coefficient: Expression
    """Over names that do not vary (and, where it asks whether they are known, names that do)."""
    factors: tuple[str, ...]
    """The names in order, each as often as its power; empty: the constant part."""
    hinge: Hinge | None = None


class _Bend(NamedTuple):
    name: str
    slope: Node
    offset: Node


class _Raw(NamedTuple):
    """A term while it is found."""

    part: Node
    factors: tuple[str, ...] = ()
    bend: _Bend | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.part,) if self.bend is None else (self.part, self.bend.slope, self.bend.offset)

    def term(self) -> Term:
        bend = self.bend
        hinge = None if bend is None else Hinge(bend.name, expression_of(bend.slope), expression_of(bend.offset))
        return Term(expression_of(self.part), self.factors, hinge)


Branches = tuple[tuple[Node, Node], ...]


def collapse(
    expression: Expression, varying: Collection[str], parts: Mapping[str, Expression] | None = None
) -> tuple[Term, ...] | None:
    """The formula as a sum of terms in the varying names; None where it is none or would be too long.

    `parts`: definitions that depend on varying names, to be looked into; all other names are constants of the row.
    """
    found = _Collapser(varying, parts or {}).terms(expression.root)
    if found is None or sum(1 for one in found for node in one.nodes for _ in walk(node)) > MAX_PARTS:
        return None
    return tuple(one.term() for one in found)


def expression_of(root: Node) -> Expression:
    """An expression that nobody wrote."""
    return Expression(Source(""), root, Kind.NUMBER, names(root), FORMULA)


def product(expression: Expression, name: str) -> Expression:
    """The expression times a further name."""
    return expression_of(Arithmetic(_NOWHERE, "*", expression.root, Name(_NOWHERE, name)))


class _Collapser:
    """Walks a tree; a definition that is used twice is looked into once."""

    def __init__(self, varying: Collection[str], parts: Mapping[str, Expression]) -> None:
        self.varying, self.parts = frozenset(varying), parts
        self._found: dict[str, list[_Raw] | None] = {}

    def constant(self, node: Node) -> bool:
        """Whether a node has one value per row."""
        match node:
            case Name():
                return node.name not in self.varying and node.name not in self.parts
            case IsNull():
                return self.terms(node.operand) is not None
            case _:
                return all(self.constant(part) for part in children(node))

    def terms(self, node: Node) -> list[_Raw] | None:
        """The terms of a node that gives a number."""
        if self.constant(node):
            return [_Raw(node)]
        match node:
            case Name():
                return self.name(node.name)
            case Negative():
                return _negative(self.terms(node.operand))
            case Arithmetic():
                return self.arithmetic(node)
            case Case():
                return self.case(node.branches, node.otherwise)
            case Call(function="coalesce"):
                *first, last = node.arguments
                return self.case(tuple((_known(part), part) for part in first), last)
            case Call(function="sum_known"):
                return _joined(self.case(((_known(part), part),), None) for part in node.arguments)
            case Call(function="greatest" | "least"):
                return self.bent(node)
            case _:
                return None

    def name(self, name: str) -> list[_Raw] | None:
        """A varying name, or what a definition is made of."""
        if name in self.varying:
            return [_Raw(ONE, (name,))]
        if name not in self._found:
            self._found[name] = self.terms(self.parts[name].root)
        return self._found[name]

    def arithmetic(self, node: Arithmetic) -> list[_Raw] | None:
        """Sums join terms, products cross them, a constant divides each of them."""
        left, right = self.terms(node.left), self.terms(node.right)
        if left is None or right is None:
            return None
        match node.operator:
            case "+":
                return _joined((left, right))
            case "-":
                return _joined((left, _negative(right)))
            case "*" if len(left) * len(right) <= MOST_TERMS:
                return _crossed(left, right)
            case "/" if self.constant(node.right):
                return [one._replace(part=Arithmetic(_NOWHERE, "/", one.part, node.right)) for one in left]
        return None

    def bent(self, node: Call) -> list[_Raw] | None:
        """A constant and a hinge, where one argument is a straight line in one name and the others are constants.

        greatest(a, x) = a + max(0, x - a); least(a, x) = a - max(0, a - x).
        """
        constants = [part for part in node.arguments if self.constant(part)]
        varying = [part for part in node.arguments if not self.constant(part)]
        terms = self.terms(varying[0]) if constants and len(varying) == 1 else None
        if terms is None or any(len(one.factors) > 1 or one.bend is not None for one in terms):
            return None
        found = {name for one in terms for name in one.factors}
        if len(found) != 1:
            return None
        bound = constants[0] if len(constants) == 1 else Call(_NOWHERE, node.function, tuple(constants))
        sign = ONE if node.function == "greatest" else Negative(_NOWHERE, ONE)
        slope = _sum([one.part for one in terms if one.factors])
        fixed = [one.part for one in terms if not one.factors]
        offset = _sum([*fixed, Negative(_NOWHERE, bound)])
        if sign is not ONE:
            slope, offset = Negative(_NOWHERE, slope), Negative(_NOWHERE, offset)
        return [_Raw(bound), _Raw(sign, bend=_Bend(found.pop(), slope, offset))]

    def case(self, branches: Branches, otherwise: Node | None) -> list[_Raw] | None:
        """The terms of each result; their coefficients are 0 in the rows in which another branch applies."""
        if not all(self.constant(condition) for condition, _ in branches):
            return None
        found: list[list[_Raw] | None] = []
        earlier: Branches = ()
        for condition, result in branches:
            terms = self.terms(result)
            found.append(None if terms is None else [
                one._replace(part=Case(_NOWHERE, (*earlier, (condition, one.part)), ZERO)) for one in terms
            ])  # fmt: skip
            earlier = (*earlier, (condition, ZERO))
        if otherwise is not None:
            terms = self.terms(otherwise)
            found.append(None if terms is None else [
                one._replace(part=Case(_NOWHERE, earlier, one.part)) for one in terms
            ])  # fmt: skip
        return _joined(found)


def _known(node: Node) -> Not:
    return Not(_NOWHERE, IsNull(_NOWHERE, node))


def _negative(terms: list[_Raw] | None) -> list[_Raw] | None:
    return None if terms is None else [one._replace(part=Negative(_NOWHERE, one.part)) for one in terms]


def _crossed(left: list[_Raw], right: list[_Raw]) -> list[_Raw] | None:
    """Each term of one side times each of the other; None where two hinges would meet."""
    if any(a.bend is not None and b.bend is not None for a in left for b in right):
        return None
    return [_Raw(_times(a.part, b.part), tuple(sorted((*a.factors, *b.factors))), a.bend or b.bend)
            for a in left for b in right]  # fmt: skip


def _sum(parts: list[Node]) -> Node:
    """The sum of what is known."""
    return parts[0] if len(parts) == 1 else Call(_NOWHERE, "sum_known", tuple(parts))


def _times(left: Node, right: Node) -> Node:
    if left == ONE or right == ONE:
        return right if left == ONE else left
    return Arithmetic(_NOWHERE, "*", left, right)


def _joined(found: Iterable[list[_Raw] | None]) -> list[_Raw] | None:
    """All terms; None where one part has none or there are too many."""
    terms: list[_Raw] = []
    for part in found:
        if part is None:
            return None
        terms += part
    return terms if len(terms) <= MOST_TERMS else None
