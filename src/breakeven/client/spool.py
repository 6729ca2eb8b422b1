"""Where records wait while the server is away: files in a folder that several processes share, or memory.

Both are bounded, and what is full takes no more: what was put aside stays, so that a gap is at one place and counted.
A file holds one batch and gets its name when it is whole. Who sends files locks them; a lock ends with its process. Two
senders of one file would do no harm either, for each record has its id.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Batch(Protocol):
        """Records that are being sent again."""

        lines: list[bytes]

        def done(self) -> None:
            """They need not be kept any more."""
            ...

        def keep(self) -> None:
            """They wait on."""
            ...

    class Spool(Protocol):
        """A place where records wait."""

        def put(self, lines: Sequence[bytes], *, beyond: bool = False) -> bool:
            """Keep records; False where they do not fit. `beyond` the limit too. Raises OSError."""
            ...

        def take(self, events: int, size: int, before: int) -> Batch | None:
            """The oldest records, about so many, or None where none wait that nobody else sends.

            Only such as were put before a moment (nanoseconds since 1970): others may put without end.
            """
            ...

        def forked(self) -> None:
            """In a forked child: let go of what the parent is sending."""
            ...


ENDING, UNFINISHED = ".ndjson", ".part"
_STALE = 3600
"""Seconds after which a file that was never finished belongs to nobody."""
_PATIENCE = 1.0
"""Seconds to wait for another process that is just writing."""


class MemorySpool:
    """Batches in memory, as many bytes as the limit allows. Used by one thread at a time."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._held: deque[list[bytes]] = deque()

    @property
    def waiting(self) -> int:
        """Number of records."""
        return sum(len(lines) for lines in tuple(self._held))

    def put(self, lines: Sequence[bytes], *, beyond: bool = False) -> bool:
        size = sum(map(len, lines))
        if self._size + size > self._limit and not beyond:
            return False
        self._held.append(list(lines))
        self._size += size
        return True

    def take(self, events: int, size: int, before: int) -> MemoryBatch | None:
        del events, size, before  # a batch is sent as it was put
        return MemoryBatch(self, self._held[0]) if self._held else None

    def forked(self) -> None:
        self._held.clear()
        self._size = 0

    def forget(self, lines: list[bytes]) -> None:
        """Drop a batch that was sent."""
        if self._held and self._held[0] is lines:
            self._held.popleft()
            self._size -= sum(map(len, lines))


class MemoryBatch:
    """The oldest batch of a `MemorySpool`."""

    def __init__(self, spool: MemorySpool, lines: list[bytes]) -> None:
        self._spool, self.lines = spool, lines

    def done(self) -> None:
        self._spool.forget(self.lines)

    def keep(self) -> None:
        """It was never taken away."""


