"""The journal: what is acknowledged before the store has it, in files that only grow.

A folder holds segments `<sequence of the first entry>.journal`. A segment begins with MAGIC; an entry is a HEAD (sign,
bytes of the content, sequence, microseconds since 1970 when it was taken in, checksum over all of it) and its content:
tables as Arrow IPC, each with its kind. Sequences have no gaps. An entry counts when `append` has returned: then it is
synced. What a crash left half written at the end is cut off when the journal is opened; damage before the end is an
error, because it was acknowledged.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Lock

import msgspec
import pyarrow as pa
import structlog

from breakeven.errors import StoreDamaged, StoreError
from breakeven.store.failures import in_our_words

MAGIC = b"breakeven journal 1\n"
SIGN = b"\xb5ENT"
HEAD = struct.Struct("<4sIQqI")
SEGMENT = 16 << 20
"""Bytes after which the next entry begins a new segment."""
SUFFIX = ".journal"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Tables = Mapping[str, pa.Table]
"""Kind of fact, or REJECTED, → rows."""
REJECTED = "rejected"
"""Name of the table of rejected records in an entry."""


class Place(msgspec.Struct, frozen=True):
    """Where an entry stands."""

    sequence: int
    segment: Path
    offset: int
    size: int
    """Bytes, head and content."""


class Entry(msgspec.Struct, frozen=True):
    """What one append wrote."""

    sequence: int
    at: datetime
    """When it was taken in."""
    tables: Tables


class Journal:
    """Appends from one thread; reading and letting go of segments from another."""

    def __init__(self, folder: Path, after: int) -> None:
        """Opens or makes the folder; `after` is the sequence up to which the store has everything.

        Raises StoreDamaged, StoreError, StoreFull.
        """
        self._folder, self._lock = folder, Lock()
        self._file, self._path, self._end, self._torn = -1, folder, 0, False
        with in_our_words(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            self._segments = {int(path.stem): path.stat().st_size for path in folder.glob("*" + SUFFIX)}
            self._places, self._sequence = self._scan(after)

    @property
    def sequence(self) -> int:
        """Sequence of the last entry."""
        return self._sequence

    @property
    def length(self) -> int:
        """Bytes of all segments."""
        with self._lock:
            return sum(self._segments.values())

    def left(self) -> Sequence[Place]:
        """The entries that were there when it was opened and that the store does not have, in order."""
        return self._places

    def append(self, tables: Tables, at: datetime) -> Place:
        """Write an entry and return when it is on the device.

        Where that fails nothing of it stays, and the next append is tried as if this one had not been.
        Raises StoreFull, StoreError.
        """
        content = _encoded(tables)
        sequence = self._sequence + 1
        micros = (at - _EPOCH) // timedelta(microseconds=1)
        check = zlib.crc32(content, zlib.crc32(struct.pack("<Qq", sequence, micros)))
        entry = HEAD.pack(SIGN, len(content), sequence, micros, check) + content
        with in_our_words(str(self._folder)):
            self._make_ready(sequence)
            try:
                _write(self._file, entry, self._end)
                os.fdatasync(self._file)
            except OSError:
                self._torn = True
                with suppress(OSError):
                    self._cut()
                raise
        place = Place(sequence, self._path, self._end, len(entry))
        self._sequence, self._end = sequence, self._end + len(entry)
        with self._lock:
            self._segments[int(self._path.stem)] = self._end
        return place

    def read(self, place: Place) -> Entry:
        """An entry. Raises StoreDamaged, StoreError."""
        with in_our_words(str(self._folder)), place.segment.open("rb") as file:
            file.seek(place.offset)
            found = _entry(file.read(place.size))
        if found is None or found[0].sequence != place.sequence:
            raise StoreDamaged(f"the journal {place.segment} is damaged at byte {place.offset}")
        return found[0]

    def forget(self, stored: int) -> None:
        """Delete the segments whose entries the store has, all up to `stored`; the last one stays."""
        with self._lock:
            firsts = sorted(self._segments)
        for first, following in pairwise(firsts):
            if following <= stored + 1:
                with suppress(OSError):  # it is tried again with the next one
                    self._segment(first).unlink(missing_ok=True)
                    with self._lock:
                        del self._segments[first]

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _segment(self, first: int) -> Path:
        return self._folder / f"{first:020d}{SUFFIX}"

    def _make_ready(self, sequence: int) -> None:
        """An open segment whose end is a good one."""
        if self._torn:
            self._cut()
        deleted = self._file >= 0 and not os.fstat(self._file).st_nlink
        if self._file >= 0 and self._end < SEGMENT and not deleted:
            return
        self.close()
        if deleted:  # by somebody else: what is written to it now would be gone with the process
            structlog.get_logger().error("journal_deleted", path=str(self._path))
            self._folder.mkdir(parents=True, exist_ok=True)
        path = self._segment(sequence)
        file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        try:
            _write(file, MAGIC, 0)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError:
            os.close(file)
            with suppress(OSError):
                path.unlink()
            raise
        self._file, self._path, self._end = file, path, len(MAGIC)

    def _cut(self) -> None:
        os.ftruncate(self._file, self._end)
        self._torn = False

    def _scan(self, after: int) -> tuple[list[Place], int]:
        """The entries after a sequence, and the last sequence; the torn end of the last segment is cut off."""
        places, last = list[Place](), after
        firsts = sorted(self._segments)
        for number, first in enumerate(firsts):
            final = number == len(firsts) - 1
            if not final and firsts[number + 1] <= after + 1:
                continue
            path = self._segment(first)
            content = memoryview(path.read_bytes())
            end = len(MAGIC) if content[: len(MAGIC)] == MAGIC else 0
            while (found := _entry(content[end:], decode=False)) is not None:
                entry, size = found
                if entry.sequence > after:
                    if places and entry.sequence != last + 1:  # before the first a copy of the store may lack some
                        raise StoreDamaged(f"the journal {path} has entry {entry.sequence} where {last + 1} belongs")
                    places.append(Place(entry.sequence, path, end, size))
                    last = entry.sequence
                end += size
            if end < len(content):
                self._end_of(path, content[end:].tobytes(), end, final=final)
        return places, last

    def _end_of(self, path: Path, rest: bytes, end: int, *, final: bool) -> None:
        """Cut off what was being written when the process ended. Raises StoreDamaged where it cannot be that."""
        later = (at for at in _finds(rest, SIGN) if _entry(rest[at:], decode=False) is not None)
        if not final or next(later, None) is not None:
            raise StoreDamaged(f"the journal {path} is damaged at byte {end}, and acknowledged records follow")
        os.truncate(path, end)
        self._segments[int(path.stem)] = end
        structlog.get_logger().warning("journal_cut", path=str(path), bytes=len(rest))


def _finds(content: bytes, sign: bytes) -> Iterator[int]:
    at = content.find(sign)
    while at >= 0:
        yield at
        at = content.find(sign, at + 1)


def _write(file: int, content: bytes, offset: int) -> None:
    left = memoryview(content)
    while left:
        written = os.pwrite(file, left, offset)
        left, offset = left[written:], offset + written


def _encoded(tables: Tables) -> bytes:
    parts = []
    for kind, table in tables.items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        parts.append((kind, memoryview(sink.getvalue())))
    return msgspec.msgpack.encode(parts)


def _entry(content: bytes | memoryview, *, decode: bool = True) -> tuple[Entry, int] | None:
    """The entry at the beginning of a content and its length; None where there is no whole one."""
    if len(content) < HEAD.size:
        return None
    sign, size, sequence, micros, check = HEAD.unpack_from(content)
    body = memoryview(content)[HEAD.size : HEAD.size + size]
    if sign != SIGN or len(body) < size:
        return None
    if zlib.crc32(body, zlib.crc32(struct.pack("<Qq", sequence, micros))) != check:
        return None
    return Entry(sequence, _EPOCH + timedelta(microseconds=micros), _tables(body) if decode else {}), HEAD.size + size


def _tables(content: memoryview) -> Tables:
    try:
        parts = msgspec.msgpack.decode(content, type=list[tuple[str, bytes]])
        return {kind: pa.ipc.open_stream(part).read_all() for kind, part in parts}
    except (msgspec.DecodeError, pa.ArrowInvalid) as error:
        raise StoreError(f"an entry of the journal cannot be read: {error}") from error
