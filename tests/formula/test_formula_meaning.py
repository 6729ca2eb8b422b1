"""The same formula, evaluated by SQL and by an independent reading, gives the same.

First random formulas and what they mean, apart from the package: a tree, its text, and its value in exact fractions. A
value carries a bound of its error: 0 but for quotients, which the language takes in floating point. Where a comparison
or a rounding would depend on that error the example is not decided (`Unsure`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
from hypothesis import event, given, reject
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import FormulaInvalid
from breakeven.formula import Evaluator, Expression, parse, sentence, why_null
from breakeven.formula.values import number_of

TINY = Fraction(1, 10**12)
ROOM = Fraction(10**26)
Tree = tuple  # ("+", left, right), ("name", "a"), ("number", "2.5"), ("case", [(condition, value)…], otherwise)…


class Unsure(Exception):
    """The example lies where the error of a quotient decides."""


@dataclass(frozen=True)
class Approximate:
    """A number and how far the true result of the engine may be from it."""

    value: Fraction
    error: Fraction = Fraction(0)


Value = Approximate | bool | None


def half_away(value: Fraction, digits: int) -> Fraction:
    scaled = abs(value) * Fraction(10) ** digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return (1 if value >= 0 else -1) * whole / Fraction(10) ** digits


def stepwise(number: Approximate, step: Callable[[Fraction], Fraction]) -> Approximate | None:
    """A function with jumps: undecided where the error reaches a jump."""
    results = {step(number.value - number.error), step(number.value), step(number.value + number.error)}
    if len(results) > 1:
        raise Unsure
    return fits(Approximate(results.pop()))


def fits(number: Approximate, room: Fraction = ROOM) -> Approximate | None:
    outside = {abs(number.value + side * number.error) >= room for side in (-1, 0, 1)}
    if len(outside) > 1:
        raise Unsure
    return None if outside.pop() else number


def places(text: str) -> int:
    return len(text.rstrip("0").partition(".")[2]) if "." in text else 0


def evaluate(tree: Tree, values: Mapping[str, Fraction | None]) -> Value:
    kind = tree[0]
    if kind == "number":
        return Approximate(Fraction(tree[1]))
    if kind == "name":
        value = values[tree[1]]
        return None if value is None else Approximate(value)
    if kind == "case":
        for condition, result in tree[1]:
            if evaluate(condition, values) is True:
                return evaluate(result, values)
        return None if tree[2] is None else evaluate(tree[2], values)
    operands = [evaluate(operand, values) for operand in tree[1:] if isinstance(operand, tuple)]
    if kind == "isnull":
        return operands[0] is None
    if kind == "coalesce":
        return next((operand for operand in operands if operand is not None), None)
    if kind == "sum_known":
        known = [operand for operand in operands if operand is not None]
        total = known[0] if known else None
        for operand in known[1:]:
            total = None if total is None else arithmetic("+", tree, [total, operand])
        return total
    if kind in ("and", "or"):
        decisive = kind == "or"
        if decisive in operands:
            return decisive
        return None if None in operands else not decisive
    if kind == "nullif":
        equal = None if None in operands else compare("=", *operands)
        return None if equal else operands[0]
    if None in operands:
        return None
    if kind == "not":
        return not operands[0]
    if kind in ("=", "<>", "<", "<=", ">", ">="):
        return compare(kind, *operands)
    return arithmetic(kind, tree, operands)


def compare(sign: str, left: Approximate, right: Approximate) -> bool:
    difference = left.value - right.value
    if (left.error or right.error) and abs(difference) <= left.error + right.error:
        raise Unsure
    return {
        "=": difference == 0,
        "<>": difference != 0,
        "<": difference < 0,
        "<=": difference <= 0,
        ">": difference > 0,
        ">=": difference >= 0,
    }[sign]


def arithmetic(kind: str, tree: Tree, operands: list[Approximate]) -> Approximate | None:
    first = operands[0]
    match kind:
        case "negative":
            return Approximate(-first.value, first.error)
        case "abs":
            return Approximate(abs(first.value), first.error)
        case "round":
            return stepwise(first, lambda value: half_away(value, tree[2]))
        case "floor":
            return stepwise(first, lambda value: Fraction(value.numerator // value.denominator))
        case "ceil":
            return stepwise(first, lambda value: Fraction(-(-value.numerator // value.denominator)))
        case "greatest" | "least":
            best = first
            for operand in operands[1:]:
                if compare(">" if kind == "greatest" else "<", operand, best):
                    best = operand
            return best
        case "+" | "-":
            value = first.value + operands[1].value if kind == "+" else first.value - operands[1].value
            return fits(Approximate(value, first.error + operands[1].error))
        case "*":
            return product(tree, *operands)
        case "/":
            return quotient(*operands)
    raise AssertionError(kind)


def product(tree: Tree, left: Approximate, right: Approximate) -> Approximate | None:
    """Exact, must fit into 38 digits at the scale of both factors, then rounded to 12 decimals."""
    literal = [side[0] == "number" for side in tree[1:]]
    scales = [
        places(side[1]) if here and not there else 12
        for side, here, there in zip(tree[1:], literal, reversed(literal), strict=True)
    ]
    error = abs(left.value) * right.error + abs(right.value) * left.error + left.error * right.error
    exact = fits(Approximate(left.value * right.value, error), Fraction(10) ** (38 - sum(scales)))
    return None if exact is None else fits(Approximate(half_away(exact.value, 12), error + TINY if error else error))


def quotient(left: Approximate, right: Approximate) -> Approximate | None:
    if right.value == 0 and right.error == 0:
        return None
    smallest = abs(right.value) - right.error
    if smallest <= 0:
        raise Unsure
    value = left.value / right.value
    error = (left.error + abs(value) * right.error) / smallest + abs(value) / 10**12 + TINY
    return fits(Approximate(value, error))


BINDING = {
    "or": 1,
    "and": 2,
    "not": 3,
    "=": 4,
    "<>": 4,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "isnull": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "negative": 7,
}


def text(tree: Tree, above: int = 0) -> str:
    """The formula's text, with brackets only where they are needed."""
    kind = tree[0]
    binding = BINDING.get(kind, 8)
    match kind:
        case "number" | "name":
            said = tree[1]
        case "case":
            branches = " ".join(f"when {text(condition)} then {text(value)}" for condition, value in tree[1])
            said = f"case {branches}{'' if tree[2] is None else f' else {text(tree[2])}'} end"
        case "negative":
            said = f"- {text(tree[1], 8)}"
        case "not":
            said = f"not {text(tree[1], 4)}"
        case "isnull":
            said = f"{text(tree[1], 5)} is null"
        case "round":
            said = f"round({text(tree[1])}, {tree[2]})"
        case _ if kind in BINDING:
            left = binding + 1 if binding == 4 else binding
            said = f"{text(tree[1], left)} {kind} {text(tree[2], binding + 1)}"
        case _:
            said = f"{kind}({', '.join(text(operand) for operand in tree[1:])})"
    return f"({said})" if binding < above else said


