"""A formula as a sum of terms in some of its names: what does not vary becomes one number per row.

`hours * rate * share` with rate and share varying is one term: hours × (rate · share). Rows whose rate and share are
the same can then be added up once, and each further value of rate and share costs one multiplication instead of a
formula over all rows. What is no such sum (greatest with a varying argument, division by a varying name) is said to be
none.

Unknown stays as the formula has it: whether a row is known does not depend on the values, only on what is stated. So a
condition that asks whether a varying name IS NULL is a constant of the row. An unknown term of a row that is known adds
nothing: it stands in a coalesce or a sum_known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

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


class Term(msgspec.Struct, frozen=True):
    """A coefficient, constant for each row, times a product of names that vary."""

    coefficient: Expression
    """Over names that do not vary (and, where it asks whether they are known, names that do)."""
    factors: tuple[str, ...]
    """The names in order, each as often as its power; empty: the constant part."""


_Raw = tuple[Node, tuple[str, ...]]
Branches = tuple[tuple[Node, Node], ...]


def collapse(
    expression: Expression, varying: Collection[str], parts: Mapping[str, Expression] | None = None
) -> tuple[Term, ...] | None:
    """The formula as a sum of terms in the varying names; None where it is none or would be too long.

    `parts`: definitions that depend on varying names, to be looked into; all other names are constants of the row.
    """
    found = _Collapser(varying, parts or {}).terms(expression.root)
    if found is None or sum(1 for node, _ in found for _ in walk(node)) > MAX_PARTS:
        return None
    return tuple(Term(expression_of(node), factors) for node, factors in found)


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
            return [(node, ())]
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
            case _:
                return None

    def name(self, name: str) -> list[_Raw] | None:
        """A varying name, or what a definition is made of."""
        if name in self.varying:
            return [(ONE, (name,))]
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
                return [(_times(a, b), tuple(sorted((*of_a, *of_b)))) for a, of_a in left for b, of_b in right]
            case "/" if self.constant(node.right):
                return [(Arithmetic(_NOWHERE, "/", part, node.right), factors) for part, factors in left]
        return None

    def case(self, branches: Branches, otherwise: Node | None) -> list[_Raw] | None:
        """The terms of each result; their coefficients are 0 in the rows in which another branch applies."""
        if not all(self.constant(condition) for condition, _ in branches):
            return None
        found: list[list[_Raw] | None] = []
        earlier: Branches = ()
        for condition, result in branches:
            terms = self.terms(result)
            found.append(None if terms is None else [
                (Case(_NOWHERE, (*earlier, (condition, part)), ZERO), factors) for part, factors in terms
            ])  # fmt: skip
            earlier = (*earlier, (condition, ZERO))
        if otherwise is not None:
            terms = self.terms(otherwise)
            found.append(None if terms is None else [(Case(_NOWHERE, earlier, part), of) for part, of in terms])
        return _joined(found)


def _known(node: Node) -> Not:
    return Not(_NOWHERE, IsNull(_NOWHERE, node))


def _negative(terms: list[_Raw] | None) -> list[_Raw] | None:
    return None if terms is None else [(Negative(_NOWHERE, part), factors) for part, factors in terms]


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
