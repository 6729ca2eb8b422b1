"""What pages remember: views by data version, and answers that hardly change for a minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import msgspec

from breakeven.store.base import Store

TRAFFIC = "interaction"
"""The kind of fact that comes all the time."""
SETTLED = timedelta(milliseconds=800)
"""How long a page may show the version before, while only traffic comes: less than a second."""
MINUTE = timedelta(minutes=1)


class Recent:
    """The last few things by key; safe to use from many threads."""

    def __init__(self, limit: int) -> None:
        self._limit, self._found = limit, OrderedDict[Hashable, Any]()
        self._lock = Lock()
        self._making: dict[Hashable, Lock] = {}

    def get(self, key: Hashable) -> Any:
        """What is kept under a key; None: nothing."""
        with self._lock:
            return self._found.get(key)

    def keep(self, key: Hashable, value: Any) -> None:
        """Keep a thing, and forget the oldest ones beyond the limit."""
        with self._lock:
            self._found[key] = value
            self._found.move_to_end(key)
            while len(self._found) > self._limit:
                self._found.popitem(last=False)

    def made(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is kept, else made once by the first who asks; the others wait for that one."""
        found = self.get(key)
        if found is None:
            with self._alone(key):
                found = self.get(key)
                if found is None:
                    found = make()
                    self.keep(key, found)
        return found

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[None]:
        with self._lock:
            lock = self._making.setdefault(key, Lock())
        with lock:
            try:
                yield
            finally:
                with self._lock:
                    self._making.pop(key, None)


class Minutes:
    """Answers at most a minute old: those about complete months, which a record of today does not change."""

    def __init__(self, limit: int = 512) -> None:
        self._found = Recent(limit)

    def get(self, key: Hashable, now: datetime, make: Callable[[], Any]) -> Any:
        """The answer made less than a minute ago, or a new one."""
        found = self._found.get(key)
        if found is not None and timedelta(0) <= now - found[0] < MINUTE:
            return found[1]
        value = make()
        self._found.keep(key, (now, value))
        return value


class Moment(msgspec.Struct, frozen=True):
    """A data version that is shown."""

    version: int
    others: int
    """Data version of the last change that was not of interactions."""
    at: datetime


class Versions:
    """Which data version pages show."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, Lock()
        self._last: Moment | None = None

    def current(self, now: datetime, *, newest: bool = False) -> int:
        """The newest, or the one of a moment ago if only interactions came since.

        Heavy traffic then costs one computation a second; anything else (a note, a bill) is shown at once.
        """
        versions = self._store.versions()
        others = max((version for kind, version in versions.by_kind.items() if kind != TRAFFIC), default=0)
        with self._lock:
            last = self._last
            if newest or last is None or last.others != others or not timedelta(0) <= now - last.at < SETTLED:
                self._last = last = Moment(versions.data, others, now)
        return last.version
