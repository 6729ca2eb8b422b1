"""The engine's errors in words of the product: what happened to which store, and the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from breakeven.errors import StoreDamaged, StoreError, StoreFull, StoreLocked, UsageProblem

_FULL = ("No space left", "File too large", "Disk quota", "max_temp_directory_size")
"""What the system and the engine say where a device is full; the last one where it cannot spill to it."""
_HELD_BY = re.compile(r"PID (\d+)")


def translated(error: Exception, place: str) -> StoreError:
    """The error that a user sees for one of the engine or of the system."""
    text = str(error)
    if any(words in text for words in _FULL):
        return StoreFull(f"no room left for the store {place}: free space on its device and send again")
    if "has been invalidated" in text:
        return StoreError(f"the engine of the store {place} stopped after a failure and is started again: try again")
    if "lock on file" in text:
        holder = _HELD_BY.search(text)
        who = f"process {holder[1]}" if holder else "another process"
        return StoreLocked(f"the store {place} is held by {who}: stop it, or ask it over HTTP")
    if "not a valid DuckDB database file" in text:
        return StoreDamaged(f"{place} is not a store of breakeven")
    if "Read-only file system" in text or "read-only" in text:
        return StoreError(f"the store {place} cannot be written: its device is read-only; make it writable again")
    if "Permission denied" in text:
        return StoreError(f"the store {place} cannot be written: permission denied")
    return StoreError(f"the store {place} failed: {text.splitlines()[0] if text else type(error).__name__}")


def check_place(path: Path) -> None:
    """Raises StoreError where no file of that path can be made."""
    if path.is_dir():
        raise StoreError(f"the store {path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise StoreError(f"the folder {path.parent} for the store does not exist")


@contextmanager
def in_our_words(place: str, *kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of the system and of the given kinds into errors of the product."""
    ours: tuple[type[Exception], ...] = (OSError, *kinds)
    try:
        yield
    except ours as error:
        raise translated(error, place) from error


def check_time_zone(time_zone: str | None) -> None:
    """Raises UsageProblem for a name that no time zone has."""
    try:
        ZoneInfo(time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageProblem(f"{time_zone!r} is not an IANA time zone such as Europe/Berlin") from error
