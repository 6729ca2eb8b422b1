"""State that is not facts: closed months, validations, approvals, scenarios, pulls, the audit log.

It lives in an SQL database of its own, SQLite beside the store unless a URL names another. This module opens it and
hands out transactions; what a table means is known to the `store/state_<topic>.py` that reads and writes it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Self

from sqlalchemy import Connection, Row, create_engine, event, select, update
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from breakeven.errors import StoreError, StoreTooNew, UsageProblem
from breakeven.store.state_tables import STATE_SCHEMA, TABLES, about

TRIES, WAIT = 5, 0.1
"""How often a state is opened that others make at the same moment, and seconds between two tries."""
MEMORY = "sqlite://"
"""URL of a state that is gone when it is closed."""
_ANY_THREAD = {"check_same_thread": False}


def file_url(path: Path) -> str:
    """URL of a state in a file."""
    return f"sqlite:///{path.resolve()}"


class State:
    """The state of one company; safe to use from many threads. Made by `open`."""

    def __init__(self, engine: Engine, version: int) -> None:
        self._engine, self._version, self._writing = engine, version, Lock()

    @classmethod
    def open(cls, url: str = MEMORY) -> Self:
        """Open a state, make it if it is not there. Raises UsageProblem for the URL, StoreTooNew, StoreError."""
        try:
            parsed = make_url(url)
            memory = parsed.get_backend_name() == "sqlite" and not parsed.database
            # A state in memory is one connection, which one thread after the other uses.
            single = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "connect_args": _ANY_THREAD}
            kind: dict[str, Any] = single if memory else {}
            engine = create_engine(parsed, **kind)
        except (ArgumentError, NoSuchModuleError) as error:
            raise UsageProblem(f"{url!r} is no database URL: write sqlite:///… or postgresql+psycopg://…") from error
        except ModuleNotFoundError as error:
            way = "pip install 'breakeven[postgresql]'"
            raise UsageProblem(f"the driver {error.name} of {url!r} is not installed: {way}") from error
        if parsed.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _durable)
        try:
            row = _made_by_one(engine)
        except SQLAlchemyError as error:
            engine.dispose()
            raise _failed(error) from error
        if row is not None and row.layout > STATE_SCHEMA:
            engine.dispose()
            raise StoreTooNew(f"the state was written by a later version (layout {row.layout}, known: {STATE_SCHEMA})")
        return cls(engine, 0 if row is None else row.version)

    @property
    def version(self) -> int:
        """Grows with every transaction that wrote; what a cache of anything made from the state is keyed by."""
        return self._version

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries. Raises StoreError."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error

    @contextmanager
    def writing(self, *, counted: bool = True) -> Iterator[Connection]:
        """One transaction: all of it or nothing. One writer at a time. Raises StoreError.

        What feeds no figure is written with `counted` False: the version stays, and nobody's cache is void.
        """
        with self._writing:
            try:
                with self._engine.begin() as connection:
                    yield connection
                    if counted:
                        connection.execute(update(about).values(version=about.c.version + 1))
            except SQLAlchemyError as error:
                raise _failed(error) from error
            self._version += counted

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _made_by_one(engine: Engine) -> Row[Any, Any] | None:
    """The same, while other processes make it too: one finds a lock, or a table that was not there before."""
    for _ in range(TRIES - 1):
        try:
            return _made(engine)
        except DatabaseError:
            time.sleep(WAIT)
    return _made(engine)


def _made(engine: Engine) -> Row[Any, Any] | None:
    """Make the tables that are missing; the layout and version that were there."""
    with engine.begin() as connection:
        TABLES.create_all(connection)
        row = connection.execute(select(about.c.layout, about.c.version)).first()
        if row is None:
            connection.execute(about.insert().values(layout=STATE_SCHEMA, version=0))
        return row


def _durable(connection: Any, _: object) -> None:
    """What is acknowledged is on disk."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _failed(error: SQLAlchemyError) -> StoreError:
    cause = getattr(error, "orig", None) or error
    return StoreError(f"the state cannot be read or written: {str(cause).splitlines()[0]}")
