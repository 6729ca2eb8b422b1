from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from breakeven.errors import FormulaInvalid, UnknownName
from breakeven.formula import Evaluator, compile_select, parse


def test_definitions_use_earlier_ones_and_keys_pass_through(evaluator: Evaluator) -> None:
    table = pa.table(
        {
            "month": ["2026-01", "2026-02", "2026-03"],
            "hours": pa.array([Decimal(10), None, Decimal(2)], pa.decimal128(38, 12)),
            "rate": pa.array([150, 150, 100]),
            "unused": [1, 2, 3],
        }
    )
    definitions = {"value": parse("hours * rate"), "double": parse("value * 2"), "both": parse("value + double")}
    result = evaluator.evaluate(definitions, table, ["month"])
    assert result.column_names == ["month", "value", "double", "both"]
    assert result["month"].to_pylist() == ["2026-01", "2026-02", "2026-03"]
    assert result["both"].to_pylist() == [Decimal(4500), None, Decimal(600)]
    assert result.schema.field("both").type == pa.decimal128(38, 12)


def test_sixty_definitions_that_use_each_other_twice_do_not_blow_up(evaluator: Evaluator) -> None:
    definitions = {"d0": parse("a")}
    definitions |= {f"d{i}": parse(f"d{i - 1} + d{i - 1} / 2 - d{max(0, i - 2)}") for i in range(1, 60)}
    assert len(compile_select(definitions, "x")) < 20_000
    start = time.perf_counter()
    result = evaluator.evaluate(definitions, pa.table({"a": [1, 2]}))
    assert time.perf_counter() - start < 5
    assert result.num_columns == 60


def test_one_statement() -> None:
    statement = compile_select({"x": parse("a + 1"), "y": parse("x * 2")}, 'rela"tion', ["k"])
    assert len(duckdb.extract_statements(statement)) == 1
    assert '"rela""tion"' in statement


def test_rows_keep_their_order_and_plans_are_used_again(evaluator: Evaluator) -> None:
    definitions = {"x": parse("a * 2")}
    for size in (10_000, 3, 0, 10_000):
        table = pa.table({"k": range(size), "a": range(size)})
        result = evaluator.evaluate(definitions, table, ["k"])
        assert result["k"].to_pylist() == list(range(size))
        assert [int(v) for v in result["x"].to_pylist()] == [2 * i for i in range(size)]


def test_many_plans_and_other_types_of_the_same_columns(evaluator: Evaluator) -> None:
    for i in range(40):
        assert evaluator.evaluate({"x": parse(f"a + {i}")}, pa.table({"a": [1]}))["x"].to_pylist() == [1 + i]
    floats = pa.table({"a": [1.5, float("nan"), float("inf")]})
    assert evaluator.evaluate({"x": parse("a + 0")}, floats)["x"].to_pylist() == [Decimal("1.5"), None, None]


def test_formulas_without_inputs(evaluator: Evaluator) -> None:
    assert evaluator.evaluate({"x": parse("1 + 1")}, pa.table({"a": [1, 2]}))["x"].to_pylist() == [2, 2]


def test_threads_share_an_evaluator(evaluator: Evaluator) -> None:
    def run(i: int) -> bool:
        result = evaluator.evaluate({"x": parse(f"a * {i % 5}")}, pa.table({"a": range(1000)}))
        return [int(v) for v in result["x"].to_pylist()] == [a * (i % 5) for a in range(1000)]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(run, range(60)))


def test_a_missing_input_is_named(evaluator: Evaluator) -> None:
    with pytest.raises(UnknownName, match="unknown input 'hours'"):
        evaluator.evaluate({"x": parse("hours + 1")}, pa.table({"hour": [1]}))


def test_a_definition_cannot_use_a_later_one() -> None:
    with pytest.raises(FormulaInvalid, match="a uses b, which is not computed before it"):
        compile_select({"a": parse("b + 1"), "b": parse("1")}, "x")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/formula-was-here.csv'",
        "ATTACH '/tmp/formula-was-here.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_its_database_reaches_nothing(evaluator: Evaluator, statement: str) -> None:
    with pytest.raises(duckdb.Error):
        evaluator._cursor().execute(statement)


def test_it_begins_with_the_first_formula_and_anew_after_its_end() -> None:
    evaluator, table = Evaluator(threads=1), pa.table({"a": [1]})
    assert evaluator._connection is None
    first = evaluator.evaluate({"b": parse("a + 1")}, table)
    evaluator.close()
    assert evaluator._connection is None
    assert evaluator.evaluate({"b": parse("a + 1")}, table) == first
    evaluator.close()
    Evaluator().close()
