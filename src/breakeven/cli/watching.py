"""Long work on a terminal: what it is doing, and Ctrl-C that ends it where nothing is half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from breakeven.reports import watched
from breakeven.reports.progress import Step


def _nothing() -> None:
    """Nothing more is to be told that it ends."""


@contextmanager
def shown(title: str, on_stop: Callable[[], None] = _nothing) -> Iterator[None]:
    """Say every step on the terminal, if it is one. Ctrl-C ends the work at its next step with Cancelled.

    A second Ctrl-C ends it at once, as without this. `on_stop` is called at the first.
    """
    stop = threading.Event()

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        on_stop()
        click.echo("ending at the next step; Ctrl-C once more ends at once", err=True)

    with (
        _interrupts(interrupted),
        Console(stderr=True).status(f"{title} …") as status,
        watched(lambda step: status.update(f"{title}: {_words(step)} …"), stop.is_set),
    ):
        yield


@contextmanager
def _interrupts(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Where Ctrl-C can be taken, which is in the main thread only, `handler` gets it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def replaced(target: Path, content: bytes) -> None:
    """Write a file whole or not at all: who breaks it off keeps the one of before, and no part of this one."""
    beside = target.with_name(f".{target.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _words(step: Step) -> str:
    """Cost by category (3 of 12)."""
    return f"{step.words} ({step.done + 1} of {step.total})" if step.total else step.words
