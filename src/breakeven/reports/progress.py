"""Long work says how far it is, and can be broken off: between two sections, charts, slides or sheets.

    with watched(told, stopped):
        compose(…); write(…)

What does the work calls `step` and knows nothing of who watches; without a watcher it does nothing. What must not end
halfway stands within `unbroken`, and says with `told` what it does. Only the thread in which `watched` was entered is
watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from breakeven.errors import Cancelled


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is being done."""

    words: str
    """Value by category; slide 4."""
    done: int = 0
    """Parts of the present stage that are done."""
    total: int = 0
    """Parts that it has; 0: not known."""


Told = Callable[[Step], None]
Stopped = Callable[[], bool]


def _never() -> bool:
    return False


_WATCHER: ContextVar[tuple[Told, Stopped] | None] = ContextVar("breakeven_report_watcher", default=None)


@contextmanager
def watched(told: Told, stopped: Stopped = _never) -> Iterator[None]:
    """Tell every step; where `stopped` says so, the work ends at the next one with Cancelled."""
    before = _WATCHER.set((told, stopped))
    try:
        yield
    finally:
        _WATCHER.reset(before)


@contextmanager
def unbroken() -> Iterator[None]:
    """What happens in here is done to its end, whoever breaks it off; steps in it are not told."""
    before = _WATCHER.set(None)
    try:
        yield
    finally:
        _WATCHER.reset(before)


def is_watched() -> bool:
    """Whether somebody is told what this thread does."""
    return _WATCHER.get() is not None


def told(words: str, done: int = 0, total: int = 0) -> None:
    """Say what is begun, where it is too late to break it off."""
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher[0](Step(words=words, done=done, total=total))


def step(words: str, done: int = 0, total: int = 0) -> None:
    """Say what is begun. Raises Cancelled where somebody broke it off."""
    watcher = _WATCHER.get()
    if watcher is None:
        return
    tell, stopped = watcher
    if stopped():
        raise Cancelled(f"broken off before: {words}")
    tell(Step(words=words, done=done, total=total))
