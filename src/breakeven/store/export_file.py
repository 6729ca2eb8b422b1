"""A DuckDB file for readers outside: tables and views with a comment on each of them and on each column."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa

from breakeven.errors import UsageProblem
from breakeven.store.engine import engine_config, literal
from breakeven.store.failures import in_our_words
from breakeven.store.schema import quoted


class ExportFile:
    """A file that is being written; made by `new`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def new(cls, path: Path, memory_limit: str = "256MB") -> Iterator[Self]:
        """A new file, which takes its place when it is whole. Raises UsageProblem, StoreError, StoreFull."""
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise UsageProblem(f"{path} cannot be written: name a file in a folder that exists")
        part = path.with_name(path.name + ".part")
        part.unlink(missing_ok=True)
        try:
            config = engine_config(str(part), memory_limit, threads=1)
            with in_our_words(str(path), duckdb.Error), duckdb.connect(str(part), config=config) as connection:
                yield cls(connection)
                connection.execute("CHECKPOINT")
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
            part.with_name(part.name + ".wal").unlink(missing_ok=True)

    def add(self, name: str, description: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Write a table; descriptions of its columns are in the metadata of their fields."""
        self._connection.execute("BEGIN")
        self._take(f"CREATE TABLE {quoted(name)} AS SELECT * FROM coming", schema.empty_table())
        for batch in batches:
            self._take(f"INSERT INTO {quoted(name)} SELECT * FROM coming", pa.Table.from_batches([batch]))
        self._connection.execute("COMMIT")
        self._connection.execute(f"COMMENT ON TABLE {quoted(name)} IS {literal(description)}")
        for field in schema:
            said = (field.metadata or {}).get(b"description", b"").decode()
            self._connection.execute(f"COMMENT ON COLUMN {quoted(name)}.{quoted(field.name)} IS {literal(said)}")

    def add_view(self, name: str, description: str, select: str) -> None:
        """Write a view."""
        self._connection.execute(f"CREATE VIEW {quoted(name)} AS {select}")
        self._connection.execute(f"COMMENT ON VIEW {quoted(name)} IS {literal(description)}")

    def _take(self, sql: str, rows: pa.Table) -> None:
        self._connection.register("coming", rows)
        self._connection.execute(sql)
        self._connection.unregister("coming")
