"""A formula as a sentence with its values: 42 h × 150 USD/h = 6 300 USD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from breakeven.formula.language import Expression
from breakeven.formula.tree import Arithmetic, Call, Case, Comparison, IsNull, Logic, Name, Negative, Node, Not, Number
from breakeven.formula.units import unit_of, unit_symbol
from breakeven.formula.values import Values, number_of

_SIGNS = {"*": "×", "/": "÷", "-": "−", "+": "+", "<>": "≠", "<=": "≤", ">=": "≥", "AND": "and", "OR": "or"}
_FUNCTIONS = {"greatest": "max", "least": "min", "coalesce": "first known of "}
_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _SIGN, _ATOM = range(1, 9)
_SMALLEST_SHOWN = 4
"""Significant digits of numbers below 100."""


def sentence(
    expression: Expression,
    values: Values,
    units: Mapping[str, str],
    *,
    unit: str | None = None,
    currency: str | None = None,
) -> str:
    """The formula with values and short units in place of names, and what it gives; ? where something is unknown.

    `units`: the unit of each name (missing: no unit); `unit`: of the result (None: derived); `currency`: what stands
    for money.
    """
    writer = _Writer(values, units, currency)
    said = writer.write(expression.root)
    if isinstance(expression.root, Name | Number):
        return said
    derived = unit_of(expression, units, currency) if unit is None else unit
    return f"{said} = {writer.amount(number_of(expression.root, values), derived if isinstance(derived, str) else '1')}"


def number_text(value: Decimal) -> str:
    """6 300, 1 234.57, 0.0000008: thousands apart, two decimals or four significant digits, no trailing zeros."""
    if value == 0:
        return "0"
    digits = max(2, _SMALLEST_SHOWN - 1 - value.adjusted()) if abs(value) < 100 else 2
    text = f"{value.quantize(Decimal(1).scaleb(-min(digits, 12)), ROUND_HALF_UP):,f}".replace(",", " ")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "−" + text[1:] if text.startswith("-") else text


class _Writer:
    def __init__(self, values: Values, units: Mapping[str, str], currency: str | None) -> None:
        self.values, self.units, self.currency = values, units, currency

    def amount(self, value: Decimal | None, unit: str) -> str:
        symbol = unit_symbol(unit, self.currency)
        return " ".join(part for part in ("?" if value is None else number_text(value), symbol) if part)

    def write(self, node: Node, above: int = 0) -> str:
        """A node, in brackets where it binds less than what stands above it."""
        said, binding = self.said(node)
        return f"({said})" if binding < above else said

    def said(self, node: Node) -> tuple[str, int]:
        match node:
            case Number():
                return number_text(node.value), _ATOM
            case Name():
                value = self.values.get(node.name)
                unit = self.units.get(node.name, "1")
                return self.amount(value, unit), _SIGN if value is not None and value < 0 else _ATOM
            case Negative():
                return f"−{self.write(node.operand, _ATOM)}", _SIGN
            case Arithmetic():
                binding = _ADD if node.operator in ("+", "-") else _MULTIPLY
                return self.joined(node.left, node.operator, node.right, binding), binding
            case Comparison():
                return self.joined(node.left, node.operator, node.right, _COMPARE), _COMPARE
            case Logic():
                binding = _AND if node.operator == "AND" else _OR
                return self.joined(node.left, node.operator, node.right, binding), binding
            case Not(operand=IsNull(operand=operand)):
                return f"{self.write(operand, _ADD)} is known", _COMPARE
            case Not():
                return f"not {self.write(node.operand, _COMPARE)}", _NOT
            case IsNull():
                return f"{self.write(node.operand, _ADD)} is unknown", _COMPARE
            case Case():
                return self.case(node), 0
            case Call(function="sum_known"):
                known = [part for part in node.arguments if number_of(part, self.values) is not None]
                return self.sum(known or node.arguments), _ADD
            case Call(function="nullif"):
                return " unless ".join(self.write(argument, _ADD) for argument in node.arguments), 0
            case Call():
                arguments = ", ".join(self.write(argument) for argument in node.arguments)
                return f"{_FUNCTIONS.get(node.function, node.function)}({arguments})", _ATOM
        raise TypeError(f"{type(node).__name__} is not part of a formula")

    def sum(self, parts: Sequence[Node]) -> str:
        first, *others = (self.write(part, _ADD + bool(place)) for place, part in enumerate(parts))
        return " + ".join([first, *(f"({part})" if part.startswith("−") else part for part in others)])

    def joined(self, left: Node, operator: str, right: Node, binding: int) -> str:
        sign, second = _SIGNS.get(operator, operator), self.write(right, binding + 1)
        return f"{self.write(left, binding)} {sign} {f'({second})' if second.startswith('−') else second}"

    def case(self, node: Case) -> str:
        parts = [f"if {self.write(condition)} then {self.write(value, 1)}" for condition, value in node.branches]
        return ", ".join([*parts, f"else {'?' if node.otherwise is None else self.write(node.otherwise, 1)}"])
