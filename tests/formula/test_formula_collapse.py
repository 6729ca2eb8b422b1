"""A formula as terms gives what the formula gives, for every row and every value of what varies."""

from __future__ import annotations

from decimal import Decimal
from itertools import product as crossed

import pyarrow as pa
import pytest

from breakeven.formula import COHORT, PART, SCALE, TIMES, VECTOR, Evaluator, collapse, parse, product

D = Decimal
VALUES = (None, D(0), D(1), D("2.5"), D(-3))
"""What each constant of a row may be."""

TERMS = {
    "hours * rate * share": [("rate", "share")],
    "hours * rate + fee": [("rate",), ()],
    "(hours + rate) * share": [("share",), ("rate", "share")],
    "rate * rate * hours": [("rate", "rate")],
    "-(hours - rate) / 4": [(), ("rate",)],
    "CASE WHEN hours = 0 THEN 0 ELSE hours * rate END": [(), ("rate",)],
    "CASE WHEN hours > 1 THEN rate WHEN fee > 0 THEN fee * share END": [("rate",), ("share",)],
    "sum_known(hours * rate, fee)": [("rate",), ()],
    "sum_known(hours * rate, fee * share, hours)": [("rate",), ("share",), ()],
    "coalesce(hours * rate, fee, share)": [("rate",), (), ("share",)],
    "CASE WHEN rate IS NULL THEN fee ELSE hours * rate END": [(), ("rate",)],
    "greatest(0, hours - fee) * rate": [("rate",)],
    "nullif(hours, 0) * rate": [("rate",)],
    "hours * fee": [()],
    "if(hours > fee, rate, 2 * rate)": [("rate",), ("rate",)],
    "greatest(0, rate - hours)": [(), ()],
    "greatest(hours, fee - rate, 2) * share": [("share",), ("share",)],
    "least(rate, hours) * fee": [(), ()],
    "sum_known(least(rate * hours - 1, 3), fee)": [(), (), ()],
    "greatest(hours, sum_known(rate, fee))": [(), ()],
    "-greatest(0, 3 - hours * rate) * fee + share": [(), (), ("share",)],
}
"""Formula → the products of varying names in its terms."""

NONE = (
    "greatest(0, rate - share)",
    "greatest(rate, share)",
    "greatest(0, rate * share)",
    "greatest(0, rate - hours) * greatest(0, share - 1)",
    "greatest(1, greatest(0, rate - hours))",
    "hours / rate",
    "abs(rate)",
    "round(rate * hours)",
    "nullif(rate, hours)",
    "CASE WHEN rate > 100 THEN hours ELSE fee END",
    "coalesce(hours / rate, fee)",
    "CASE WHEN (hours / (rate - fee)) IS NULL THEN 1 ELSE rate END",
    "fee * floor(share)",
)


def every_row() -> pa.Table:
    """All combinations of known and unknown inputs."""
    names = ("hours", "fee", "rate", "share")
    rows = [dict(zip(names, row, strict=True)) for row in crossed(VALUES, repeat=4)]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.decimal128(38, 12)) for name in names]))


@pytest.mark.parametrize("formula", TERMS)
def test_the_terms_of_a_formula(formula: str) -> None:
    found = collapse(parse(formula), {"rate", "share"})
    assert found is not None
    assert [term.factors for term in found] == TERMS[formula]


@pytest.mark.parametrize("formula", NONE)
def test_what_is_no_sum_of_terms_is_said_to_be_none(formula: str) -> None:
    assert collapse(parse(formula), {"rate", "share"}) is None


@pytest.mark.parametrize("formula", TERMS)
def test_terms_add_up_to_the_formula(formula: str, evaluator: Evaluator) -> None:
    """Over all combinations of known and unknown constants: coefficients × values is what the formula gives."""
    table = every_row()
    rows = table.to_pylist()
    expression = parse(formula)
    wanted = evaluator.evaluate({"x": expression}, table)["x"].to_pylist()
    terms = collapse(expression, {"rate", "share"})
    assert terms is not None
    formulas = {f"c{i}": term.coefficient for i, term in enumerate(terms)}
    bent = [(i, term.hinge) for i, term in enumerate(terms) if term.hinge is not None]
    formulas |= {f"slope{i}": hinge.slope for i, hinge in bent} | {f"offset{i}": hinge.offset for i, hinge in bent}
    made = evaluator.doubles(formulas, table).to_pylist()
    for row, coefficients, value in zip(rows, made, wanted, strict=True):
        if value is None:
            continue  # a row that is unknown is not added up
        total = 0.0
        for i, term in enumerate(terms):
            amount = coefficients[f"c{i}"] or 0.0
            for name in term.factors:
                amount *= float(row[name] or 0)
            if term.hinge is not None:
                line = (coefficients[f"slope{i}"] or 0) * float(row[term.hinge.name] or 0)
                amount *= max(0.0, line + (coefficients[f"offset{i}"] or 0))
            total += amount
        assert total == pytest.approx(float(value), abs=1e-9), row


