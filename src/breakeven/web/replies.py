"""Outcomes on their way from the threads that write to the requests that wait on the event loop.

Those of a group are brought over together: to wake the loop for each of them costs more than all the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator

from breakeven.ingest.outcome import Outcome


class Reply:
    """What one request waits for, on the loop that made it; told from any thread."""

    __slots__ = ("_future", "_replies", "_told")

    def __init__(self, replies: Replies, future: asyncio.Future[Outcome]) -> None:
        self._replies, self._future, self._told = replies, future, False

    def __await__(self) -> Generator[object, None, Outcome]:
        return self._future.__await__()

    def set_running_or_notify_cancel(self) -> bool:
        """Whether somebody still waits."""
        return not self._future.cancelled()

    def done(self) -> bool:
        """Whether it was told."""
        return self._told

    def set_result(self, result: Outcome) -> None:
        """Tell the outcome."""
        self._told = True
        self._replies.bring(self._future, result)

    def set_exception(self, exception: BaseException) -> None:
        """Tell what prevented it."""
        self._told = True
        self._replies.bring(self._future, exception)


class Replies:
    """The replies of one server."""

    def __init__(self) -> None:
        self._found: deque[tuple[asyncio.Future[Outcome], Outcome | BaseException]] = deque()
        self._coming = False

    def expect(self) -> Reply:
        """A reply to wait for; on the event loop."""
        return Reply(self, asyncio.get_running_loop().create_future())

    def bring(self, future: asyncio.Future[Outcome], found: Outcome | BaseException) -> None:
        """Have the loop of a future set it; the first of several wakes it."""
        self._found.append((future, found))
        if not self._coming:
            self._coming = True
            try:
                future.get_loop().call_soon_threadsafe(self._set)
            except RuntimeError:  # the loop has ended, and nobody waits any more
                self._found.clear()
                self._coming = False

    def _set(self) -> None:
        self._coming = False  # before the first is taken: what comes from now on wakes the loop again
        while self._found:
            future, found = self._found.popleft()
            if future.done():
                continue
            if isinstance(found, BaseException):
                future.set_exception(found)
            else:
                future.set_result(found)
