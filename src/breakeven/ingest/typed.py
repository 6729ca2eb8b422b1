"""Bodies whose records are plain and well typed, read into columns with one decode and no step per row.

Every kind has a struct for its fields and one for a CloudEvent around them, made of `facts.columns`. What a decode
takes is a subset of what `ingest/events.py` takes, and gives the same rows: numbers as numbers, texts as texts, times
and amounts as they are written. Whatever is odd (a number in a text, another kind in between, an unknown shape) is no
error here: the answer is None, and the general way reads the body and names what is wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
import pyarrow as pa
from msgspec import Meta

from breakeven.facts import TIME_FIELD, Column, ColumnType, columns
from breakeven.ingest.checks import LONG_FIELDS, LONGEST_NAME, LONGEST_TEXT
from breakeven.ingest.records import Columns, places
from breakeven.ingest.settled import trimmed
from breakeven.ingest.values import JSON_FIELDS

Struct = Any
"""A struct made by `_data`, `_event` or `_flat`."""

_NAMED = re.compile(rb'"(?:type|kind)"\s*:\s*"([\w.-]+)"')
_CONTROL = re.compile(r"(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])")
_PEEK = 4096
"""Bytes at the beginning of a body in which its kind is looked for."""
_LARGEST = (1 << 63) - 1
_Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
_Given = Annotated[str, Meta(min_length=1)]
_ARROW = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.MONEY: pa.string(),
    ColumnType.INSTANT: pa.string(),
    ColumnType.BOOLEAN: pa.bool_(),
}
_SURE = (ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.BOOLEAN)


class Typed(msgspec.Struct, frozen=True):
    """Records of one kind as they were decoded; their columns are made when it is known with whom they are stored."""

    kind: str
    data: Sequence[Struct]
    """One struct of the fact's fields for each record."""
    around: Sequence[Struct] | None
    """The CloudEvents that the data came in; None: they came without."""

    @property
    def rows(self) -> int:
        """Number of records."""
        return len(self.data)

    @property
    def held(self) -> int:
        """Bytes of the structs, without their values: those of a kind are all of one size."""
        envelope = 0 if not self.around else sys.getsizeof(self.around[0])
        return len(self.data) * (sys.getsizeof(self.data[0]) + envelope) if self.data else 0

    @property
    def alike(self) -> Hashable:
        """See `Records`."""
        return self.kind

    def together(self, parts: Sequence[Typed], sources: Sequence[str]) -> Columns:
        """See `Records`."""
        table = staged(self.kind, parts, sources)
        texts = {name: table[name].chunk(0) for name in table.column_names if name in _sized(self.kind)}
        return Columns(table, _checked(self.kind) | trimmed(texts))


class TypedParser:
    """Reads plain bodies. Decoders keep no state: any thread may use it."""

    def events(self, body: bytes, *, named: Callable[[object], str | None], batch: bool) -> Typed | None:
        """A body of one CloudEvent or an array of them; `named` gives the kind that a type names."""
        kind = _peeked(body, named)
        if kind is None:
            return None
        found = _decoded(_decoder(_event(kind), batch), body)
        return None if found is None else _enclosed(kind, found if batch else [found], named)

    def lines(self, body: bytes, kind: str | None, *, named: Callable[[object], str | None]) -> Typed | None:
        """Lines of CloudEvents or of records; `kind` is that of records that name none."""
        found_kind = _peeked(body, named) or kind
        if found_kind is None:
            return None
        enclosed = b'"specversion"' in body[:_PEEK].partition(b"\n")[0]
        shape = _event(found_kind) if enclosed else _flat(found_kind)
        try:
            found = _decoder(shape, False).decode_lines(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        lines = body.count(b"\n") + (not body.endswith(b"\n"))
        if len(found) != lines and len(found) != sum(1 for line in body.split(b"\n") if line.strip()):
            return None  # a record over several lines, or two in one
        return _enclosed(found_kind, found, named) if enclosed else _plain(found_kind, found, kind, named)

    def records(
        self, body: bytes, kind: str | None, *, named: Callable[[object], str | None], batch: bool
    ) -> Typed | None:
        """A record or an array of records, each with or without an envelope."""
        found_kind = _peeked(body, named) or kind
        if found_kind is None:
            return None
        enclosed = b'"specversion"' in body[:_PEEK]
        found = _decoded(_decoder(_event(found_kind) if enclosed else _flat(found_kind), batch), body)
        if found is None:
            return None
        many = found if batch else [found]
        return _enclosed(found_kind, many, named) if enclosed else _plain(found_kind, many, kind, named)


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _peeked(body: bytes, named: Callable[[object], str | None]) -> str | None:
    """The kind that the first records seem to be of: it is only a guess which decoder to try."""
    for found in _NAMED.finditer(body, 0, _PEEK):
        kind = named(found[1].decode())
        if kind is not None:
            return kind
    return None


def _enclosed(kind: str, found: Sequence[Struct], named: Callable[[object], str | None]) -> Typed | None:
    if not found or any(named(name) != kind for name in {event.type for event in found}):
        return None
    return Typed(kind, [event.data for event in found], found)


def _plain(
    kind: str, found: Sequence[Struct], given: str | None, named: Callable[[object], str | None]
) -> Typed | None:
    """Records without an envelope: of the request's kind, else of the one that their `type` or `kind` names."""
    if not found:
        return None
    if given is not None:
        return Typed(kind, found, None) if given == kind else None
    names = {record.type for record in found}
    if names == {None} and "kind" not in _names(kind):
        names = {record.kind for record in found}
    return Typed(kind, found, None) if all(named(name) == kind for name in names) else None


@cache
def _names(kind: str) -> tuple[str, ...]:
    return tuple(column.name for column in columns(kind))


@cache
def _decoder(shape: Any, batch: bool) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[shape] if batch else shape)


