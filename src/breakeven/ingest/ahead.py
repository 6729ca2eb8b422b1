"""Reading one step ahead: the next part of a file is made ready while the one before it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


def ahead(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts in the same order, each begun as soon as the one before it is handed out.

    They are made in one other thread, one at a time. What making a part raises is raised where it would have come.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="reader") as thread:
        coming = thread.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = thread.submit(next, parts, None)
            yield part
