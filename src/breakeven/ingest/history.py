"""Files that hold several states of a record: put in the order they happened, the last state of each kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from breakeven.ingest.plan import quoted

_BATCH_ROWS = 50_000


def latest(tables: Iterator[pa.Table], number: str, text: str, *, supersede: bool) -> Iterator[tuple[pa.Table, int]]:
    """The records of all tables ordered by the columns `number`, `text` and `row`; NULL comes first.

    With `supersede` only the last record of each source and id is kept; the second value is how many were left out
    before this table. Records that could not be read are all kept. Needs the whole file: what does not fit in memory
    lies in a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="breakeven-") as folder:
        connection = duckdb.connect(
            Path(folder) / "history.duckdb", config={"threads": 2, "memory_limit": "256MB", "temp_directory": folder}
        )
        try:
            yield from _ordered(connection, tables, (quoted(number), quoted(text)), supersede)
        finally:
            connection.close()


def _ordered(
    connection: duckdb.DuckDBPyConnection, tables: Iterator[pa.Table], keys: tuple[str, str], supersede: bool
) -> Iterator[tuple[pa.Table, int]]:
    number, text = keys
    made = False
    for table in tables:
        connection.register("part", table)
        connection.execute("INSERT INTO held SELECT * FROM part" if made else "CREATE TABLE held AS SELECT * FROM part")
        connection.unregister("part")
        made = True
    if not made:
        return
    kept = "SELECT * FROM held"
    if supersede:
        newest = f"{number} DESC NULLS LAST, {text} DESC NULLS LAST, row DESC"
        kept += f" QUALIFY malformed IS NOT NULL OR row_number() OVER (PARTITION BY source, id ORDER BY {newest}) = 1"
    [(total, left)] = connection.sql(f"SELECT (SELECT count(*) FROM held), count(*) FROM ({kept})").fetchall()
    ordered = connection.sql(f"{kept} ORDER BY {number} NULLS FIRST, {text} NULLS FIRST, row")
    left_out = total - left
    for batch in ordered.to_arrow_reader(_BATCH_ROWS):
        yield pa.Table.from_batches([batch]), left_out
        left_out = 0
