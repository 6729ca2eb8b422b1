"""What is acknowledged and not yet in the store: the entries of the journal in order, and the keys of their records.

The writer adds and asks for keys, the follower takes chunks from the front and reports them done. Tables stay in memory
up to a limit; beyond it an entry is read from the journal again when its turn comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Condition

import msgspec
import numpy as np

from breakeven.ingest.journal import Entry, Place
from breakeven.store.keys import Flags, Keys, KeySet

CHUNK = 122_880
"""Rows after which a chunk takes no more entries. So many fill a row group of the store, which then goes to its file
directly instead of through its log: two thirds of the work."""
KEPT = 64 << 20
"""Bytes of the journal whose tables are kept in memory."""


class Waiting(msgspec.Struct, frozen=True):
    """An entry that waits for the store."""

    place: Place
    at: datetime
    rows: int
    entry: Entry | None
    """None: to be read from the journal."""
    tell: Callable[[int], None] | None = None
    """Called with the data version when the store has it."""


class Chunk:
    """Entries that go into the store together, and the keys of their records by kind."""

    def __init__(self) -> None:
        self.entries: list[Waiting] = []
        self.rows = 0
        self._keys: dict[str, KeySet] = {}

    @property
    def last(self) -> int:
        """Sequence of the last entry."""
        return self.entries[-1].place.sequence

    def add(self, waiting: Waiting, keys: Mapping[str, Keys]) -> None:
        self.entries.append(waiting)
        self.rows += waiting.rows
        for kind, more in keys.items():
            self._keys.setdefault(kind, KeySet()).add(more)

    def holds(self, kind: str, keys: Keys) -> Flags | None:
        """Which of the keys are among the chunk's; None: there is none of that kind."""
        known = self._keys.get(kind)
        return None if known is None else known.seen_before(keys)


class Backlog:
    """Chunks from the oldest to the one that is being filled. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._chunks: deque[Chunk] = deque()
        self._apart: dict[int, Mapping[str, Keys]] = {}
        self._kept = self._bytes = 0

    @property
    def changed(self) -> Condition:
        """Notified when something was added; its lock guards everything here."""
        return self._changed

    @property
    def rows(self) -> int:
        """Records that are not yet in the store."""
        with self._changed:
            return sum(chunk.rows for chunk in self._chunks)

    @property
    def bytes(self) -> int:
        """Length of their entries."""
        return self._bytes

    @property
    def oldest(self) -> datetime | None:
        """When the first of them was taken in."""
        with self._changed:
            return self._chunks[0].entries[0].at if self._chunks else None

    def add(
        self, place: Place, entry: Entry, keys: Mapping[str, Keys], tell: Callable[[int], None] | None = None
    ) -> None:
        """Add an entry that is in the journal."""
        rows = sum(len(table) for table in entry.tables.values())
        with self._changed:
            keep = self._kept + place.size <= KEPT
            self._kept += place.size if keep else 0
            self._bytes += place.size
            if not self._chunks or self._chunks[-1].rows >= CHUNK:
                self._chunks.append(Chunk())
            chunk = self._chunks[-1]
            chunk.add(Waiting(place, entry.at, rows, entry if keep else None, tell), keys)
            # To wake the follower costs more than to add: it looks by itself, once it knows that something waits.
            if len(chunk.entries) == 1 or chunk.rows >= CHUNK:
                self._changed.notify()

    def take(self) -> Chunk | None:
        """The oldest chunk, which takes no more entries; it stays until `done`."""
        with self._changed:
            if not self._chunks:
                return None
            if len(self._chunks) == 1:
                self._chunks.append(Chunk())
            return self._chunks[0]

    def done(self, chunk: Chunk) -> None:
        """The store has a chunk that was taken."""
        with self._changed:
            self._chunks.remove(chunk)
            if len(self._chunks) == 1 and not self._chunks[0].entries:
                self._chunks.clear()
            self._bytes -= sum(waiting.place.size for waiting in chunk.entries)
            self._kept -= sum(waiting.place.size for waiting in chunk.entries if waiting.entry is not None)

    def set_apart(self, number: int, keys: Mapping[str, Keys]) -> None:
        """Records that wait for the store without being in the journal, under a number of their own."""
        with self._changed:
            self._apart[number] = keys

    def settle(self, numbers: Sequence[int]) -> None:
        """What was set apart is in the store, or will never be."""
        with self._changed:
            for number in numbers:
                self._apart.pop(number, None)

    def holds(self, kind: str, keys: Keys) -> Flags:
        """For each key whether a record that waits has it."""
        with self._changed:
            chunks, apart = list(self._chunks), [held[kind] for held in self._apart.values() if kind in held]
        flags = np.isin(keys, np.concatenate(apart)) if apart else np.zeros(len(keys), np.bool_)
        for chunk in chunks:
            found = chunk.holds(kind, keys)
            flags = flags if found is None else flags | found
        return flags
