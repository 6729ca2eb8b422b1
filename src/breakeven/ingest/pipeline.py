"""The way of records into the store: the steps, one commit, and what became of every row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.errors import UnknownName
from breakeven.facts import KINDS
from breakeven.ingest.ahead import ahead
from breakeven.ingest.outcome import Outcome, Refusal
from breakeven.ingest.refusing import (
    REFUSED,
    by_reason,
    refusals,
    refuse,
    refuse_conflicts,
    refused_table,
    rejected_sql,
)
from breakeven.ingest.staging import Staging
from breakeven.ingest.steps import STEPS, Batch, Terms, begin
from breakeven.pricing import Pricer
from breakeven.store.base import Commit, Store
from breakeven.store.schema import INTERACTION, arrow_schema
from breakeven.workspace.definitions import Workspace

MOST_REFUSALS = 1_000
"""Refusals that the outcome of a file names; all of them are counted and kept."""


class Judged(msgspec.Struct, frozen=True):
    """A batch after its steps."""

    batch: Batch
    valid: pa.Table
    """As the store takes it."""
    refused: pa.Table


class Pipeline:
    """Takes staging relations into a store; one batch at a time, safe to call from several threads."""

    def __init__(
        self, workspace: Workspace, store: Store, pricer: Pricer, *, memory_limit: str = "256MB", threads: int = 2
    ) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._terms = Terms(
            currency=workspace.currency,
            projects=frozenset(workspace.projects),
            reject_unknown=workspace.unknown_project == "reject",
            pricer=pricer,
        )
        self._staging = Staging(workspace.calendar.time_zone, memory_limit, threads)

    @property
    def projects(self) -> frozenset[str] | None:
        """The only valid projects; None where any is taken."""
        return self._terms.valid_projects

    @property
    def store(self) -> Store:
        """Where it commits to."""
        return self._store

    def close(self) -> None:
        """Let go of the memory; the store stays open."""
        with self._lock:
            self._staging.close()

    def ingest(self, kind: str, table: pa.Table, *, source: str, now: datetime) -> Outcome:
        """Take in the records of one kind. Raises UnknownName, StoreError."""
        return self.ingest_all({kind: table}, source=source, now=now)

    def ingest_all(
        self,
        tables: Mapping[str, pa.Table],
        *,
        source: str,
        now: datetime,
        refused: Sequence[Refusal] = (),
        most_refusals: int | None = None,
        keep_refused: bool = True,
    ) -> Outcome:
        """Take in records of several kinds in one commit.

        Tables are staging relations; `ordinal` is added where it is missing, and must differ between rows of a kind
        where it is there. `refused` are records that did not come as far as a table. What is
        rejected is kept in the store, unless `keep_refused` is false because it is there.

        Raises UnknownName, StoreError.
        """
        judged = self.judged(tables, source, now)
        outcome, told = self._stored(judged, now, refused_table(refused), keep_refused=keep_refused)
        return _named(outcome, told, most_refusals)

    def ingest_together(
        self, tables: Mapping[str, pa.Table], refused: pa.Table, *, source: str, now: datetime
    ) -> tuple[Outcome, pa.Table]:
        """The same for records of several requests; the outcome names no refusals, a table REFUSED has them all."""
        return self._stored(self.judged(tables, source, now), now, refused)

    def judged(self, tables: Mapping[str, pa.Table], source: str, now: datetime) -> dict[str, Judged]:
        """The tables after their steps, by kind; nothing is stored. Raises UnknownName."""
        return self._judged(tables, source, now, self._terms)

    def follow(
        self, tables: Mapping[str, pa.Table], rejected: pa.Table | None, *, now: datetime, journal: int
    ) -> Outcome:
        """Store acknowledged records, and rejected ones as the store keeps them, up to a place in the journal.

        They were valid when they were taken in, and stay so whatever the workspace says of projects by now.
        """
        terms = msgspec.structs.replace(self._terms, reject_unknown=False)
        judged = self._judged(tables, "journal", now, terms, sure=True)
        outcome, told = self._stored(judged, now, rejected=rejected, journal=journal)
        return _named(outcome, told, MOST_REFUSALS)

    def _judged(
        self, tables: Mapping[str, pa.Table], source: str, now: datetime, terms: Terms, *, sure: bool = False
    ) -> dict[str, Judged]:
        """`sure`: the rows were found valid before, and are in their types."""
        for kind in tables:
            if kind not in KINDS:
                raise UnknownName("kind of fact", kind, KINDS)
        with self._lock:
            return {kind: self._judge(kind, table, source, now, terms, sure=sure)
                    for kind, table in tables.items() if len(table)}  # fmt: skip

    def _stored(
        self,
        judged: Mapping[str, Judged],
        now: datetime,
        refused: pa.Table | None = None,
        *,
        keep_refused: bool = True,
        mark: tuple[str, str] | None = None,
        rejected: pa.Table | None = None,
        journal: int | None = None,
    ) -> tuple[Outcome, pa.Table]:
        """Commit what was judged and tell what became of it, and which rows were refused. Raises StoreError.

        `mark` goes with the rows; where these are interactions, with the conflicts among them, which are known later:
        between the two the rows would only be duplicates.
        """
        later = INTERACTION in judged
        turned_away = [REFUSED.empty_table() if refused is None else refused, *(one.refused for one in judged.values())]
        kept = [
            table
            for table in (rejected, self.rejected(turned_away, now) if keep_refused else None)
            if table is not None
        ]
        receipt = self._store.append(
            Commit(
                facts={kind: one.valid for kind, one in judged.items() if len(one.valid)},
                rejected=pa.concat_tables(kept) if kept else None,
                recorded_at=now,
                mark=None if later else mark,
                journal=journal,
            )
        )
        conflicts = [
            self._conflicts(judged[kind], verdict.conflicts)
            for kind, verdict in receipt.verdicts.items()
            if verdict.conflicts
        ]
        if (conflicts and keep_refused) or (later and mark is not None):
            told_later = self.rejected(conflicts, now) if conflicts and keep_refused else None
            self._store.append(Commit(rejected=told_later, recorded_at=now, mark=mark if later else None))
        verdicts = receipt.verdicts.values()
        told = pa.concat_tables([*turned_away, *conflicts])
        outcome = Outcome(
            accepted=sum(verdict.accepted for verdict in verdicts),
            duplicates=sum(len(verdict.duplicates) for verdict in verdicts),
            duplicate_ordinals={kind: tuple(verdict.duplicates) for kind, verdict in receipt.verdicts.items()},
            version=receipt.version,
            rejected=by_reason(told),
        )
        return outcome, told

    def import_chunks(
        self,
        chunks: Iterable[pa.Table],
        kind: str,
        *,
        source: str,
        now: datetime,
        on_progress: Callable[[Outcome], None] | None = None,
        mark: Callable[[int], tuple[str, str]] | None = None,
    ) -> Outcome:
        """Take in a file, one commit for each chunk of it; `on_progress` gets what became of the rows so far.

        The next chunk is read and judged while the one before it is stored. `mark` makes of the number of rows of a
        chunk the mark (see `Commit`) that is committed with them.
        """
        total = Outcome()
        for judged in ahead(self.judged({kind: chunk}, source, now) for chunk in chunks):
            made = mark(sum(len(one.batch.staged) for one in judged.values())) if mark is not None else None
            outcome, told = self._stored(judged, now, mark=made)
            total = total.plus(_named(outcome, told, MOST_REFUSALS), MOST_REFUSALS)
            if on_progress is not None:
                on_progress(total)
        return total

    def _conflicts(self, judged: Judged, ordinals: Sequence[int]) -> pa.Table:
        with self._lock:
            return refuse_conflicts(judged.batch, pa.array(ordinals, pa.int64()))

    def _judge(self, kind: str, table: pa.Table, source: str, now: datetime, terms: Terms, *, sure: bool) -> Judged:
        if "ordinal" not in table.column_names:
            table = table.append_column("ordinal", pa.array(np.arange(len(table), dtype=np.int64)))
        if "row" not in table.column_names:
            table = table.append_column("row", pc.add(table["ordinal"], 1))
        batch = begin(
            kind, table, source, now, terms, self._staging, sure=frozenset(table.column_names if sure else ())
        )
        for step in STEPS:
            batch = step(batch)
        result = batch.rows
        fine = pc.equal(result["fault"], 0)
        shape = arrow_schema(kind)
        if pc.all(fine).as_py() is not False:
            return Judged(batch, result.select(shape.names).cast(shape), REFUSED.empty_table())
        faults = result.select(["ordinal", "fault"]).filter(pc.invert(fine))
        valid = result.select(shape.names).filter(fine).cast(shape)
        return Judged(batch, valid, refuse(batch, faults))

    def rejected(self, refused: Sequence[pa.Table], now: datetime) -> pa.Table | None:
        """Tables REFUSED as the store keeps them; None where all are empty."""
        together = pa.concat_tables(refused)
        if not len(together):
            return None
        with self._lock, self._staging.holding(refused=together):
            return self._staging.table(rejected_sql(now), len(together))


def _named(outcome: Outcome, told: pa.Table, most: int | None) -> Outcome:
    """An outcome with its refusals, the first ones of them."""
    return msgspec.structs.replace(outcome, refusals=tuple(refusals(told if most is None else told.slice(0, most))))
