"""What a table is: a name, columns with type and meaning, and rows that are made in batches when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.ledger.desk import Desk

MONEY = pa.decimal128(38, 12)
"""Amounts and figures: twelve decimals, as they are kept."""
TEXT, WHOLE, DAY, YES_NO = pa.string(), pa.int64(), pa.date32(), pa.bool_()
INSTANT = pa.timestamp("us", tz="UTC")
TOGETHER = 5_000
"""Rows of a batch."""

Row = Mapping[str, Any]


class Column(msgspec.Struct, frozen=True):
    """One column."""

    name: str
    type: pa.DataType
    description: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What of a table is asked for; a table takes what it knows."""

    window: tuple[date, date] | None = None
    """First day and the day after the last; None: all there is."""
    project: str | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table; its name and columns stay."""

    name: str
    description: str
    columns: tuple[Column, ...]
    rows: Callable[[Desk, Asked], Iterator[pa.RecordBatch]]
    """The batches, made one after the other."""

    @property
    def schema(self) -> pa.Schema:
        """Names, types and descriptions as Arrow has them."""
        return schema_of(self.columns)


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Columns as an Arrow schema."""
    return pa.schema([pa.field(one.name, one.type, metadata={"description": one.description}) for one in columns])


def batches(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    """Rows as batches; what a row does not name is null."""
    schema, waiting = schema_of(columns), iter(rows)
    while part := list(islice(waiting, TOGETHER)):
        arrays = [pa.array([row.get(field.name) for row in part], field.type) for field in schema]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
