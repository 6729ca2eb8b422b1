"""What a file of data says about itself, and a whole database of all tables at one data version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from breakeven.ledger.desk import Desk
from breakeven.store.export_file import ExportFile
from breakeven.views.dataout.catalogue import TABLES, VIEWS
from breakeven.views.dataout.files import csv_parts
from breakeven.views.dataout.tables import INSTANT, TEXT, WHOLE, Asked, Column, schema_of

LAYOUT = 1
"""Grows when a column of a table is renamed or taken away."""
ABOUT = (
    Column("company", TEXT, "Name of the workspace."),
    Column("currency", TEXT, "Currency of all amounts."),
    Column("time_zone", TEXT, "Zone that cuts days and months."),
    Column("data_version", WHOLE, "Data version that every table was made from."),
    Column("methodology", TEXT, "Methodology version."),
    Column("as_of", INSTANT, "As it was known then; null: as it was known when it was made."),
    Column("made_at", INSTANT, "When it was made."),
    Column("program", TEXT, "Version of breakeven."),
    Column("layout", WHOLE, "Grows when a column is renamed or taken away."),
    Column("hash", TEXT, "SHA-256 over `name sha256` of every table in _tables, a line each, in order of name."),
)
LISTED = (
    Column("name", TEXT, "Table or view."),
    Column("kind", TEXT, "table or view."),
    Column("description", TEXT, "What it holds."),
    Column("rows", WHOLE, "Rows of a table; null for a view."),
    Column("sha256", TEXT, "SHA-256 of the table as CSV, as /v1/export/NAME?format=csv gives it; null for a view."),
)


def about(desk: Desk, program: str) -> Mapping[str, object]:
    """Where data come from: the values of ABOUT but for the hash."""
    workspace, reading = desk.workspace, desk.reading
    return {
        "company": workspace.name, "currency": workspace.currency, "time_zone": workspace.calendar.time_zone,
        "data_version": reading.moment.versions.data, "methodology": workspace.methodology.version,
        "as_of": reading.as_of, "made_at": reading.now, "program": program, "layout": LAYOUT,
    }  # fmt: skip


def metadata(desk: Desk, program: str) -> dict[str, str]:
    """The same as texts, for the metadata of a file; what is not known is left out."""
    return {
        f"breakeven.{name}": value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
        for name, value in about(desk, program).items() if value is not None
    }  # fmt: skip


def write_database(desk: Desk, path: Path, program: str, asked: Asked | None = None) -> str:
    """Write all tables, views, `_tables` and `_about` into a new DuckDB file; gives its hash.

    A file that is there is replaced when the new one is whole. Raises StoreError, StoreFull.
    """
    wanted = asked if asked is not None else Asked()
    listed: list[dict[str, object]] = []
    with ExportFile.new(path) as file:
        for name, table in sorted(TABLES.items()):
            seen = _Seen(table.schema, table.rows(desk, wanted))
            file.add(name, table.description, table.schema, seen.batches())
            listed.append({"name": name, "kind": "table", "description": table.description, "rows": seen.rows,
                           "sha256": seen.hash()})  # fmt: skip
        whole = hashlib.sha256("".join(f"{one['name']} {one['sha256']}\n" for one in listed).encode()).hexdigest()
        for view in VIEWS:
            file.add_view(view.name, view.description, view.select)
            listed.append({"name": view.name, "kind": "view", "description": view.description})
        _add(file, "_tables", "What this database holds.", LISTED, listed)
        _add(file, "_about", "Where this database comes from.", ABOUT, [{**about(desk, program), "hash": whole}])
    return whole


def _add(
    file: ExportFile, name: str, description: str, columns: tuple[Column, ...], rows: list[dict[str, object]]
) -> None:
    schema = schema_of(columns)
    file.add(name, description, schema, iter(pa.Table.from_pylist(rows, schema=schema).to_batches()))


class _Seen:
    """Batches on their way, counted and hashed as CSV."""

    def __init__(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        self._schema, self._batches, self._sum = schema, batches, hashlib.sha256()
        self.rows = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._sum.update(next(csv_parts(self._schema, ())))
        for batch in self._batches:
            self.rows += len(batch)
            _, rows = csv_parts(self._schema, (batch,))
            self._sum.update(rows)
            yield batch

    def hash(self) -> str:
        return self._sum.hexdigest()
