"""A checked tree as DuckDB SQL, and a list of definitions as one SELECT.

Numbers are DECIMAL(38, 12). Sums are exact; a product is rounded to 12 decimals, halves away from zero; a quotient is
taken in DOUBLE. What does not fit, and a division by zero, is NULL; NULL goes through every operation, greatest and
least included (DuckDB's own skip it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import assert_never

from breakeven.errors import FormulaInvalid
from breakeven.formula.language import Expression
from breakeven.formula.tree import (
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    Comparison,
    IsNull,
    Like,
    Logic,
    Membership,
    Name,
    Negative,
    Node,
    Not,
    Null,
    Number,
    Text,
    Truth,
)

NUMBER = "DECIMAL(38, 12)"
LAYER = "formula_layer_"
"""Prefix of the SELECT's internal relations."""


def quote(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def decimal_literal(value: Decimal, scale: int = 12) -> str:
    """A number as an SQL literal of the given scale."""
    return f"CAST('{value:f}' AS DECIMAL(38, {scale}))"


class Writer:
    """Writes the tree of a formula; a mapping's writer overrides how its parts are read."""

    def write(self, node: Node) -> str:
        """SQL for a node, in brackets where it needs them."""
        match node:
            case Number():
                return decimal_literal(node.value)
            case Name():
                return self.name(node)
            case Negative():
                return f"(-{self.number(node.operand)})"
            case Arithmetic():
                return self.arithmetic(node)
            case Comparison():
                left, right = self.alike((node.left, node.right))
                return f"({left} {node.operator} {right})"
            case Logic():
                return f"({self.write(node.left)} {node.operator} {self.write(node.right)})"
            case Not():
                return f"(NOT {self.write(node.operand)})"
            case IsNull():
                return f"({self.write(node.operand)} IS NULL)"
            case Case():
                return self.case(node)
            case Call():
                return self.call(node)
            case Text() | Truth() | Null() | Cast() | Membership() | Like() | Between():
                return self.other(node)
            case _:
                assert_never(node)

    def name(self, node: Name) -> str:
        """A column."""
        return quote(node.name)

    def number(self, node: Node) -> str:
        """A node in a place that needs a number."""
        return self.write(node)

    def alike(self, nodes: Sequence[Node]) -> list[str]:
        """Nodes that must be of one kind."""
        return [self.write(node) for node in nodes]

    def other(self, node: Text | Truth | Null | Cast | Membership | Like | Between) -> str:
        """Nodes that only mappings have."""
        raise TypeError(f"{type(node).__name__} in a formula")

    def factors(self, left: Node, right: Node) -> str:
        """The product; a literal beside another factor keeps its own scale, which leaves more room before the point."""
        written = [
            decimal_literal(node.value, literal_scale(node))
            if isinstance(node, Number) and not isinstance(other, Number)
            else self.number(node)
            for node, other in ((left, right), (right, left))
        ]
        return " * ".join(written)

    def arithmetic(self, node: Arithmetic) -> str:
        """The four operations."""
        match node.operator:
            case "*":
                # round, not CAST: the same result for two thirds of the time
                return f"TRY(round({self.factors(node.left, node.right)}, 12))"
            case "/":
                left, right = (f"CAST({self.number(part)} AS DOUBLE)" for part in (node.left, node.right))
                return f"TRY_CAST({left} / {right} AS {NUMBER})"
            case _:
                return f"TRY({self.number(node.left)} {node.operator} {self.number(node.right)})"

    def case(self, node: Case) -> str:
        """CASE, its results of one kind."""
        values = [value for _, value in node.branches]
        written = self.alike(values if node.otherwise is None else [*values, node.otherwise])
        branches = " ".join(
            f"WHEN {self.write(condition)} THEN {value}"
            for (condition, _), value in zip(node.branches, written, strict=False)
        )
        return f"CASE {branches}{'' if node.otherwise is None else f' ELSE {written[-1]}'} END"

    def call(self, node: Call) -> str:
        """The functions of formulas."""
        match node.function:
            case "greatest" | "least":
                parts = self.alike(node.arguments)
                unknown = " OR ".join(f"{part} IS NULL" for part in parts)
                return f"CASE WHEN {unknown} THEN NULL ELSE {node.function}({', '.join(parts)}) END"
            case "coalesce":
                return f"coalesce({', '.join(self.alike(node.arguments))})"
            case "sum_known":
                return sum_known([self.number(argument) for argument in node.arguments])
            case "nullif":
                first, second = self.alike(node.arguments)
                return f"CASE WHEN {first} = {second} THEN NULL ELSE {first} END"
            case "round":
                digits = round_digits(node)
                return f"TRY(CAST(round({self.number(node.arguments[0])}, {digits}) AS {NUMBER}))"
            case _:
                return f"TRY(CAST({node.function}({self.number(node.arguments[0])}) AS {NUMBER}))"


def sum_known(parts: Sequence[str]) -> str:
    """The sum of those parts that are known; NULL where none is."""
    known = " + ".join(f"coalesce({part}, 0)" for part in parts)
    return f"CASE WHEN {' AND '.join(f'{part} IS NULL' for part in parts)} THEN NULL ELSE TRY({known}) END"


def literal_scale(node: Number) -> int:
    """Decimals that a literal needs."""
    exponent = node.value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def round_digits(node: Call) -> int:
    """The second argument of round, a literal that is checked when the formula is read; 0 where it is left out."""
    digits = node.arguments[1] if len(node.arguments) > 1 else None
    match digits:
        case Number():
            return int(digits.value)
        case Negative(operand=Number(value=value)):
            return -int(value)
        case _:
            return 0


def to_sql(expression: Expression) -> str:
    """One formula over columns of its names, which must be DECIMAL(38, 12)."""
    return Writer().write(expression.root)


def compile_select(definitions: Mapping[str, Expression], inputs: str, keys: Sequence[str] = ()) -> str:
    """One SELECT that gives the keys and all definitions for every row of the relation `inputs`.

    `definitions`: each after those it uses (see `resolve`). Names that are not definitions are numeric columns of
    `inputs`. Definitions of equal depth are made in one step, each step reads the one before, so that nothing is
    repeated however often a definition is used. Raises FormulaInvalid where a definition uses itself or a later one.
    """
    steps = steps_of(definitions)
    columns = list(dict.fromkeys(n for e in definitions.values() for n in e.names if n not in definitions))
    first = [
        *(quote(key) for key in keys),
        *(f"TRY_CAST({quote(c)} AS {NUMBER}) AS {quote(c)}" for c in columns if c not in keys),
    ]
    relations = [f"{LAYER}0 AS (SELECT {', '.join(first) or '1 AS one'} FROM {quote(inputs)})"]
    for i, step in enumerate(steps):
        made = ", ".join(f"{to_sql(definitions[name])} AS {quote(name)}" for name in step)
        relations.append(f"{LAYER}{i + 1} AS (SELECT *, {made} FROM {LAYER}{i})")
    wanted = ", ".join(quote(name) for name in (*keys, *definitions))
    return f"WITH {', '.join(relations)} SELECT {wanted or '*'} FROM {LAYER}{len(steps)}"


def steps_of(definitions: Mapping[str, Expression]) -> list[list[str]]:
    """The definitions by depth: those without other definitions first."""
    depth: dict[str, int] = {}
    steps: list[list[str]] = []
    for name, expression in definitions.items():
        late = [used for used in expression.names if used in definitions and used not in depth]
        if late:
            raise FormulaInvalid([expression.source.problem(f"{name} uses {late[0]}, which is not computed before it")])
        depth[name] = 1 + max((depth[used] for used in expression.names if used in depth), default=-1)
        if depth[name] == len(steps):
            steps.append([])
        steps[depth[name]].append(name)
    return steps
