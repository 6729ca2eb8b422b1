"""Columns that are right as a whole, seen at a glance: most data are clean, and whole columns are judged in one call.

A column is settled when every value of it is of the field's type and passes every check of its own; then it needs no
step that looks at single values. What is not settled here is not wrong: it goes through the engine, row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import LARGEST_AMOUNT, TIME_FIELD, Column, ColumnType, columns
from breakeven.ingest.checks import FUTURE, LONGEST_NAME, LONGEST_TEXT, SAYING, SPANS
from breakeven.ingest.values import JSON_FIELDS, is_text
from breakeven.money import CURRENCIES

_TYPES = {
    ColumnType.INTEGER: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.MONEY: pa.decimal128(38, 12),
    ColumnType.INSTANT: pa.timestamp("us", tz="UTC"),
    ColumnType.BOOLEAN: pa.bool_(),
}
_FIRST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_FEW_VALUES = 1_000
"""Distinct values up to which they are compared with a list."""


def settled(
    kind: str, staged: pa.Table, *, now: datetime, projects: Collection[str] | None, sure: Collection[str] = ()
) -> dict[str, pa.ChunkedArray]:
    """The settled columns of a staging relation, in the types of their fields.

    `projects` are the only valid projects, None accepts any; `sure` are fields that were checked when they were read.
    """
    sent = dict(zip(staged.column_names, staged.columns, strict=True))  # to ask a table for each costs more
    if "malformed" in sent:
        return {}
    found: dict[str, pa.ChunkedArray] = {}
    for column in columns(kind):
        if column.name in sent:
            known = column.name in sure and not (column.name == "project" and projects is not None)
            values = sent[column.name] if known else _settled(column, sent[column.name], projects)
            if values is not None and not (column.required and column.name != "source" and values.null_count):
                found[column.name] = values
    time = found.get(TIME_FIELD[kind])
    if time is not None and pc.max(time).as_py() > now + FUTURE:
        del found[TIME_FIELD[kind]]
    for group in _together(kind):
        if group <= sent.keys() and not (group <= set(found) and _agree(kind, found)):
            found = {name: values for name, values in found.items() if name not in group}
    if kind == "outcome" and all(found[name].null_count for name in SAYING if name in found):
        # Some row may say nothing at all; the id of its interaction is looked at too, as all the others may be missing.
        found = {name: values for name, values in found.items() if name not in (*SAYING, "interaction")}
    return found


def trimmed(texts: Mapping[str, pa.Array]) -> set[str]:
    """Names of the columns of texts in which no value has blanks around it."""
    if not texts or _is_trimmed(pa.concat_arrays(texts.values())):  # most are, and one call costs less than several
        return set(texts)
    return {name for name, values in texts.items() if _is_trimmed(values)}


def _is_trimmed(values: pa.Array | pa.ChunkedArray) -> bool:
    return pc.all(pc.equal(pc.utf8_trim_whitespace(values), values)).as_py() is not False


def _together(kind: str) -> list[set[str]]:
    """Fields that are checked against each other."""
    pairs = {"survey": {"kind", "score"}, "interaction": {"input_tokens", "cached_tokens"}}
    return [set(group) for group in (SPANS.get(kind), pairs.get(kind)) if group]


def _agree(kind: str, found: Mapping[str, pa.ChunkedArray]) -> bool:
    if kind == "survey":
        return False
    low, high = SPANS.get(kind, ("cached_tokens", "input_tokens"))
    return pc.any(pc.greater(found[low], found[high])).as_py() is not True


def _settled(column: Column, values: pa.ChunkedArray, projects: Collection[str] | None) -> pa.ChunkedArray | None:
    if column.name in JSON_FIELDS:
        return values if is_text(values.type) and _are_objects(values) else None
    if column.type == ColumnType.TEXT:
        return values if _is_clean(column, values, projects) else None
    read = _read(column, values)
    if read is None or column.type == ColumnType.BOOLEAN:
        return read
    limits = pc.min_max(read).as_py()
    least, most = limits["min"], limits["max"]
    if least is None:
        return None
    if column.type == ColumnType.FLOAT and not pc.all(pc.is_finite(read)).as_py():
        return None
    if column.type == ColumnType.INSTANT:
        return read if least >= _FIRST and most.year < 9999 else None
    if column.type == ColumnType.MONEY and max(abs(least), abs(most)) > LARGEST_AMOUNT:
        return None
    within = (column.minimum is None or least >= column.minimum) and (column.maximum is None or most <= column.maximum)
    return read if within else None


def _read(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The values in the field's type, where the whole column can be read exactly."""
    wanted = _TYPES[column.type]
    if values.type == wanted:
        return values
    integers = pa.types.is_integer(values.type) and column.type in (ColumnType.INTEGER, ColumnType.FLOAT)
    zoned = pa.types.is_timestamp(values.type) and values.type.tz is not None and column.type == ColumnType.INSTANT
    decimals = pa.types.is_decimal(values.type) and column.type == ColumnType.MONEY
    written = is_text(values.type) and not pa.types.is_dictionary(values.type) and column.type != ColumnType.BOOLEAN
    if not (integers or zoned or decimals or written):
        return None
    if written and column.type == ColumnType.INTEGER and pc.any(pc.match_substring(values, "x")).as_py():
        return None  # Arrow would read 0x10 as 16
    try:
        return values.cast(wanted)
    except pa.ArrowInvalid:
        return None


def _is_clean(column: Column, values: pa.ChunkedArray, projects: Collection[str] | None) -> bool:
    """Texts without blanks around them, not too long, and valid where there is a list of what is valid."""
    if not is_text(values.type) or pa.types.is_dictionary(values.type):
        return False
    sizes = pc.min_max(pc.binary_length(values)).as_py()
    if sizes["min"] == 0 or sizes["max"] > LONGEST_NAME:
        return False
    valid: Collection[str] | None = column.choices or None
    if column.name in ("currency", "cost_currency"):
        valid = CURRENCIES
    elif column.name == "project" and projects is not None:
        valid = projects
    if valid is None:
        return _is_trimmed(values)
    distinct = pc.unique(values.drop_null())
    return len(distinct) <= _FEW_VALUES and set(distinct.to_pylist()) <= set(valid)


def _are_objects(values: pa.ChunkedArray) -> bool:
    """Whether few distinct texts are all JSON objects, none too long."""
    if pa.types.is_dictionary(values.type) or pc.max(pc.binary_length(values)).as_py() > LONGEST_TEXT:
        return False
    distinct = pc.unique(values.drop_null())
    return len(distinct) <= _FEW_VALUES and all(_is_object(text) for text in distinct.to_pylist())


def _is_object(text: str) -> bool:
    if text[:1] != "{" or text[-1:] != "}":
        return False
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True