class DiskSpool:
    """Batches in files of a folder, readable by their owner alone."""

    def __init__(self, folder: str, limit: int, *, events: int = 500, size: int = 1 << 20) -> None:
        """A file gets `events` and `size` bytes at most, unless one batch has more."""
        self._folder, self._limit, self._events, self._size_of_file = folder, limit, events, size
        self._number = 0
        self._held: list[int] = []
        self._last: tuple[str, int] | None = None
        """The file that was written last, and how many lines it has."""

    def put(self, lines: Sequence[bytes], *, beyond: bool = False) -> bool:
        data = b"\n".join(lines) + b"\n"
        os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - pathlib doubles the start-up
        with self._alone():
            if not beyond and self._size() + len(data) > self._limit:
                return False
            if not self._added(data, len(lines)):
                self._written(data, len(lines))
        return True

    def take(self, events: int, size: int, before: int) -> DiskBatch | None:
        lines: list[bytes] = []
        taken: list[tuple[str, int]] = []
        length = 0
        for path in self._files(before):
            opened = self._claimed(path)
            if opened is None:
                continue
            place, data = opened
            found = [line for line in data.split(b"\n") if line]
            if lines and (len(lines) + len(found) > events or length + len(data) > size):
                self._let_go(place)
                break
            taken.append((path, place))
            lines += found
            length += len(data)
        return DiskBatch(self, lines, taken) if taken else None

    def _written(self, data: bytes, lines: int) -> None:
        """Make a file."""
        self._number += 1
        name = f"{self._folder}/{time.time_ns():020d}-{os.getpid()}-{self._number}"
        try:
            place = os.open(name + UNFINISHED, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(place, "wb") as file:
                file.write(data)
            os.rename(name + UNFINISHED, name + ENDING)  # noqa: PTH104 - as above
        except OSError:
            with suppress(OSError):
                os.unlink(name + UNFINISHED)  # noqa: PTH108 - as above
            raise
        self._last = (name + ENDING, lines)

    def _added(self, data: bytes, lines: int) -> bool:
        """Add to the file that was written last, so that a long absence makes few files; False where that cannot be."""
        if fcntl is None or self._last is None or self._last[1] + lines > self._events:
            return False
        path, before = self._last
        try:
            place = os.open(path, os.O_WRONLY | os.O_APPEND)
        except OSError:
            return False
        self._held.append(place)
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            about = os.fstat(place)
            if not about.st_nlink or about.st_size + len(data) > self._size_of_file:
                return False
            try:
                if os.write(place, data) == len(data):
                    self._last = (path, before + lines)
                    return True
            except OSError:
                os.ftruncate(place, about.st_size)
                raise
            os.ftruncate(place, about.st_size)
        except BlockingIOError:
            pass  # it is being sent
        finally:
            self._let_go(place)
        return False

    def forked(self) -> None:
        self._last = None
        # The lock is the parent's as long as the parent has the file open.
        for place in self._held:
            with suppress(OSError):
                os.close(place)
        self._held.clear()

    def settle(self, taken: Sequence[tuple[str, int]], *, remove: bool) -> None:
        """Let files go, and remove them where they were sent."""
        for path, place in taken:
            if remove:
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108 - as above
            self._let_go(place)

    def _claimed(self, path: str) -> tuple[int, bytes] | None:
        """An open file and what it holds; None where somebody else sends it or has sent it."""
        try:
            place = os.open(path, os.O_RDONLY)
        except OSError:
            return None
        self._held.append(place)
        try:
            if fcntl is not None:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(place).st_nlink:
                with os.fdopen(os.dup(place), "rb") as file:
                    return place, file.read()
        except OSError:
            pass
        self._let_go(place)
        return None

    def _let_go(self, place: int) -> None:
        if place in self._held:
            self._held.remove(place)
            # Unlocked first: a child that was forked meanwhile may still have the file open.
            if fcntl is not None:
                with suppress(OSError):
                    fcntl.flock(place, fcntl.LOCK_UN)
            os.close(place)

    def _files(self, before: int) -> list[str]:
        """The finished files that were begun before a moment, oldest first."""
        try:
            names = sorted(os.listdir(self._folder))  # noqa: PTH208 - as above
        except OSError:
            return []
        last = f"{before:020d}"
        return [f"{self._folder}/{name}" for name in names if name.endswith(ENDING) and name <= last]

    def _size(self) -> int:
        """Bytes of all files; what a process that died left unfinished is removed."""
        total = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    about = entry.stat()
                    if entry.name.endswith(UNFINISHED) and about.st_mtime < time.time() - _STALE:
                        os.unlink(entry.path)  # noqa: PTH108 - as above
                    elif entry.name.endswith((ENDING, UNFINISHED)):
                        total += about.st_size
        return total

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process writes meanwhile, so that the limit holds for all together. Raises OSError."""
        place = os.open(f"{self._folder}/lock", os.O_RDWR | os.O_CREAT, 0o600)
        self._held.append(place)
        try:
            deadline = time.monotonic() + _PATIENCE
            while fcntl is not None:
                try:
                    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
            yield
        finally:
            self._let_go(place)


class DiskBatch:
    """Some files of a `DiskSpool`, locked."""

    def __init__(self, spool: DiskSpool, lines: list[bytes], taken: list[tuple[str, int]]) -> None:
        self._spool, self.lines, self._taken = spool, lines, taken

    def done(self) -> None:
        self._spool.settle(self._taken, remove=True)

    def keep(self) -> None:
        self._spool.settle(self._taken, remove=False)
