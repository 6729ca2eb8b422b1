"""A formula as a live spreadsheet formula.

Unknown is a text in a cell and an error within a formula: arithmetic with a text gives an error, a division by zero
does too, and `cell` turns what is left of it into the text again. So NULL takes the same way as in SQL: it spreads
through arithmetic and comparisons, is skipped by sum_known and coalesce, and is not true in a CASE. Only functions that
every spreadsheet program has are used.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import assert_never

from breakeven.formula.language import Expression
from breakeven.formula.sql import round_digits
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

UNKNOWN = "unknown"
"""What stands in a cell whose value is not known."""
Reference = Callable[[str], str]
"""Name → the cell or defined name that holds it."""


def excel(expression: Expression, reference: Reference, *, times: str = "", plus: str = "") -> str:
    """A cell's formula, with its =; `times` and `plus`: what is done to the result before it is shown."""
    writer = _Writer(reference)
    made = writer.number(expression.root)
    if times:
        made = f"({made})*{times}"
    if plus:
        made = f"({made})+{plus}"
    return cell(made)


def cell(made: str) -> str:
    """A formula that shows what is not known as a text."""
    return f'=IFERROR({made},"{UNKNOWN}")'


def number_text(value: Decimal) -> str:
    """A number within a formula: a spreadsheet computes with 15 digits."""
    rounded = value if len(value.as_tuple().digits) <= 15 else Decimal(f"{value:.15g}")
    return format(rounded.normalize(), "f")


class _Writer:
    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def write(self, node: Node) -> str:
        """The node where only its value counts: within arithmetic, a text is an error by itself."""
        match node:
            case Number():
                return number_text(node.value)
            case Name():
                return self._reference(node.name)
            case Negative():
                return f"(-{self.write(node.operand)})"
            case Arithmetic():
                return f"({self.write(node.left)}{node.operator}{self.write(node.right)})"
            case Comparison():
                return f"({self.number(node.left)}{node.operator}{self.number(node.right)})"
            case Logic():
                return self._logic(node)
            case Not():
                return f"NOT({self.write(node.operand)})"
            case IsNull():
                return f"ISERROR({self.number(node.operand)})"
            case Case():
                return self._case(node)
            case Call():
                return self._call(node)
            case Null():
                return "NA()"
            case Text() | Truth() | Cast() | Membership() | Like() | Between():
                raise TypeError(f"{type(node).__name__} in a formula")
            case _:
                assert_never(node)

    def number(self, node: Node) -> str:
        """The node where a text would pass as a value: a text becomes an error."""
        return f"({self._reference(node.name)}+0)" if isinstance(node, Name) else self.write(node)

    def _logic(self, node: Logic) -> str:
        """Three values: what is false decides AND, what is true decides OR, whatever the other side is."""
        left, right = self.write(node.left), self.write(node.right)
        if node.operator == "AND":
            return f"IF(OR(IFERROR(NOT({left}),FALSE),IFERROR(NOT({right}),FALSE)),FALSE,AND({left},{right}))"
        return f"IF(OR(IFERROR({left},FALSE),IFERROR({right},FALSE)),TRUE,OR({left},{right}))"

    def _case(self, node: Case) -> str:
        made = "NA()" if node.otherwise is None else self.number(node.otherwise)
        for condition, value in reversed(node.branches):
            made = f"IF(IFERROR({self.write(condition)},FALSE),{self.number(value)},{made})"
        return made

    def _call(self, node: Call) -> str:
        parts = [self.number(argument) for argument in node.arguments]
        match node.function:
            case "greatest":
                return f"MAX({','.join(parts)})"
            case "least":
                return f"MIN({','.join(parts)})"
            case "coalesce":
                made = parts[-1]
                for part in reversed(parts[:-1]):
                    made = f"IFERROR({part},{made})"
                return made
            case "sum_known":
                none = ",".join(f"ISERROR({part})" for part in parts)
                return f"IF(AND({none}),NA(),{'+'.join(f'IFERROR({part},0)' for part in parts)})"
            case "nullif":
                return f"IF(IFERROR({parts[0]}={parts[1]},FALSE),NA(),{parts[0]})"
            case "round":
                return f"ROUND({parts[0]},{round_digits(node)})"
            case "floor":
                return f"INT({parts[0]})"
            case "ceil":
                return f"-INT(-{parts[0]})"
            case _:
                return f"ABS({parts[0]})"