NAMES = ("a", "b", "cost", "date")
LITERALS = ("0", "1", "2", "3.5", "0.001", "100", "12345.678901234567", "1000000000")


@st.composite
def numbers(draw: st.DrawFn, depth: int = 4) -> Tree:
    kinds = ["name", "number"]
    if depth:
        kinds += [
            "+",
            "-",
            "*",
            "/",
            "greatest",
            "least",
            "coalesce",
            "sum_known",
            "nullif",
            "case",
            "negative",
            "abs",
            "round",
            "floor",
            "ceil",
        ]
    kind = draw(st.sampled_from(kinds))
    below = numbers(depth=depth - 1)
    match kind:
        case "name":
            return "name", draw(st.sampled_from(NAMES))
        case "number":
            return "number", draw(st.sampled_from(LITERALS))
        case "negative" | "abs" | "floor" | "ceil":
            return kind, draw(below)
        case "round":
            return kind, draw(below), draw(st.integers(-3, 12))
        case "case":
            branches = draw(st.lists(st.tuples(conditions(depth=depth - 1), below), min_size=1, max_size=2))
            return kind, branches, draw(st.none() | below)
        case "greatest" | "least" | "coalesce" | "sum_known":
            return kind, *draw(st.lists(below, min_size=2, max_size=3))
        case _:
            return kind, draw(below), draw(below)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> Tree:
    kinds = ["=", "<>", "<", "<=", ">", ">=", "isnull"] + (["and", "or", "not"] if depth else [])
    kind = draw(st.sampled_from(kinds))
    below = max(depth - 1, 0)
    if kind in ("and", "or"):
        return kind, draw(conditions(depth=below)), draw(conditions(depth=below))
    if kind == "not":
        return kind, draw(conditions(depth=below))
    if kind == "isnull":
        return kind, draw(numbers(depth=below))
    return kind, draw(numbers(depth=below)), draw(numbers(depth=below))


def amounts() -> st.SearchStrategy[Fraction | None]:
    """Unknown, small, ordinary and very large amounts with up to 12 decimals."""
    whole = st.sampled_from([Fraction(0), Fraction(1), Fraction(-3), Fraction(5, 2), TINY, Fraction(10**13)])
    digits, scales = st.integers(-(10**18), 10**18), st.integers(0, 12)
    any_size = st.builds(lambda digits, scale: Fraction(digits, 10**scale), digits, scales)
    return st.none() | whole | any_size


rows_of_values = st.lists(st.fixed_dictionaries({name: amounts() for name in NAMES}), min_size=4, max_size=4)


def read(tree: Tree) -> Expression:
    """The package's reading of the tree's text; a tree that is too large for it is passed over."""
    formula = text(tree)
    try:
        return parse(formula)
    except FormulaInvalid as refused:
        if "parts once compiled" not in str(refused):
            raise
        reject()


def decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else Decimal(int(value * 10**12)).scaleb(-12)


@examples(250)
@given(tree=numbers(), rows=rows_of_values)
def test_sql_gives_what_the_formula_means(
    evaluator: Evaluator, tree: Tree, rows: list[dict[str, Fraction | None]]
) -> None:
    expression = read(tree)
    columns = {name: pa.array([decimal(row[name]) for row in rows], pa.decimal128(38, 12)) for name in NAMES}
    found = evaluator.evaluate({"result": expression}, pa.table(columns))["result"].to_pylist()
    for row, result in zip(rows, found, strict=True):
        try:
            wanted = evaluate(tree, row)
        except Unsure:
            event("depends on the error of a quotient")
            continue
        assert not isinstance(wanted, bool)
        explained = number_of(expression.root, {name: decimal(value) for name, value in row.items()})
        if wanted is None:
            assert result is None
            assert explained is None
        else:
            event("exact" if wanted.error == 0 else "with a quotient")
            assert result is not None
            assert abs(Fraction(result) - wanted.value) <= wanted.error
            assert explained is not None
            assert abs(Fraction(explained) - wanted.value) <= wanted.error


@examples(150)
@given(tree=numbers(), row=st.fixed_dictionaries({name: amounts() for name in NAMES}))
def test_a_formula_without_a_value_has_a_reason(tree: Tree, row: dict[str, Fraction | None]) -> None:
    expression = read(tree)
    values = {name: decimal(value) for name, value in row.items()}
    reason = why_null(expression, values)
    assert (reason is None) == (number_of(expression.root, values) is not None)
    assert reason != ""
    assert sentence(expression, values, {})
