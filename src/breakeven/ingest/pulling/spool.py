"""Records on their way from a source: written to files of JSON lines of bounded size, each handed on when it is full.

What is fetched is on disk, not in memory, and the connection to the source never waits for the store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

FILE_BYTES = 64 << 20
FILE_ROWS = 100_000
"""A file is handed on when it has one of the two."""


class Spool:
    """Collects the records of one kind in a folder, in a `with` block: what is left at its end is handed on."""

    def __init__(self, folder: Path, name: str, full: Callable[[Path], None]) -> None:
        """`full` takes in a file; the file is removed after it."""
        self._path, self._full = folder / f"{name}.ndjson", full
        self._file: IO[bytes] | None = None
        self.rows = self._bytes = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:
            self.flush()
        elif self._file is not None:
            self._file.close()

    def add(self, record: bytes) -> None:
        """Add a record, JSON text of an object."""
        if self._file is None:
            self._file = self._path.open("wb")
        # What a person may read over several lines is one line here; blanks inside texts stay.
        line = record if b"\n" not in record and b"\r" not in record else msgspec.json.format(record, indent=-1)
        self._file.write(line)
        self._file.write(b"\n")
        self.rows += 1
        self._bytes += len(line) + 1

    @property
    def filled(self) -> bool:
        """Whether it is time to flush."""
        return self.rows >= FILE_ROWS or self._bytes >= FILE_BYTES

    def flush(self) -> None:
        """Hand on what there is."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        self.rows = self._bytes = 0
        try:
            self._full(self._path)
        finally:
            self._path.unlink(missing_ok=True)
