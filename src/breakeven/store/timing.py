"""How long queries take, counted as they end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import msgspec

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""


class Timed(msgspec.Struct, frozen=True):
    """Queries so far: how many took at most each of `BOUNDS`, how many there were, and their time together."""

    at_most: tuple[int, ...] = (0,) * len(BOUNDS)
    count: int = 0
    seconds: float = 0.0


class Timings:
    """Counts queries; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cells = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Count what happens inside as one query, whether it fails or not."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add(time.perf_counter() - begun)

    def add(self, seconds: float) -> None:
        """Count a query."""
        cell = next((place for place, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
        with self._lock:
            self._cells[cell] += 1
            self._seconds += seconds

    def read(self) -> Timed:
        """The queries so far."""
        with self._lock:
            cells, seconds = list(self._cells), self._seconds
        sums, total = [], 0
        for cell in cells[:-1]:
            total += cell
            sums.append(total)
        return Timed(tuple(sums), total + cells[-1], seconds)