@cache
def _data(kind: str) -> Any:
    """Struct of a fact's fields, each of which may be left out."""
    fields = [(column.name, _type(column) | None, None) for column in columns(kind)]
    return msgspec.defstruct(f"{kind}_data", fields, gc=False, kw_only=True)


@cache
def _event(kind: str) -> Any:
    """Struct of a CloudEvent whose data are an object; `data_base64` must be absent."""
    fields: list[Any] = [
        ("specversion", Literal["1.0"]), ("id", _Name), ("source", _Name), ("type", str),
        ("data", _data(kind)), ("time", _type_of_time() | None, None), ("datacontenttype", _Given | None, None),
        ("subject", _Given | None, None), ("dataschema", _Given | None, None), ("data_base64", None, None),
    ]  # fmt: skip
    return msgspec.defstruct(f"{kind}_event", fields, gc=False, kw_only=True)


@cache
def _flat(kind: str) -> Any:
    """Struct of a record without envelope."""
    names = _names(kind)
    more = [(name, str | None, None) for name in ("type", "kind") if name not in names]
    fields = [(column.name, _type(column) | None, None) for column in columns(kind)]
    return msgspec.defstruct(f"{kind}_flat", [*fields, *more, ("specversion", None, None)], gc=False, kw_only=True)


def _type_of_time() -> Any:
    return Annotated[str, Meta(min_length=1, max_length=64)]


def _type(column: Column) -> Any:
    """What a JSON value must be, so that it needs no reading."""
    match column.type:
        case ColumnType.TEXT if column.choices:
            return Literal[column.choices]
        case ColumnType.TEXT if column.name in JSON_FIELDS:
            return Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT // 4)] | dict[str, str | bool | None]
        case ColumnType.TEXT:
            longest = LONGEST_TEXT // 4 if column.name in LONG_FIELDS else LONGEST_NAME
            return Annotated[str, Meta(min_length=1, max_length=longest)]
        case ColumnType.INTEGER:
            least = -_LARGEST if column.minimum is None else int(column.minimum)
            most = _LARGEST if column.maximum is None else int(column.maximum)
            return Annotated[int, Meta(ge=least, le=most)]
        case ColumnType.FLOAT:
            return Annotated[float, Meta(ge=column.minimum, le=column.maximum)]
        case ColumnType.MONEY:
            return Annotated[str, Meta(min_length=1, max_length=64)] | int | float
        case ColumnType.INSTANT:
            return _type_of_time()
        case ColumnType.BOOLEAN:
            return bool


@cache
def _checked(kind: str) -> frozenset[str]:
    """Fields whose values the decode has checked in full."""
    return frozenset(column.name for column in columns(kind) if column.type in _SURE or column.choices)


@cache
def _sized(kind: str) -> frozenset[str]:
    """Texts of which no more is to be known than their length, which the decode has checked, and their ends."""
    known = {*JSON_FIELDS, "currency", "cost_currency"}
    return frozenset(
        column.name for column in columns(kind)
        if column.type == ColumnType.TEXT and not (column.required or column.choices or column.name in known)
    )  # fmt: skip


def staged(kind: str, parts: Sequence[Typed], sources: Sequence[str]) -> pa.Table:
    """One staging relation of the records of several requests, with `row` (1-based in each) and `ordinal`.

    `sources` are the sources of those that name none, one a part.
    """
    data = [record for part in parts for record in part.data]
    made = places(parts)
    around = {"id": "id", "source": "source", TIME_FIELD[kind]: "time"}
    # All fields of a record at once, then all records of a field: a step for each value would cost three times as much.
    found: Iterable[Sequence[Any]] = zip(*map(msgspec.structs.astuple, data), strict=True)
    for column, values in zip(columns(kind), found, strict=False):  # records without envelope have more fields
        name = column.name
        if name in around and None in values:
            values = _filled(values, parts, around[name], sources if name == "source" else None)
        if None in values and values.count(None) == len(values):
            continue
        made[name] = pa.array(_written(column, values), _ARROW[column.type])
    return pa.table(made)


def _filled(values: Sequence[Any], parts: Sequence[Typed], name: str, sources: Sequence[str] | None) -> Sequence[Any]:
    """Values with those of the envelopes, or the requests' sources, where the data have none."""
    outer: Iterable[Any] = chain.from_iterable(
        map(attrgetter(name), part.around) if part.around is not None
        else [sources[number] if sources is not None else None] * part.rows
        for number, part in enumerate(parts)
    )  # fmt: skip
    if values.count(None) == len(values):
        return list(outer)
    return [other if value is None else value for value, other in zip(values, outer, strict=True)]


def _written(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    """Amounts and JSON objects as texts."""
    if column.type == ColumnType.MONEY and not set(map(type, values)) <= {str, type(None)}:
        return list(map(_amount, values))
    if column.name in JSON_FIELDS and any(type(value) is dict for value in values):
        return [_object(value) if type(value) is dict else value for value in values]
    return values


def _object(value: dict[str, str | bool | None]) -> str:
    """An object as text, spelt as the engine spells it: it has capitals in the codes of control characters."""
    return _CONTROL.sub(lambda found: f"{found[1]}\\u00{found[2].upper()}", msgspec.json.encode(value).decode())


def _amount(value: str | float | None) -> str | None:
    """A number as the shortest text that means it, which is what the engine makes of JSON, too."""
    return value if value is None or isinstance(value, str) else repr(value)
