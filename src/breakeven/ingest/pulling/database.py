"""Rows of an SQL database, from a cursor on, through SQLAlchemy.

Rows are read in the order of the cursor, in one stream, and the cursor moves with every batch that is committed. It
begins at the last value itself, not after it, less an overlap: what was written at the same moment, or committed late,
is found. Rows that were seen before are known by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Select, bindparam, column, create_engine, or_, select, text
from sqlalchemy import table as table_named
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from breakeven.errors import SourceAway, UsageProblem
from breakeven.ingest.pulling import cursors
from breakeven.ingest.pulling.spool import Spool
from breakeven.ingest.pulling.task import Task
from breakeven.ingest.readers import Origin
from breakeven.workspace.pulls import DatabasePull, Secret

FETCHED = 2_000
"""Rows that the driver gives at once."""


def pull_database(task: Task, origin: DatabasePull) -> None:
    """Take in the rows from the cursor on. Raises UsageProblem, SourceAway and what taking in raises."""
    engine = _engine(origin, task)
    reached: list[str] = []

    def full(path: Path) -> None:
        task.take(path, task.source, Origin(task.source.name, ids=True))

    spool = Spool(task.scratch, task.source.name, full)
    try:
        with engine.connect() as connection, spool:
            for rows in _rows(connection, origin, task):
                for row in rows:
                    spool.add(_encoded(row))
                    mark = row.get(origin.cursor) if origin.cursor is not None else None
                    if mark is not None and cursors.usable(mark, task.now):
                        reached[:] = [cursors.kept(mark)]
                task.goes_on()
                if spool.filled:
                    _advance(task, spool, reached)
            _advance(task, spool, reached)
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        says = " ".join(str(cause).split())[:300]
        raise SourceAway(f"the database of {task.source.name} answered: {says}") from error
    finally:
        engine.dispose()


def _advance(task: Task, spool: Spool, reached: list[str]) -> None:
    spool.flush()
    if reached and reached[0] != task.cursor:
        task.reached(reached[0])


def _rows(connection: Connection, origin: DatabasePull, task: Task) -> Iterator[list[dict[str, Any]]]:
    query, values = statement(origin, task.cursor)
    result = connection.execution_options(stream_results=True, max_row_buffer=FETCHED).execute(query, values)
    names = list(result.keys())
    if origin.cursor is not None and origin.cursor not in names:
        raise UsageProblem(
            f"{task.source.name} has no column {origin.cursor!r} for its cursor: it has {', '.join(names)}"
        )
    for part in result.partitions(FETCHED):
        yield [dict(zip(names, row, strict=True)) for row in part]


def statement(origin: DatabasePull, cursor: str | None) -> tuple[Select[Any], dict[str, Any]]:
    """The SELECT from a cursor on, and its parameters. Rows without a cursor's value come every time."""
    if origin.table is not None:
        schema, _, name = origin.table.rpartition(".")
        query = select(text("*")).select_from(table_named(name, schema=schema or None))
    else:
        # As a relation of its own it can be nothing but a SELECT; a colon in it is no parameter.
        query = select(text("*")).select_from(text(f"({(origin.query or '').replace(':', chr(92) + ':')}) pulled"))
    if origin.cursor is None:
        return query, {}
    ordered = query.order_by(column(origin.cursor))
    if cursor is None:
        return ordered, {}
    begin = cursors.begin(cursors.read(cursor), origin.overlap)
    grown = or_(column(origin.cursor) >= bindparam("begin"), column(origin.cursor).is_(None))
    return ordered.where(grown), {"begin": begin}


def _engine(origin: DatabasePull, task: Task) -> Engine:
    written = task.context.secret(origin.url) if isinstance(origin.url, Secret) else origin.url
    named = str(origin.url) if isinstance(origin.url, Secret) else f"the URL of {task.source.name}"
    try:
        return create_engine(_located(make_url(written.strip()), task.context.folder))
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        # The text of the error would show the URL, and with it a password.
        raise UsageProblem(f"{named} is no database URL: write dialect+driver://user:password@host/database") from error
    except ModuleNotFoundError as error:
        raise UsageProblem(f"{named} needs the driver {error.name}, which is not installed") from error


def _located(url: URL, folder: Path) -> URL:
    """A file of SQLite or DuckDB that is relative lies in the workspace; SQLite opens it for reading only."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith("file:"):
        return url
    path = (folder / url.database).resolve()
    if not path.is_file():
        raise UsageProblem(f"there is no database {path}")
    return url.set(database=f"file:{path}", query={**url.query, "mode": "ro", "uri": "true"})


def _encoded(row: dict[str, Any]) -> bytes:
    return msgspec.json.encode(row, enc_hook=str)
