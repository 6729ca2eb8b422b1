"""The engine's instance on one file, which is opened again after the engine stopped itself.

DuckDB answers nothing more ("database has been invalidated") once a checkpoint failed, as on a full device: what was
committed is in the file and its log, only the instance is of no more use. It is let go of and made anew, which gives
the state of the last commit, as a restart of the process would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import duckdb
import structlog

from breakeven.errors import StoreDamaged, StoreError
from breakeven.store.failures import in_our_words
from breakeven.store.schema import quoted

IN_MEMORY = ":memory:"
Prepare = Callable[[duckdb.DuckDBPyConnection], object]
"""Makes a fresh connection ready for use."""


class Engine:
    """One instance of the engine at a time; cursors from any thread."""

    def __init__(self, place: str, memory_limit: str, threads: int) -> None:
        """`memory_limit` as DuckDB writes it. Raises StoreLocked, StoreDamaged, StoreFull, StoreError."""
        self._place, self._config = place, engine_config(place, memory_limit, threads)
        self._changing = Lock()
        self._used = 0
        self.stopped: str | None = None
        """What it stopped for, until it is opened again."""
        with in_our_words(place, duckdb.Error):
            self.connection = self._opened()

    @contextmanager
    def words(self) -> Iterator[None]:
        """Turn errors of the engine into errors of the product; notes whether one of them stopped it."""
        try:
            with in_our_words(self._place, duckdb.Error):
                yield
        except StoreError as error:
            cause = error.__cause__
            if isinstance(cause, duckdb.FatalException) or "has been invalidated" in str(cause):
                self.stopped = str(error)
            raise

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own. The instance stays the same while there are any."""
        with self._changing:
            made = self.connection.cursor()
            self._used += 1
        try:
            with made:
                yield made
        finally:
            with self._changing:
                self._used -= 1

    def revive(self, prepare: Prepare) -> None:
        """Open the file again. Raises StoreError, and its kinds, where that cannot be done now; to be tried again."""
        with self._changing:
            why = self.stopped
            if self._used:  # two instances on one file would not know of each other
                raise StoreError(f"{why}; it is opened again as soon as the questions under way have ended")
            if not Path(self._place).is_file():
                raise StoreDamaged(f"the store {self._place} is not there any more: stop breakeven and restore it")
            self.connection.close()
            with in_our_words(self._place, duckdb.Error):
                self.connection = self._opened()
                prepare(self.connection)
            self.stopped = None
        structlog.get_logger().warning("store_opened_again", reason=why)

    def copy(self, target: Path) -> None:
        """Write a consistent copy into a new file. Raises StoreError."""
        part = target.with_name(target.name + ".part")
        part.unlink(missing_ok=True)
        try:
            with in_our_words(str(target), duckdb.Error), self.cursor() as cursor:
                name = cursor.execute("SELECT current_database()").fetchall()[0][0]
                cursor.execute(f"ATTACH {literal(str(part))} AS backup_copy")
                try:
                    cursor.execute(f"COPY FROM DATABASE {quoted(name)} TO backup_copy")
                finally:
                    cursor.execute("DETACH backup_copy")
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    def _opened(self) -> duckdb.DuckDBPyConnection:
        made = duckdb.connect(self._place, config=self._config)
        if self._place != IN_MEMORY:
            # By default what may be spilled is nine tenths of what is free when something is for the first time: too
            # little for good where that was on a full device. The device is limit enough. In `config` it has no effect.
            made.execute("SET max_temp_directory_size = '1TB'")
        return made

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def engine_config(place: str, memory_limit: str, threads: int) -> dict[str, str | bool | int | float | list[str]]:
    """Settings of the engine: it fetches nothing from the network, and spills beside the file or not at all."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return {**config, "temp_directory": ""} if place == IN_MEMORY else config
