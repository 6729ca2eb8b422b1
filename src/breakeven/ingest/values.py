"""How a value becomes a field's type, as SQL: text as people and programs write it, or a column's own type.

Every expression gives NULL where the value is not of the type; nothing is rounded or guessed on the way, but that money
keeps 12 decimals (half away from zero) and time keeps microseconds.
"""

from __future__ import annotations

import pyarrow as pa

from breakeven.facts import MONEY_SCALE, MONEY_WIDTH, Column, ColumnType

MONEY = f"DECIMAL({MONEY_WIDTH}, {MONEY_SCALE})"
JSON_FIELDS = ("labels", "usage")
"""Text fields that hold a JSON object."""
BLANKS = "' \t\r\n\u00a0\ufeff'"
EARLIEST = "TIMESTAMPTZ '1970-01-01 00:00:00+00'"
LATEST = "TIMESTAMPTZ '9999-12-31 00:00:00+00'"


def is_text(arrow: pa.DataType) -> bool:
    """Whether a staging column holds text (which has to be read) rather than values of a type."""
    if pa.types.is_dictionary(arrow):
        return is_text(arrow.value_type)
    return bool(pa.types.is_string(arrow) or pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow))


def as_text(column: str, arrow: pa.DataType) -> str:
    """A staging column as trimmed text, blank being NULL; nested values as JSON."""
    if is_text(arrow):
        return f"nullif(trim(CAST({column} AS VARCHAR), {BLANKS}), '')"
    if pa.types.is_nested(arrow):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if pa.types.is_floating(arrow):  # what some readers give a whole number in a column with gaps
        return f"CASE WHEN isfinite({column}) THEN regexp_replace(CAST({column} AS VARCHAR), '\\.0$', '') END"
    return f"CAST({column} AS VARCHAR)"


def as_field(field: Column, value: str, arrow: pa.DataType) -> tuple[dict[str, str], str]:
    """SQL that reads `value` (trimmed text for text columns, else the column itself) as the field's type.

    Gives the parts that are computed first, by name, and the expression over them: a part that stands in several
    branches would be computed in each.
    """
    match field.type:
        case ColumnType.TEXT:
            return {}, _choice(field, value) if field.choices else value
        case ColumnType.INTEGER:
            return _integer(field.name, value, arrow)
        case ColumnType.FLOAT:
            number = f"{field.name}#"
            return {number: f"TRY_CAST({value} AS DOUBLE)"}, f"CASE WHEN isfinite({_q(number)}) THEN {_q(number)} END"
        case ColumnType.MONEY:
            # The shortest text of a binary number is what its writer meant; its exact value has noise behind it.
            shown = f"CAST({value} AS VARCHAR)" if pa.types.is_floating(arrow) else value
            return {}, f"TRY_CAST({shown} AS {MONEY})"
        case ColumnType.INSTANT:
            return _instant(field.name, value, arrow)
        case ColumnType.BOOLEAN:
            return {}, f"TRY_CAST({value} AS BOOLEAN)" if not is_text(arrow) else _boolean(value)


def _q(part: str) -> str:
    return f'"{part}"'


def _choice(field: Column, value: str) -> str:
    """The canonical spelling of a choice; what is not a choice stays, for the check to name it."""
    fold = "upper" if all(choice == choice.upper() for choice in field.choices) else "lower"
    return f"{fold}({value})"


def _integer(field: str, value: str, arrow: pa.DataType) -> tuple[dict[str, str], str]:
    if pa.types.is_integer(arrow) or pa.types.is_boolean(arrow):
        return {}, f"TRY_CAST({value} AS BIGINT)"
    whole, number = f"{field}#", f"{field}##"
    parts = {whole: f"TRY_CAST({value} AS BIGINT)", number: f"TRY_CAST({value} AS DOUBLE)"}
    return parts, f"CASE WHEN CAST({_q(whole)} AS DOUBLE) = {_q(number)} THEN {_q(whole)} END"


def _boolean(value: str) -> str:
    return (f"CASE WHEN lower({value}) IN ('true', 't', 'yes', 'y', '1') THEN true"
            f" WHEN lower({value}) IN ('false', 'f', 'no', 'n', '0') THEN false END")  # fmt: skip


def _instant(field: str, value: str, arrow: pa.DataType) -> tuple[dict[str, str], str]:
    moment = f"{field}#"
    inside = f"{_q(moment)} BETWEEN {EARLIEST} AND {LATEST}"
    if pa.types.is_timestamp(arrow) or pa.types.is_date(arrow):
        # A time without a zone is local: the session's time zone is the workspace's.
        plain = value if pa.types.is_timestamp(arrow) and arrow.tz is not None else f"TRY_CAST({value} AS TIMESTAMP)"
        return {moment: f"TRY_CAST({plain} AS TIMESTAMPTZ)"}, f"CASE WHEN {inside} THEN {_q(moment)} END"
    shown = value if is_text(arrow) else f"CAST({value} AS VARCHAR)"
    # The engine also reads words such as `epoch`: a time begins with a digit.
    read = f"CASE WHEN ascii({shown}) BETWEEN 48 AND 57 THEN TRY_CAST({shown} AS TIMESTAMPTZ) END"
    return {moment: read}, (
        f"CASE WHEN {inside} THEN {_q(moment)}"
        f" WHEN {_q(moment)} IS NULL AND regexp_full_match({shown}, '\\d{{9,19}}(\\.\\d+)?') THEN {_epoch(shown)} END"
    )


def _epoch(shown: str) -> str:
    """Seconds, milli-, micro- or nanoseconds since 1970, told apart by the number of digits."""
    whole = f"split_part({shown}, '.', 1)"
    factor = f"CASE WHEN length({whole}) <= 11 THEN 1000000 WHEN length({whole}) <= 14 THEN 1000 ELSE 1 END"
    exact = f"TRY_CAST({whole} AS BIGINT)"
    return (f"make_timestamptz(CASE WHEN length({whole}) > 17 THEN {exact} // 1000"
            f" WHEN length({whole}) > 14 THEN {exact}"
            f" ELSE CAST(round(TRY_CAST({shown} AS DOUBLE) * {factor}) AS BIGINT) END)")  # fmt: skip
