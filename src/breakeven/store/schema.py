"""What a store holds, as data: tables, roll-ups and views. Engines turn it into their own DDL.

Raw rows          `<kind>_version`, every version of every fact
Roll-ups          `interaction_day`, `interaction_month`, `interaction_latency`, `interaction_actor`: views over
                  `<roll-up>_sum` and the newest raw rows (see `store/rollups.py`, `store/rolling.py`)
Views             `<kind>` = current version of each fact; `interaction_measures` = current interactions with the
                  columns of a roll-up, for windows that are finer than a roll-up
Intake            `intake`, `intake_field`: how much each source sent and when (see `store/intake.py`)
Bookkeeping       `rejected`, `outcome_waiting`, `meta`

Every table of facts also has `key` (64 bits of a hash over source and id, for finding a row again), `recorded_at` (when
breakeven learnt of it), `data_version` (version of the store at the commit that wrote it), `revision` (1 for a fact's
first version) and `superseded_at` (NULL: current). A source supersedes its facts by sending them again, but for
interactions, of which the first one wins; those get a new version when they are priced again, or when an outcome of
them is reported later. Names that are words
of SQL (`"end"` of a cost, `"row"` of a rejected record) are written in quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
import pyarrow as pa

from breakeven.facts import KINDS, MONEY_SCALE, MONEY_WIDTH, ColumnType, Fact, columns

SCHEMA_VERSION = 4
"""Number of the layout below; `store/migrations.py` leads from older ones to it."""

INTERACTION = "interaction"
OUTCOME = "outcome"
SUPERSEDING: tuple[str, ...] = tuple(kind for kind in KINDS if kind != INTERACTION)
"""Kinds of which what a source sends later supersedes what it sent before; every version is kept."""

PRICED = ("cost", "cost_currency", "cost_origin", "price_id")
"""Fields of an interaction that pricing fills in."""
RESULTS = ("outcome", "csat", "revenue", "currency", "seconds_saved")
"""Fields of an interaction that outcomes fill in; versions of it differ in these, in PRICED, and in nothing else."""


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
    """A name in SQL; some, like the column `end`, are words of the language."""
    return '"' + name.replace('"', '""') + '"'


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
    return f"{kind}_version"


def fact_table(kind: str) -> Table:
    """Table of the raw rows of a kind."""
    kept = (
        Field("key", FieldType.KEY, True),
        Field("recorded_at", FieldType.INSTANT, True),
        Field("data_version", FieldType.INTEGER, True),
        Field("superseded_at", FieldType.INSTANT),
        # Nearly all interactions are first versions: NULL stands for 1 and costs no byte.
        Field("revision", FieldType.INTEGER, kind != INTERACTION),
    )
    # The key of the interaction that an outcome is about.
    target = (Field("target", FieldType.KEY, True),) if kind == OUTCOME else ()
    return Table(name=fact_table_name(kind), fields=(*fact_fields(kind), *kept, *target))


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

WAITING = Table(
    name="outcome_waiting",
    fields=(
        Field("target", FieldType.KEY, True),
        Field("source", FieldType.TEXT, True),
        Field("id", FieldType.TEXT, True),
        Field("interaction_source", FieldType.TEXT, True),
        Field("interaction", FieldType.TEXT, True),
        Field("time", FieldType.INSTANT, True),
    ),
)
"""Current outcomes whose interaction has not come: `target` is its key."""

META = Table(name="meta", fields=(Field("name", FieldType.TEXT, True), Field("value", FieldType.TEXT, True)))
"""Facts about the store: `schema_version`, `store_id`, `time_zone`, `data_version`, `changed_at`, `journal` (the place
up to which the journal is stored), `data_version:<kind>`, the data version of a kind's last change, and the marks of
commits (`import:…`, how far a file was taken in)."""

FACT_TABLES: dict[str, Table] = {kind: fact_table(kind) for kind in KINDS}
"""Raw tables by fact kind."""


REVISION = "coalesce(revision, 1)"
"""SQL of a raw row's revision."""
CURRENT = "superseded_at IS NULL"
"""SQL condition on raw rows: the current version of its fact."""
_SHOWN = ("recorded_at", "data_version")


def current_view(kind: str) -> str:
    """SELECT of the current version of each fact of a kind: its fields, recorded_at, data_version, revision."""
    names = ", ".join((*(quoted(field.name) for field in fact_fields(kind)), *_SHOWN))
    return f"SELECT {names}, {REVISION} AS revision FROM {fact_table_name(kind)} WHERE {CURRENT}"
