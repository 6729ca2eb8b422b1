"""The port that a store implements, and the records that cross it.

A store keeps facts and their roll-ups. `append` is the only way in: one transaction that applies the identity rules,
writes raw rows and adds their partial sums to the roll-ups. `reprice` gives interactions another cost, as new versions.
`query` is the only way out: SQL over the tables and views that `store/schema.py` declares, answered as Arrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pyarrow as pa

from breakeven.store.keys import Flags, Keys
from breakeven.store.timing import Timings


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What is written in one transaction."""

    facts: Mapping[str, pa.Table] = {}
    """Kind → table with exactly the columns of `facts.columns(kind)` (any order) and `ordinal` (int64), the row's place
    in what was sent. Rows are valid; identity is not yet decided."""
    rejected: pa.Table | None = None
    """Columns as `store/schema.py` REJECTED_SCHEMA; a row whose id is there already is left as it is."""
    replayed: Sequence[str] = ()
    """Ids of rejected records that these facts mend: marked as replayed in the same transaction."""
    recorded_at: datetime
    """When breakeven learnt of it."""
    mark: tuple[str, str | None] | None = None
    """Name and text of a note that is kept in `meta` by the same transaction; None as text takes it away."""
    journal: int | None = None
    """Place in the journal up to which everything is in this commit or an earlier one; kept in the same transaction."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the identity rules decided for one kind."""

    accepted: int
    """Rows written."""
    duplicates: Sequence[int]
    """Ordinals of rows that were there already, unchanged (or stand twice in the commit)."""
    conflicts: Sequence[int]
    """Ordinals of interactions whose id is taken by another content."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The store's answer to a commit, given when it is durable."""

    version: int
    """Data version after the commit; the same as before if nothing was written."""
    verdicts: Mapping[str, Verdict]


class Versions(msgspec.Struct, frozen=True):
    """Where the data stand."""

    data: int
    """Grows by one with every commit that wrote a fact."""
    by_kind: Mapping[str, int]
    """Fact kind → data version of its last change; what a cache of its measures is keyed by."""
    changed_at: datetime | None
    """When the last fact was recorded."""


REPRICED = pa.schema([
    ("source", pa.string()), ("id", pa.string()), ("time", pa.timestamp("us", tz="UTC")),
    ("cost", pa.decimal128(38, 12)), ("cost_currency", pa.string()), ("cost_origin", pa.string()),
    ("price_id", pa.string()),
])  # fmt: skip
"""An interaction that is there, its time, and what it costs from now on."""


class Repricing(msgspec.Struct, frozen=True, kw_only=True):
    """Interactions that are to cost something else; one transaction."""

    changes: Iterable[pa.Table]
    """Tables of REPRICED, read once, one at a time. What names no interaction, or changes nothing, is passed over."""
    recorded_at: datetime
    """When breakeven priced them again."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What some interactions say beside their cost."""

    rows: int
    sums: Mapping[str, Decimal | None]
    """Column → sum of its values as stored; None where no row has one."""
    fingerprint: str
    """Sum of the rows' 64-bit hashes over every column but those of the cost, in hexadecimal."""


class Repriced(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, or would be."""

    version: int
    """Data version after it; the same as before if nothing was written."""
    rows: int
    """New versions of interactions."""
    before: Content
    """Of the rows that are superseded."""
    after: Content
    """Of the rows in their place; equal to `before`, or nothing is written."""


Parameters = Sequence[Any] | Mapping[str, Any]


class Snapshot(Protocol):
    """One moment of the data: every query sees the same facts, whatever is committed meanwhile."""

    @property
    def versions(self) -> Versions:
        """Where the data stand at that moment; of the past, where they stood then."""
        ...

    @property
    def as_of(self) -> datetime | None:
        """The instant of the past whose facts are seen; None is the present."""
        ...

    def query(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Answer a SELECT at that moment."""
        ...


class Store(Protocol):
    """A place for facts; see the module."""

    @property
    def timings(self) -> Timings:
        """How long queries take."""
        ...

    def append(self, commit: Commit) -> Receipt:
        """Write a commit and return when it is durable. Raises StoreFull, StoreError."""
        ...

    def reprice(self, repricing: Repricing, *, apply: bool) -> Repriced:
        """Write new versions of interactions that differ in their cost alone, and bring the roll-ups to them.

        `apply` False tells what would be written, from the same statements, and writes nothing. Raises StoreFull,
        StoreError, StoreDamaged where anything else would change.
        """
        ...

    def query(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Answer a SELECT over the declared tables and views. Safe to call from any thread."""
        ...

    def snapshot(self, as_of: datetime | None = None) -> AbstractContextManager[Snapshot]:
        """Hold one moment for several queries, from one thread: a statement is made of figures of one data version.

        With `as_of`, an aware instant, every table and view of facts, roll-ups and rejected records shows what was
        recorded up to and including it, as if the store had stopped then. Raises UsageProblem for a naive one.
        """
        ...

    def versions(self) -> Versions:
        """The data version, in memory: costs nothing."""
        ...

    @property
    def identity(self) -> str:
        """What tells this store from every other one; a copy of it has the same."""
        ...

    def journal(self) -> int:
        """Place in the journal up to which everything is stored; 0 before the first. Costs nothing."""
        ...

    def may_hold(self, kind: str, keys: Keys) -> Flags:
        """For each key of a fact (`store/identity.py`) whether it may be stored: false means it is not.

        From any thread. The first question about a kind reads its keys, which takes a second for ten million.
        """
        ...

    def compact(self) -> None:
        """Merge partial roll-up rows and give back space; changes no answer."""
        ...

    def verify(self) -> list[str]:
        """Derive the roll-ups from the raw rows again and say where they differ; empty if they agree."""
        ...

    def backup(self, target: Path) -> None:
        """Write a consistent copy while running."""
        ...

    def close(self) -> None:
        """Finish writing and let go of the files."""
        ...
