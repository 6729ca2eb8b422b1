"""How far a file was taken in: kept in the store with every commit of it, so that an interrupted import goes on there.

A mark counts the rows of the staging relation, in their order, that are in the store; it is written in the transaction
of the rows themselves, and taken away when the file is done. It is found again by what the rows depend on: the file
(name, size, time of change, beginning and end) and the way it is read. Anything else starts from the beginning, which
is slower and as right: rows are known by their ids.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from breakeven.store.base import Store
from breakeven.workspace.definitions import SourceMapping

FORM = 1
"""Changes with anything that gives other rows, or other ids, for the same file."""
_SAMPLE = 64 << 10
"""Bytes at the beginning and the end of a file that are looked at."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file was taken in."""

    rows: int = 0
    """Rows that are in the store or rejected."""
    own_ids: bool = True
    """Whether all of them brought ids: then they need not be read to number those that bring none."""

    @property
    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


def mark_name(path: Path, spec: SourceMapping, sheet: str | None) -> str:
    """Under what the mark of a file is kept."""
    about = path.stat()
    read = hashlib.blake2b(msgspec.json.encode((FORM, spec, sheet, path.name, about.st_size, about.st_mtime_ns)))
    with path.open("rb") as file:
        read.update(file.read(_SAMPLE))
        file.seek(max(0, about.st_size - _SAMPLE))
        read.update(file.read(_SAMPLE))
    return f"import:{read.hexdigest()[:32]}"


def found_mark(store: Store, name: str) -> Mark:
    """The mark of a file; of one that was never begun, or is done, no rows."""
    [text] = store.query("SELECT max(value) AS value FROM meta WHERE name = ?", [name])["value"].to_pylist()
    return Mark() if text is None else msgspec.json.decode(text, type=Mark)
