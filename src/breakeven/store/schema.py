"""What a store holds, as data: tables, roll-ups and views. Engines turn it into their own DDL.

Raw rows          `interaction`, and `<kind>_version` for the kinds whose later version supersedes the earlier one
Roll-ups          `interaction_day`, `interaction_month`, `interaction_latency`, `interaction_actor`
                  (see `store/rollups.py`)
Views             `<kind>` = current version of a superseding kind; `interaction_measures` = raw interactions with the
                  columns of a roll-up, for windows that are finer than a roll-up
Bookkeeping       `rejected`, `meta`

Every table of facts also has `key` (64 bits of a hash over source and id, for finding a row again), `recorded_at` (when
breakeven learnt of it) and `data_version` (version of the store at the commit that wrote it). Superseding kinds have
`revision` (1 for a fact's first version) and `superseded_at` (NULL: current). Names that are words of SQL (`"end"` of a
cost, `"row"` of a rejected record) are written in quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
import pyarrow as pa

from breakeven.facts import KINDS, MONEY_SCALE, MONEY_WIDTH, ColumnType, Fact, columns

SCHEMA_VERSION = 1
"""Number of the layout below; `store/migrations.py` leads from older ones to it."""

INTERACTION = "interaction"
SUPERSEDING: tuple[str, ...] = tuple(kind for kind in KINDS if kind != INTERACTION)
"""Kinds of which a later version supersedes the earlier one; every version is kept."""


class FieldType(StrEnum):
    """Type of a stored column, to be spelt by each engine."""

    TEXT = "text"
    SMALL = "small"
    """16-bit integer."""
    INTEGER = "integer"
    """64-bit integer."""
    KEY = "key"
    """Unsigned 64-bit integer."""
    WIDE = "wide"
    """128-bit integer: a sum of 64-bit ones."""
    FLOAT = "float"
    MONEY = "money"
    """Decimal of 38 digits, 12 after the point."""
    INSTANT = "instant"
    DAY = "day"
    BOOLEAN = "boolean"


class Field(msgspec.Struct, frozen=True):
    """One column of a table."""

    name: str
    type: FieldType
    required: bool = False


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table."""

    name: str
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(field.name for field in self.fields)


_FACT_TYPES = {
    ColumnType.TEXT: FieldType.TEXT,
    ColumnType.INTEGER: FieldType.INTEGER,
    ColumnType.FLOAT: FieldType.FLOAT,
    ColumnType.MONEY: FieldType.MONEY,
    ColumnType.INSTANT: FieldType.INSTANT,
    ColumnType.BOOLEAN: FieldType.BOOLEAN,
}
_ARROW_TYPES: dict[FieldType, pa.DataType] = {
    FieldType.TEXT: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.FLOAT: pa.float64(),
    FieldType.MONEY: pa.decimal128(MONEY_WIDTH, MONEY_SCALE),
    FieldType.INSTANT: pa.timestamp("us", tz="UTC"),
    FieldType.BOOLEAN: pa.bool_(),
}


def fact_fields(kind: str) -> tuple[Field, ...]:
    """The stored columns of a fact kind, as the source reported them."""
    return tuple(
        Field(column.name, _FACT_TYPES[column.type], column.required or column.default is not None)
        for column in columns(kind)
    )


def quoted(name: str) -> str:
    """A column's name in SQL; some, like `end`, are words of the language."""
    return f'"{name}"'


def arrow_schema(kind: str) -> pa.Schema:
    """Arrow schema of a kind's table in a `Commit`, `ordinal` last."""
    fields = [pa.field(field.name, _ARROW_TYPES[field.type]) for field in fact_fields(kind)]
    return pa.schema([*fields, pa.field("ordinal", pa.int64())])


def as_table(kind: str, facts: Sequence[Fact]) -> pa.Table:
    """Facts of one kind as the table of a `Commit`, `ordinal` counting from 0."""
    rows = [{**msgspec.structs.asdict(fact), "ordinal": place} for place, fact in enumerate(facts)]
    return pa.Table.from_pylist(rows, schema=arrow_schema(kind))


def fact_table_name(kind: str) -> str:
    """Table that holds the raw rows of a kind."""
    return kind if kind == INTERACTION else f"{kind}_version"


def fact_table(kind: str) -> Table:
    """Table of the raw rows of a kind."""
    kept: tuple[Field, ...] = (
        Field("key", FieldType.KEY, True),
        Field("recorded_at", FieldType.INSTANT, True),
        Field("data_version", FieldType.INTEGER, True),
    )
    if kind != INTERACTION:
        kept = (*kept, Field("superseded_at", FieldType.INSTANT), Field("revision", FieldType.INTEGER, True))
    return Table(name=fact_table_name(kind), fields=(*fact_fields(kind), *kept))


REJECTED = Table(
    name="rejected",
    fields=(
        Field("id", FieldType.TEXT, True),
        Field("received_at", FieldType.INSTANT, True),
        Field("source", FieldType.TEXT),
        Field("kind", FieldType.TEXT, True),
        Field("row", FieldType.INTEGER),
        Field("reason", FieldType.TEXT, True),
        Field("field", FieldType.TEXT),
        Field("value", FieldType.TEXT),
        Field("record", FieldType.TEXT),
        Field("replayed_at", FieldType.INSTANT),
    ),
)
"""Records that were not accepted: `id` is a hash of the content, `row` the place in the file or request (from 1),
`record` the record as JSON text, `replayed_at` when it was fixed and taken in after all."""

REJECTED_SCHEMA = pa.schema([pa.field(field.name, _ARROW_TYPES[field.type]) for field in REJECTED.fields])
"""Arrow schema of `Commit.rejected`; `replayed_at` may be left out."""

META = Table(name="meta", fields=(Field("name", FieldType.TEXT, True), Field("value", FieldType.TEXT, True)))
"""Facts about the store: `schema_version`, `store_id`, `time_zone`, `data_version`, `changed_at`, and
`data_version:<kind>`, the data version of a kind's last change."""

FACT_TABLES: dict[str, Table] = {kind: fact_table(kind) for kind in KINDS}
"""Raw tables by fact kind."""


_HIDDEN = ("key", "superseded_at")


def current_view(kind: str) -> str:
    """SELECT of the current version of a superseding kind: the fact's fields, recorded_at, data_version, revision."""
    names = ", ".join(quoted(field.name) for field in FACT_TABLES[kind].fields if field.name not in _HIDDEN)
    return f"SELECT {names} FROM {fact_table_name(kind)} WHERE superseded_at IS NULL"
