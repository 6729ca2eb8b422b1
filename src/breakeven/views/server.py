"""What a page may say of the process that serves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from breakeven.errors import Problem


def _nothing() -> Sequence[Problem]:
    return ()


def _no() -> bool:
    return False


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """How the process runs; secrets are masked already."""

    settings: tuple[tuple[str, str], ...] = ()
    """Name and value of each setting."""
    problems: Callable[[], Sequence[Problem]] = _nothing
    """What is wrong with the workspace's files as they are now on disk."""
    changed: Callable[[], bool] = _no
    """Whether the files on disk are others than those that were loaded."""