def test_definitions_are_looked_into(evaluator: Evaluator) -> None:
    parts = {"value": parse("hours * rate"), "twice": parse("value + value")}
    terms = collapse(parse("sum_known(twice, fee) * share"), {"rate", "share"}, parts)
    assert terms is not None
    assert {term.factors for term in terms} == {("rate", "share"), ("share",)}
    table = pa.table({"hours": [2.0], "fee": [5.0], "twice": [7.0]})  # the column only says that it is known
    made = evaluator.doubles({f"c{i}": term.coefficient for i, term in enumerate(terms)}, table).to_pylist()[0]
    total = sum(made[f"c{i}"] * (10 if "rate" in term.factors else 1) * 3 for i, term in enumerate(terms))
    assert total == (2 * 2 * 10 + 5) * 3


def test_an_unknown_definition_in_a_known_sum_adds_nothing(evaluator: Evaluator) -> None:
    """hours is unknown, so value is, although fee is known: sum_known takes neither part of it."""
    parts = {"value": parse("hours * rate + fee")}
    terms = collapse(parse("sum_known(value, fixed)"), {"rate"}, parts)
    assert terms is not None
    unknown = pa.array([None], pa.float64())
    table = pa.table({"hours": unknown, "fee": [9.0], "fixed": [4.0], "value": unknown})
    made = evaluator.doubles({f"c{i}": term.coefficient for i, term in enumerate(terms)}, table).to_pylist()[0]
    assert sum(amount or 0 for amount in made.values()) == 4


def test_too_many_terms_are_none() -> None:
    assert collapse(parse("(a + b + c + d) * (a + b + c + d) * (a + b + c + d) * (a + b + c + d)"), set("abcd")) is None


def test_a_further_factor() -> None:
    assert product(parse("a + b"), "weight of x").names == ("a", "b", "weight of x")


@pytest.mark.parametrize("formula", [*TERMS, *NONE])
def test_doubles_follow_the_same_rules(formula: str, evaluator: Evaluator) -> None:
    """In DOUBLE a formula is known in the same rows, and as large."""
    table = every_row()
    exact = evaluator.evaluate({"x": parse(formula)}, table)["x"].to_pylist()
    double = evaluator.doubles({"x": parse(formula)}, table)["x"].to_pylist()
    assert [one is None for one in exact] == [one is None for one in double]
    known = [(float(one), other) for one, other in zip(exact, double, strict=True) if one is not None]
    assert [other for _, other in known] == pytest.approx([one for one, _ in known], abs=1e-9)


def test_rows_and_vectors_are_crossed_and_added_up_by_part(evaluator: Evaluator) -> None:
    """greatest(0, before − now) × rate: rows in two parts, each cohort with its own values of `before`."""
    rows = pa.table({
        COHORT: [0, 0, 1], PART: [0, 7, 7], TIMES: [1, 2, 1], "now": [1.0, 5.0, 2.0],
        SCALE + "before": pa.array([1.0, 0.5, None], pa.float64()),
    })  # fmt: skip
    vectors = pa.table({COHORT: [0, 0, 1, 1], VECTOR: [0, 1, 0, 1], "before": [4.0, 20.0, 9.0, 9.0]})
    (answer,) = evaluator.crossed({"x": parse("greatest(0, before - now) * 10")}, "x", rows, [vectors], ("before",))
    found = {(row[PART], row[VECTOR]): row["x"] for row in answer.to_pylist()}
    # row 2: 4 × 0.5 − 5 is below 0, 20 × 0.5 − 5 = 5, twice; row 3: what is unknown adds nothing
    assert found == {(0, 0): 30.0, (0, 1): 190.0, (7, 0): 0.0, (7, 1): 100.0}
