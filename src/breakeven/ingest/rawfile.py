"""What every format's reader gives: tables of the file's own columns, with the place of each record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import pyarrow as pa

PLACE = "\x1frow"
"""Column with the 1-based place of a record in its file (int64); cannot be a column of a file."""

MALFORMED = "\x1fmalformed"
"""Column with the text of a record that could not be read, else NULL."""

UNIT_BYTES = 8 << 20
"""About as much text is read and mapped at once."""


class RawFile(Protocol):
    """A file opened for reading: its columns are known, its records come in tables."""

    columns: tuple[str, ...]
    """Names of its columns, unique without regard to case."""
    textual: bool
    """Whether values are text that a person or program wrote (numbers may have a decimal comma), not typed."""
    separator: str | None
    """Sign between the columns of a delimited text."""
    total_rows: int | None
    """Number of records, where the file says so."""

    def tables(self, wanted: Sequence[str], skip: int = 0) -> Iterator[pa.Table]:
        """The records in order: PLACE, MALFORMED and the wanted columns. Can be called once.

        The first `skip` records are passed over, and read no further than that needs.

        Raises FileUnreadable where the file turns out to be damaged.
        """
        ...

    def notes(self) -> list[str]:
        """What a person should know about how the file was read."""
        ...

    def progress(self) -> tuple[int, int]:
        """How much is done, of how much; bytes or records."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def passed_over(tables: Iterable[pa.Table], skip: int) -> Iterator[pa.Table]:
    """The tables without their first `skip` rows."""
    for table in tables:
        if skip < len(table):
            yield table.slice(skip) if skip else table
        skip = max(0, skip - len(table))


def unique_names(header: Iterable[str | None]) -> tuple[str, ...]:
    """Column names from a header: trimmed, empty ones as `column_3`, repeated ones (in any case) as `name_2`."""
    taken: dict[str, None] = {}
    names = []
    for number, given in enumerate(header, start=1):
        name = base = (given or "").replace("\x1f", "").replace("\x00", "").strip() or f"column_{number}"
        copy = 2
        while name.lower() in taken:
            name, copy = f"{base}_{copy}", copy + 1
        taken[name.lower()] = None
        names.append(name)
    return tuple(names)
