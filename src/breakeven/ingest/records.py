"""Records of a request as they were decoded, which become columns together with those of other requests.

What a table costs is mostly the table, not its rows: requests that wait at the same time share one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
import pyarrow as pa


class Columns(msgspec.Struct, frozen=True):
    """Records of several requests."""

    table: pa.Table
    """A staging relation with `ordinal`; `row` is 1-based in each request."""
    sure: frozenset[str]
    """Fields whose values need no further look: their type, range and length are right."""


class NotPlain(Exception):
    """Records have to be looked at one by one: they are to be read from their body once more."""


class Records(Protocol):
    """Records of one kind; those of one class that are `alike` can be put together."""

    @property
    def kind(self) -> str:
        """Kind of fact."""

    @property
    def rows(self) -> int:
        """Number of records."""

    @property
    def held(self) -> int:
        """Bytes of what holds the records, about, without their values."""

    @property
    def alike(self) -> Hashable:
        """What is the same in those that can be put together; the kind is part of it."""

    def together(self, parts: Sequence[Any], sources: Sequence[str]) -> Columns | None:
        """The columns of all `parts`, of which it is one; `sources` are the sources of those that name none.

        None where a record of them has to be looked at by itself.
        """


def places(parts: Sequence[Records]) -> dict[str, pa.Array]:
    """The columns `row` and `ordinal`."""
    sizes = [part.rows for part in parts]
    ordinals = np.arange(sum(sizes), dtype=np.int64)
    return {"row": pa.array(ordinals - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1), "ordinal": pa.array(ordinals)}
