"""Numbers as people write them: `1.234,56` and `1,234.56`, decided once for a column and then held to."""

from __future__ import annotations

from enum import StrEnum

import duckdb
import msgspec
import pyarrow as pa


class Style(StrEnum):
    """How the numbers of a column are written."""

    POINT = "point"
    """1,234.56 or 1 234.56: the point is decimal."""
    COMMA = "comma"
    """1.234,56 or 1 234,56: the comma is decimal."""


_SPACES = "[ \u00a0\u202f']"
"""Signs between thousands besides point and comma: space, its unbreakable kinds, the apostrophe."""

_CURRENCY = "[$€£¥]"

_COMMA_STYLE = rf"[-+]?([1-9]\d{{0,2}}(\.\d{{3}})+|[1-9]\d{{0,2}}({_SPACES}\d{{3}})+|\d+)(,\d*)?"
_POINT_STYLE = rf"[-+]?([1-9]\d{{0,2}}(,\d{{3}})+|[1-9]\d{{0,2}}({_SPACES}\d{{3}})+|\d+)?(\.\d*)?([eE][-+]?\d+)?"
_JUDGED = f"""
    SELECT
        count(v) AS present,
        count(*) FILTER (WHERE comma),
        count(*) FILTER (WHERE point),
        count(*) FILTER (WHERE contains(v, ',')),
        count(*) FILTER (WHERE comma AND NOT point),
        count(*) FILTER (WHERE point AND NOT comma AND regexp_matches(v, '[.,]'))
    FROM (SELECT v, regexp_full_match(v, $comma) AS comma, regexp_full_match(v, $point) AS point
          FROM (SELECT nullif(trim(regexp_replace(v, '{_CURRENCY}', '', 'g')), '') AS v FROM sample))
"""


def styles(sample: pa.Table, columns: list[str], *, comma_country: bool) -> dict[str, Style]:
    """The style of each text column whose numbers need one; a column that is not of numbers is left out.

    A value that fits only one style proves it. Where no value does (all like `1,234`), the proof of the file's other
    columns decides, then `comma_country` (a file separated by semicolons), else the point. Where values prove both, the
    point is taken and the others stay as they are, to be rejected rather than misread.
    """
    judged = {column: judged for column in columns if (judged := _judge(sample, column)).numeric}
    proofs = judged.values()
    comma_file = any(one.comma and not one.point for one in proofs)
    point_file = any(one.point and one.commas and not one.comma for one in proofs)
    found = {}
    for column, one in judged.items():
        if one.comma or one.point:
            style = Style.COMMA if one.comma and not one.point else Style.POINT
        else:
            guessed = comma_country and one.commas and not point_file
            style = Style.COMMA if comma_file or guessed else Style.POINT
        found[column] = style
    return found


class _Judgement(msgspec.Struct, frozen=True):
    """What a column's sample shows."""

    numeric: bool
    """All values fit a style, and some have a point or comma that may need reading."""
    commas: bool
    """Some value has a comma."""
    comma: bool
    """Some value can only be read with a decimal comma."""
    point: bool
    """Some value can only be read with a decimal point."""


def _judge(sample: pa.Table, column: str) -> _Judgement:
    connection = duckdb.connect()
    try:
        connection.register("sample", pa.table({"v": sample[column]}))
        row = connection.execute(_JUDGED, {"comma": _COMMA_STYLE, "point": _POINT_STYLE}).fetchone()
    finally:
        connection.close()
    present, comma_fits, point_fits, commas, comma_proof, point_proof = row or (0, 0, 0, 0, 0, 0)
    numeric = present > 0 and max(comma_fits, point_fits) == present
    return _Judgement(numeric, commas > 0, comma_proof > 0, point_proof > 0)


def plain_number(column: str, style: Style) -> str:
    """SQL text of a column's number with a decimal point, without thousands and currency signs.

    What does not fit the style stays as it is.
    """
    fits = _COMMA_STYLE if style is Style.COMMA else _POINT_STYLE
    thousands, decimal = (".", ",") if style is Style.COMMA else (",", ".")
    bare = f"trim(regexp_replace({column}, '{_CURRENCY}', '', 'g'))"
    cleaned = f"regexp_replace(replace({bare}, '{thousands}', ''), '{_escaped(_SPACES)}', '', 'g')"
    if decimal == ",":
        cleaned = f"replace({cleaned}, ',', '.')"
    signs = _escaped(f"{thousands}{decimal if decimal == ',' else ''}{_SPACES[1:-1]}{_CURRENCY[1:-1]}")
    return (
        f"CASE WHEN regexp_matches({column}, '[{signs}]') AND regexp_full_match({bare}, '{_escaped(fits)}') "
        f"THEN {cleaned} ELSE {column} END"
    )


def _escaped(pattern: str) -> str:
    return pattern.replace("'", "''")
