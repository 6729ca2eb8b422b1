"""A connection as the modules that write need it, so that what they do can be read without the engine's own calls."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pyarrow as pa


class Session(Protocol):
    """A connection in a transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement."""
        ...

    def table(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Answer a query."""
        ...

    def holding(self, name: str, table: pa.Table) -> AbstractContextManager[None]:
        """Make a table readable under a name."""
        ...
