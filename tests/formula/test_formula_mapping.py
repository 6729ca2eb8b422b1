from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import FormulaInvalid
from breakeven.formula import MAPPING, mapping_fault_sql, parse, to_mapping_sql
from breakeven.formula.sql import quote


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    yield connection
    connection.close()


def run(
    database: duckdb.DuckDBPyConnection, mapping: str, row: dict[str, str | None], **options: bool
) -> tuple[str | None, str | None]:
    """The value as text, and the text that could not be read."""
    expression = parse(mapping, profile=MAPPING)
    value = to_mapping_sql(expression, row, **options)
    fault = mapping_fault_sql(expression, row, **options) or "NULL"
    names = list(row)
    columns = ", ".join(f"CAST(? AS VARCHAR) AS {quote(name)}" for name in names)
    found = database.execute(f"SELECT CAST({value} AS VARCHAR), {fault} FROM (SELECT {columns})", list(row.values()))
    result = found.fetchone()
    assert result is not None
    return result[0], result[1]


def test_mappings(mapping_case: dict[str, Any], database: duckdb.DuckDBPyConnection) -> None:
    if "says" in mapping_case:
        with pytest.raises(FormulaInvalid) as caught:
            to_mapping_sql(parse(mapping_case["map"], profile=MAPPING), mapping_case["row"])
        assert mapping_case["says"] in str(caught.value)
    else:
        found = run(database, mapping_case["map"], mapping_case["row"])
        assert found == (mapping_case["gives"], mapping_case.get("fault"))


def test_a_missing_column_is_reported_with_those_there_are() -> None:
    with pytest.raises(FormulaInvalid) as caught:
        to_mapping_sql(parse("cots * usage", profile=MAPPING), ["cost", "other"])
    assert [p.message for p in caught.value.problems] == ["there is no column cots", "there is no column usage"]
    assert caught.value.problems[0].hint == "did you mean cost? valid: cost, other"


def test_names_are_found_as_written_before_they_are_found_in_another_case() -> None:
    assert to_mapping_sql(parse("Cost", profile=MAPPING), ["cost", "Cost"]) == '"Cost"'
    assert to_mapping_sql(parse("COST", profile=MAPPING), ["cost", "other"]) == '"cost"'


def test_decimal_commas(database: duckdb.DuckDBPyConnection) -> None:
    assert run(database, "qty * 2", {"qty": "1.234,5"}, decimal_comma=True) == ("2469.000000000000", None)
    assert run(database, "hours(qty)", {"qty": "1,5"}, decimal_comma=True) == ("1.500000000000", None)


def test_times_without_an_offset_are_in_the_zone_of_the_connection() -> None:
    row: dict[str, str | None] = {"t": "2026-07-01 12:00", "z": "2026-07-01T12:00:00Z", "ms": "1782907200000"}
    with duckdb.connect(":memory:") as berlin:
        berlin.execute("SET TimeZone = 'Europe/Berlin'")
        assert run(berlin, "CAST(t AS timestamp)", row)[0] == "2026-07-01 12:00:00+02"
        assert run(berlin, "CAST(z AS timestamp)", row)[0] == "2026-07-01 14:00:00+02"
        assert run(berlin, "epoch_ms(ms)", row)[0] == "2026-07-01 14:00:00+02"
        assert run(berlin, "date_diff('hour', t, z)", row)[0] == "2"
        assert run(berlin, "date_diff('hour', strptime(t, '%Y-%m-%d %H:%M'), z)", row)[0] == "2"


def test_a_native_column_is_given_as_it_is(database: duckdb.DuckDBPyConnection) -> None:
    relation = "(SELECT 1.5::DOUBLE AS x, TIMESTAMP '2026-01-01' AS t)"
    kinds = {"x": "DOUBLE", "t": "TIMESTAMP", "x * 2": "DECIMAL(38,12)", "cast(t as date)": "DATE"}
    for mapping, kind in kinds.items():
        sql = to_mapping_sql(parse(mapping, profile=MAPPING), ["x", "t"])
        assert database.execute(f"SELECT typeof({sql}) FROM {relation}").fetchall() == [(kind,)]


_HARD = ("", "1:30", "2026-01-01", "1e99", "-0:01", "nan", "{", "٣", "1" * 60, ":", "::", "294247-01-10")
_TEXTS = st.text(max_size=12) | st.sampled_from(_HARD)
_MAPPINGS = (
    "x * 2 + 1 / x",
    "hours(x)",
    "cast(x as integer)",
    "cast(x as timestamp)",
    "strptime(x, '%Y-%m-%d')",
    "epoch_ms(x)",
    "to_timestamp(x)",
    "date_trunc('day', x)",
    "date_diff('second', x, y)",
    "json_extract_string(x, '$.a')",
    "substr(x, y)",
    "split_part(x, y, y)",
    "concat(x, y) || lower(y)",
    "greatest(x, 0) > round(y, 2)",
    "regexp_replace(x, '[^0-9]+', '')",
    "case when x in (1, 2) then y else 3 end",
    "x between y and 7",
    "nullif(x, 0)",
    "x like y",
    "cast(x as boolean)",
    "cast(x as date)",
    "length(x) / y",
    "trim(x, y)",
)


@examples(120)
@given(x=_TEXTS, y=_TEXTS, mapping=st.sampled_from(_MAPPINGS))
def test_no_text_in_a_file_stops_a_mapping(database: duckdb.DuckDBPyConnection, x: str, y: str, mapping: str) -> None:
    """What cannot be read is NULL, with the text as the fault, and never an error."""
    row: dict[str, str | None] = {"x": x.replace("\0", ""), "y": y.replace("\0", "")}
    _, fault = run(database, mapping, row)
    assert fault in (None, *row.values())
