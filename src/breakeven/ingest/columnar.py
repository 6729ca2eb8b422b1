"""Parquet, read batch by batch with its own types; nested values come as JSON text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from breakeven.errors import FileUnreadable
from breakeven.ingest.rawfile import MALFORMED, PLACE, passed_over, unique_names

_BATCH_ROWS = 65_536


class ParquetFile:
    """A Parquet file; a timestamp that is not UTC in the file is local time."""

    separator: str | None = None
    textual = False

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # Buffered reading keeps one column chunk's pages in memory, not whole row groups.
            self._file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise FileUnreadable(f"{path} is no Parquet file that can be read: {_short(error)}") from error
        self._schema = self._file.schema_arrow
        self.columns = unique_names(self._schema.names)
        self.total_rows: int | None = self._file.metadata.num_rows
        self._done = 0

    def tables(self, wanted: Sequence[str], skip: int = 0) -> Iterator[pa.Table]:
        """See RawFile."""
        groups = list(range(self._file.metadata.num_row_groups))
        while groups and self._done + self._file.metadata.row_group(groups[0]).num_rows <= skip:
            self._done += self._file.metadata.row_group(groups.pop(0)).num_rows
        if groups:
            yield from passed_over(self._tables(wanted, groups), skip - self._done)

    def _tables(self, wanted: Sequence[str], groups: Sequence[int]) -> Iterator[pa.Table]:
        own = dict(zip(self.columns, self._schema.names, strict=True))
        # With no column wanted the rows still count.
        read = [own[name] for name in wanted] or [self._schema.names[0]]
        connection = duckdb.connect(config={"threads": 2})
        try:
            for batch in self._file.iter_batches(
                batch_size=_BATCH_ROWS, row_groups=groups, columns=read, use_threads=True
            ):
                places = pa.array(np.arange(self._done + 1, self._done + 1 + batch.num_rows))
                self._done += batch.num_rows
                arrays = {name: _flat(connection, batch.column(own[name])) for name in wanted}
                yield pa.table({PLACE: places, MALFORMED: pa.nulls(batch.num_rows, pa.string())} | arrays)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            raise FileUnreadable(f"{self._path} is damaged after row {self._done}: {_short(error)}") from error
        finally:
            connection.close()

    def notes(self) -> list[str]:
        """See RawFile."""
        return []

    def progress(self) -> tuple[int, int]:
        """See RawFile: records."""
        return self._done, self.total_rows or 0

    def close(self) -> None:
        """See RawFile."""
        self._file.close()


def _flat(connection: duckdb.DuckDBPyConnection, column: pa.Array) -> pa.Array | pa.ChunkedArray:
    """A column as it is, or as JSON text where its values are nested."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return column.cast(pa.string())
    if not pa.types.is_nested(column.type):
        return column
    connection.register("nested", pa.table({"value": column}))
    return connection.sql("SELECT CAST(to_json(value) AS VARCHAR) AS value FROM nested").to_arrow_table()["value"]


def _short(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0].rstrip(".")
