"""Arrays of CloudEvents, read into columns by Arrow: one call for all that wait together, and no object for a value.

What is taken is a subset of what `ingest/typed.py` takes, with the same values, at half its price and without the
interpreter's lock. A body is seen to be JSON first, by msgspec: Arrow's reader is handed lines that are objects, and
nothing else. Whatever it cannot read is no error here: the request is read again, record by record.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache, reduce
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from breakeven.facts import TIME_FIELD, ColumnType, columns
from breakeven.ingest.checks import LONGEST_NAME
from breakeven.ingest.records import Columns, places

LEAST = 8 << 10
"""Bytes from which a body is read so: below, what a call of Arrow costs is more than it saves."""
MOST = 1 << 20
"""Bytes up to which a body is read so: an array of numbers makes an object of two bytes."""
_AROUND = ("specversion", "id", "source", "type", "time", "datacontenttype", "subject", "dataschema", "data_base64")
"""Attributes of an event that are looked at; others may stand beside them."""
_GIVEN = ("datacontenttype", "subject", "dataschema")
"""Attributes that must not be empty."""
_EXACT = 1 << 53
"""Up to this size a whole number is the same as a double."""
_READ = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.MONEY: pa.string(),
    ColumnType.INSTANT: pa.string(),
    ColumnType.BOOLEAN: pa.bool_(),
}
_OBJECT = ord("{")
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_FIRST = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Shape(msgspec.Struct, frozen=True):
    """What the first event of a body shows of all of them; those of one shape can be read together."""

    type: str
    numbers: frozenset[str]
    """Amounts that are numbers, not texts."""
    more: bool
    """Whether there are attributes or fields that are not known."""


class Events(msgspec.Struct, frozen=True):
    """The events of one body. See `Records`."""

    kind: str
    rows: int
    shape: Shape
    fields: frozenset[str]
    """Fields of the first event."""
    lines: bytes
    """An event on each line."""

    @property
    def held(self) -> int:
        """Bytes beside the body itself."""
        return len(self.lines)

    @property
    def alike(self) -> Hashable:
        """See `Records`."""
        return self.kind, self.shape

    def together(self, parts: Sequence[Events], sources: Sequence[str]) -> Columns | None:  # noqa: ARG002
        """See `Records`; events name their source."""
        fields: frozenset[str] = reduce(frozenset.union, (part.fields for part in parts))
        lines = b"\n".join([part.lines for part in parts])
        table = None if self.shape.more else _read(lines, _options(self.kind, self.shape.numbers, fields))
        if table is None:
            table = _read(lines, _options(self.kind, self.shape.numbers, None))
        if table is None or not _plain(table, self.shape.type):
            return None
        data = table["data"].combine_chunks()
        found = {field.name: values for field, values in zip(data.type, data.flatten(), strict=True)
                 if values.null_count < len(values)}  # fmt: skip
        if not found.keys().isdisjoint(("id", "source", TIME_FIELD[self.kind])):
            return None
        for name in found.keys() & self.shape.numbers:
            if not pc.all(pc.less_equal(pc.abs(found[name]), _EXACT)).as_py():
                return None
            found[name] = found[name].cast(pa.string())
        around = {name: table[name].combine_chunks() for name in ("id", "source", "time")}
        if around["time"].null_count < len(table):
            found[TIME_FIELD[self.kind]] = around["time"]
        return Columns(
            pa.table({**places(parts), **found, "id": around["id"], "source": around["source"]}), frozenset()
        )


def events_of(body: bytes, named: Callable[[object], str | None]) -> Events | None:
    """A body that is an array of objects, the first of which is an event of a kind that its type names."""
    if not LEAST <= len(body) <= MOST or b"\n" in body:
        return None
    try:
        raws = _RAWS.decode(body)
        first = _FIRST.decode(raws[0])
        data = _FIRST.decode(first["data"])
        type_ = msgspec.json.decode(first["type"], type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, IndexError, KeyError):
        return None
    kind = named(type_)
    if kind is None or {memoryview(raw)[0] for raw in raws} != {_OBJECT}:
        return None
    held = {column.name: column.type for column in columns(kind)}
    numbers = [name for name, value in data.items() if held.get(name) == ColumnType.MONEY and _is_number(value)]
    more = not (first.keys() <= {*_AROUND, "data"} and data.keys() <= held.keys())
    return Events(kind, len(raws), Shape(type_, frozenset(numbers), more), frozenset(held.keys() & data.keys()),
                  b"\n".join(raws))  # fmt: skip


def _is_number(value: msgspec.Raw) -> bool:
    return bytes(value)[:1] in b"-0123456789"


@cache
def _options(kind: str, numbers: frozenset[str], fields: frozenset[str] | None) -> pj.ParseOptions:
    """How events are read: with these fields and no other, or, for None, all fields and whatever else there is."""
    data = [(column.name, pa.float64() if column.name in numbers else _READ[column.type])
            for column in columns(kind) if fields is None or column.name in fields]  # fmt: skip
    shape = pa.schema([*((name, pa.string()) for name in _AROUND), ("data", pa.struct(data))])
    return pj.ParseOptions(
        explicit_schema=shape,
        newlines_in_values=False,
        unexpected_field_behavior="ignore" if fields is None else "error",
    )


def _read(lines: bytes, options: pj.ParseOptions) -> pa.Table | None:
    try:
        return pj.read_json(
            pa.BufferReader(lines), pj.ReadOptions(use_threads=False, block_size=len(lines) + 1), options
        )
    except pa.ArrowInvalid:
        return None


def _plain(table: pa.Table, type_: str) -> bool:
    """Whether all are events of a type, their attributes are what they should be, and their data are objects."""
    columns_: Mapping[str, Any] = dict(zip(table.column_names, table.columns, strict=True))
    if columns_["data"].null_count or columns_["data_base64"].null_count < len(table):
        return False
    if not (_all(columns_["specversion"], "1.0") and _all(columns_["type"], type_)):
        return False
    names = [pc.min_max(pc.binary_length(columns_[name])).as_py() for name in ("id", "source")]
    if any(columns_[name].null_count for name in ("id", "source")) or any(
        size["min"] == 0 or size["max"] > LONGEST_NAME for size in names
    ):
        return False
    return all(pc.min(pc.binary_length(columns_[name])).as_py() != 0 for name in _GIVEN)


def _all(values: pa.ChunkedArray, wanted: str) -> bool:
    return not values.null_count and bool(pc.all(pc.equal(values, wanted)).as_py())
