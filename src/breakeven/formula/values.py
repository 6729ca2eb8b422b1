"""What a formula gives for known values, in Decimal: for readings that show or explain one figure.

Figures themselves are always made by SQL (`sql.py`); this follows the same rules, so that an explanation does not
contradict what it explains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from breakeven.formula.sql import literal_scale, round_digits
from breakeven.formula.tree import Arithmetic, Call, Case, Comparison, IsNull, Logic, Name, Negative, Node, Not, Number

Values = Mapping[str, Decimal | None]
Value = Decimal | bool | None

_CONTEXT = Context(prec=100)
_STEP = Decimal("1e-12")
_LIMIT = Decimal(10) ** 26


def value_of(node: Node, values: Values) -> Value:
    """The value of a node; None where it is unknown. A name that is not in `values` is unknown."""
    match node:
        case Number():
            return node.value
        case Name():
            return values.get(node.name)
        case Negative():
            operand = number_of(node.operand, values)
            return None if operand is None else -operand
        case Arithmetic():
            return _arithmetic(node, values)
        case Comparison():
            left, right = number_of(node.left, values), number_of(node.right, values)
            return None if left is None or right is None else _compare(node.operator, left, right)
        case Logic():
            return _logic(node.operator, truth_of(node.left, values), truth_of(node.right, values))
        case Not():
            truth = truth_of(node.operand, values)
            return None if truth is None else not truth
        case IsNull():
            return value_of(node.operand, values) is None
        case Case():
            chosen = branch(node, values)
            return None if chosen is None else value_of(chosen, values)
        case Call():
            return _call(node, values)
    raise TypeError(f"{type(node).__name__} is not part of a formula")


def number_of(node: Node, values: Values) -> Decimal | None:
    """The value of a node that gives a number."""
    value = value_of(node, values)
    return value if isinstance(value, Decimal) else None


def truth_of(node: Node, values: Values) -> bool | None:
    """The value of a condition."""
    value = value_of(node, values)
    return value if isinstance(value, bool) else None


def branch(node: Case, values: Values) -> Node | None:
    """The result of a CASE that applies."""
    for condition, result in node.branches:
        if truth_of(condition, values):
            return result
    return node.otherwise


def _fitting(value: Decimal) -> Decimal | None:
    """Rounded to 12 decimals, halves away from zero; None where it does not fit."""
    rounded = value.quantize(_STEP, ROUND_HALF_UP, _CONTEXT)
    return rounded if abs(rounded) < _LIMIT else None


def _arithmetic(node: Arithmetic, values: Values) -> Decimal | None:
    left, right = number_of(node.left, values), number_of(node.right, values)
    if left is None or right is None:
        return None
    match node.operator:
        case "+":
            return _fitting(_CONTEXT.add(left, right))
        case "-":
            return _fitting(_CONTEXT.subtract(left, right))
        case "*":
            product = _CONTEXT.multiply(left, right)
            return _fitting(product) if abs(product) < Decimal(10) ** (38 - _product_scale(node)) else None
        case _:
            return None if right == 0 else _fitting(Decimal(float(left) / float(right)))


def _product_scale(node: Arithmetic) -> int:
    """Decimals of the product before it is rounded: DECIMAL(38, scale) is where it must fit."""
    left, right = node.left, node.right
    if isinstance(left, Number) and not isinstance(right, Number):
        return literal_scale(left) + 12
    if isinstance(right, Number) and not isinstance(left, Number):
        return literal_scale(right) + 12
    return 24


def _compare(operator: str, left: Decimal, right: Decimal) -> bool:
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _logic(operator: str, left: bool | None, right: bool | None) -> bool | None:
    decisive = operator == "OR"
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def _call(node: Call, values: Values) -> Decimal | None:
    arguments = [number_of(argument, values) for argument in node.arguments]
    if node.function == "coalesce":
        return next((argument for argument in arguments if argument is not None), None)
    first = arguments[0]
    if node.function == "sum_known":
        return _sum_known(arguments)
    if node.function == "nullif":
        return None if first is not None and first == arguments[1] else first
    known = [argument for argument in arguments if argument is not None]
    if first is None or len(known) < len(arguments):
        return None
    match node.function:
        case "greatest":
            return max(known)
        case "least":
            return min(known)
        case "abs":
            return abs(first)
        case "round":
            return _fitting(first.quantize(Decimal(1).scaleb(-round_digits(node)), ROUND_HALF_UP, _CONTEXT))
        case "floor":
            return _fitting(first.to_integral_value(ROUND_FLOOR))
        case _:
            return _fitting(first.to_integral_value(ROUND_CEILING))


def _sum_known(arguments: Sequence[Decimal | None]) -> Decimal | None:
    known = [argument for argument in arguments if argument is not None]
    total = known[0] if known else None
    for argument in known[1:]:
        total = None if total is None else _fitting(_CONTEXT.add(total, argument))
    return total
