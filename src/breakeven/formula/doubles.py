"""The same tree as SQL in DOUBLE: for draws, where thousands of vectors matter more than the twelfth decimal.

The rules are those of `sql.py`: NULL goes through every operation, a division by zero is NULL, halves are rounded away
from zero. Amounts that are shown to the cent are never made with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakeven.formula.language import Expression
from breakeven.formula.sql import Writer, quote, round_digits, steps_of, sum_known
from breakeven.formula.tree import Arithmetic, Call, Node, Number

COHORT, PART, VECTOR = "row's cohort", "row's part", "vector's number"
"""Columns by which rows and vectors meet, by which rows are added up, and that number the vectors."""
TIMES = "row's times"
"""Column with how many rows of the book a row stands for."""
SCALE = "scale of "
"""Prefix of the columns by which a varying name is multiplied in a row; no name of a formula has a blank."""


class DoubleWriter(Writer):
    """Writes the tree of a formula over DOUBLE columns."""

    def write(self, node: Node) -> str:
        """SQL for a node; literals are DOUBLE."""
        if isinstance(node, Number):
            return f"CAST('{node.value:f}' AS DOUBLE)"
        return super().write(node)

    def arithmetic(self, node: Arithmetic) -> str:
        """The four operations."""
        left, right = self.number(node.left), self.number(node.right)
        return f"({left} / nullif({right}, 0))" if node.operator == "/" else f"({left} {node.operator} {right})"

    def call(self, node: Call) -> str:
        """The functions of formulas."""
        match node.function:
            case "sum_known":
                return sum_known([self.number(argument) for argument in node.arguments])
            case "round":
                return f"round({self.number(node.arguments[0])}, {round_digits(node)})"
            case "abs" | "floor" | "ceil":
                return f"{node.function}({self.number(node.arguments[0])})"
            case _:
                return super().call(node)


def compile_doubles(definitions: Mapping[str, Expression], source: str, keys: Sequence[str] = ()) -> str:
    """One SELECT of the keys and all definitions for every row of the relation `source`, in DOUBLE."""
    return f"{_layers(definitions, quote(source))} SELECT {_listed((*keys, *definitions))} FROM made"


def compile_crossed(
    definitions: Mapping[str, Expression], wanted: str, rows: str, vectors: str, scaled: Sequence[str], parts: bool
) -> str:
    """One SELECT that gives for each part and vector the sum of a definition over the part's rows.

    `parts`: whether there are several; one needs no grouping by it, which saves a seventh of the time.

    `rows`: COHORT, PART, TIMES, the constants of each row, and `SCALE + name` of each name in `scaled` (NULL: it is
    unknown there); `vectors`: COHORT, VECTOR and the values of the names in `scaled`.
    """
    cohort, part, vector = quote(COHORT), quote(PART), quote(VECTOR)
    values = "".join(f", v.{quote(name)} * r.{quote(SCALE + name)} AS {quote(name)}" for name in scaled)
    hidden = ", ".join([cohort, *(quote(SCALE + name) for name in scaled)])
    source = (f"(SELECT r.* EXCLUDE ({hidden}), v.{vector}{values}"
              f" FROM {quote(rows)} AS r JOIN {quote(vectors)} AS v USING ({cohort}))")  # fmt: skip
    total = f"{vector}, sum({quote(wanted)} * {quote(TIMES)}) AS {quote(wanted)}"
    shown, keys = (f"{part}, {total}", f"{part}, {vector}") if parts else (f"min({part}) AS {part}, {total}", vector)
    return f"{_layers(definitions, source)} SELECT {shown} FROM made GROUP BY {keys}"


def _layers(definitions: Mapping[str, Expression], source: str) -> str:
    """WITH …, made AS (…): the definitions by depth, as in `compile_select`."""
    writer, relations, last = DoubleWriter(), [f"layer_0 AS (SELECT * FROM {source})"], "layer_0"
    for depth, step in enumerate(steps_of(definitions), 1):
        made = ", ".join(f"{writer.write(definitions[name].root)} AS {quote(name)}" for name in step)
        last = f"layer_{depth}"
        relations.append(f"{last} AS (SELECT *, {made} FROM layer_{depth - 1})")
    relations.append(f"made AS (SELECT * FROM {last})")
    return f"WITH {', '.join(relations)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(quote(name) for name in names) or "*"
