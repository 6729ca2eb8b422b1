"""The engine that the steps run in: an in-memory DuckDB without files, network or extensions to load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import duckdb
import pyarrow as pa

from breakeven.errors import TooLarge

BATCH = 61_440
"""Rows of a batch of an Arrow table: the engine reads batches in parallel."""
FEW = 5_000
"""Rows up to which a result is cheaper copied than planned again."""


class Staging:
    """One connection, used by one thread at a time; made when it is first used, for most commands only read."""

    def __init__(self, time_zone: str = "UTC", memory_limit: str = "256MB", threads: int = 2) -> None:
        """`time_zone` is the zone of times that are written without one."""
        self._time_zone, self._memory_limit, self._threads = time_zone, memory_limit, threads

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        made = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": self._memory_limit,
                "threads": self._threads,
                "enable_external_access": False,
                "autoinstall_known_extensions": False,
            },
        )
        made.execute("SET TimeZone = ?", [self._time_zone])
        return made

    def table(self, sql: str, rows: int | None = None) -> pa.Table:
        """Answer a query. Raises TooLarge where the engine's memory does not suffice.

        `rows` is about how many there will be: for a few, planning costs more than running, and a query whose result is
        asked for as Arrow is planned twice; so they are put into a table first.
        """
        try:
            if rows is None or rows > FEW:
                return self._connection.sql(sql).to_arrow_table()
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE few AS {sql}")
            return self._connection.sql("FROM few").to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            raise TooLarge(
                f"{self._memory_limit} of memory do not suffice for so many records at once: send fewer in a request"
            ) from error

    @contextmanager
    def holding(self, **tables: pa.Table) -> Iterator[None]:
        """Make tables readable under names; they stay where they are in memory."""
        for name, table in tables.items():
            self._connection.register(name, pa.Table.from_batches(table.to_batches(max_chunksize=BATCH), table.schema))
        try:
            yield
        finally:
            for name in tables:
                self._connection.unregister(name)

    def close(self) -> None:
        """Let go of the engine's memory."""
        if "_connection" in vars(self):
            self._connection.close()


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'
