"""The checked tree: what a formula means once it is accepted. Every reading (SQL, sentence, units, reasons) walks it.

A node holds only what the language allows, so a reading needs no checks of its own. `at` is the place in the formula's
text (start, end; 0-based, end exclusive), for errors found later.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

Span = tuple[int, int]


class Part(msgspec.Struct, frozen=True):
    """Base of all nodes."""

    at: Span


class Number(Part, frozen=True):
    """A literal number, not negative, at most 12 decimals."""

    value: Decimal


class Text(Part, frozen=True):
    """A literal text (mapping only)."""

    value: str


class Truth(Part, frozen=True):
    """TRUE or FALSE (mapping only)."""

    value: bool


class Null(Part, frozen=True):
    """NULL (mapping only)."""


class Name(Part, frozen=True):
    """A measure, an assumption, another figure; in a mapping a column of the file."""

    name: str


class Negative(Part, frozen=True):
    """The operand with its sign changed."""

    operand: Node


class Arithmetic(Part, frozen=True):
    """Two numbers added, subtracted, multiplied or divided."""

    operator: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


class Comparison(Part, frozen=True):
    """Two values compared; gives true, false or unknown."""

    operator: Literal["=", "<>", "<", "<=", ">", ">="]
    left: Node
    right: Node


class Logic(Part, frozen=True):
    """Two conditions joined, in three-valued logic."""

    operator: Literal["AND", "OR"]
    left: Node
    right: Node


class Not(Part, frozen=True):
    """A condition turned round."""

    operand: Node


class IsNull(Part, frozen=True):
    """Whether the operand is unknown; never unknown itself."""

    operand: Node


class Call(Part, frozen=True):
    """A function of the profile's list; `||` is a function here too."""

    function: str
    arguments: tuple[Node, ...]


class Case(Part, frozen=True):
    """The value of the first branch whose condition is true, else `otherwise`, else unknown."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


class Cast(Part, frozen=True):
    """A value read as another type, NULL where it cannot be (mapping only)."""

    operand: Node
    type: str


class Membership(Part, frozen=True):
    """Whether the operand is one of the items (mapping only)."""

    operand: Node
    items: tuple[Node, ...]


class Like(Part, frozen=True):
    """Whether a text fits a pattern with % and _ (mapping only)."""

    operand: Node
    pattern: Node


class Between(Part, frozen=True):
    """Whether the operand lies in a closed range (mapping only)."""

    operand: Node
    low: Node
    high: Node


Node = (
    Number
    | Text
    | Truth
    | Null
    | Name
    | Negative
    | Arithmetic
    | Comparison
    | Logic
    | Not
    | IsNull
    | Call
    | Case
    | Cast
    | Membership
    | Like
    | Between
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in order of appearance."""
    match node:
        case Number() | Text() | Truth() | Null() | Name():
            return ()
        case Negative() | Not() | IsNull() | Cast():
            return (node.operand,)
        case Arithmetic() | Comparison() | Logic():
            return node.left, node.right
        case Call():
            return node.arguments
        case Case():
            last = () if node.otherwise is None else (node.otherwise,)
            return (*(part for branch in node.branches for part in branch), *last)
        case Membership():
            return node.operand, *node.items
        case Like():
            return node.operand, node.pattern
        case Between():
            return node.operand, node.low, node.high


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, in order of appearance."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> tuple[str, ...]:
    """The distinct names in a tree, in order of appearance."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Name)))
