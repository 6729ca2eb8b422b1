"""How a commit is written: identity, raw rows, roll-ups, versions, in the order of one transaction.

Outcomes that are reported later change interactions last (`store/outcomes.py`), when all facts of the commit are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.store import identity
from breakeven.store.base import Commit, Verdict
from breakeven.store.intake import count
from breakeven.store.keys import Flags, Keys, KeySet, in_order
from breakeven.store.outcomes import Outcomes
from breakeven.store.rolling import MOST_OUT, roll
from breakeven.store.schema import (
    FACT_TABLES,
    INTERACTION,
    META,
    OUTCOME,
    REJECTED,
    REJECTED_SCHEMA,
    WAITING,
    arrow_schema,
    fact_fields,
    quoted,
)
from breakeven.store.session import Session

SCAN = 61_440
"""Rows of a batch of an Arrow table: the engine reads batches in parallel."""
ROW_GROUP = 122_880
"""Rows that the engine stores together. What several threads insert leaves groups partly filled, which the next
checkpoint writes again; so raw rows are inserted by the group, each from one batch."""


class Writer:
    """Writes the facts of one commit in an open transaction; `new_keys` then belong to the key sets of their kinds."""

    def __init__(
        self,
        session: Session,
        keys: Mapping[str, KeySet],
        local_day: Callable[[str], str],
        recorded_at: datetime,
        version: int,
        rows_out: int,
    ) -> None:
        """`version` is the data version that the commit gets if it writes a fact; `local_day` as in `measures_view`."""
        self._session, self._keys, self._local_day = session, keys, local_day
        self._recorded_at, self._version = recorded_at, version
        self.rows_out = rows_out
        """Interactions that are not in the roll-ups; see `store/rolling.py`."""
        self.new_keys: dict[str, Keys] = {}
        self.changed: list[str] = []
        """Kinds of which a fact was written."""

    def write(self, commit: Commit) -> dict[str, Verdict]:
        """Write everything; gives the verdict on each kind."""
        verdicts = {kind: self._write_kind(kind, table) for kind, table in commit.facts.items()}
        if commit.rejected is not None and len(commit.rejected):
            self._write_rejected(commit.rejected)
        if commit.replayed:
            marks = ", ".join("?" for _ in commit.replayed)
            self._session.execute(
                f"UPDATE rejected SET replayed_at = ? WHERE id IN ({marks})", [self._recorded_at, *commit.replayed]
            )
        self.changed = [kind for kind, verdict in verdicts.items() if verdict.accepted]
        if self.rows_out >= MOST_OUT:
            self._roll()
        if INTERACTION in self.changed or OUTCOME in self.changed:
            self._apply_outcomes()
        write_versions(self._session, self.changed, self._version, self._recorded_at)
        if commit.mark is not None:
            self._write_mark(*commit.mark)
        if commit.journal is not None:
            self._session.execute("UPDATE meta SET value = ? WHERE name = 'journal'", [str(commit.journal)])
        return verdicts

    def _write_kind(self, kind: str, table: pa.Table) -> Verdict:
        if not len(table):
            return Verdict(accepted=0, duplicates=(), conflicts=())
        batch = self._with_keys(kind, table)
        seen = self._keys[kind].seen(_numbers(batch, "key"))
        write = self._write_interactions if kind == INTERACTION else partial(self._write_versions_of, kind)
        verdict = write(batch, seen)
        count(self._session, kind, batch, verdict, self._recorded_at, self._version)
        return verdict

    def _apply_outcomes(self) -> None:
        """Bring interactions to outcomes that were written now, and to those that waited for them."""
        outcomes = Outcomes(self._session, self._local_day, self._recorded_at, self._version)
        came = self.new_keys.get(INTERACTION, np.empty(0, np.uint64))
        targets = came[self._keys[WAITING.name].seen_before(came)]
        if OUTCOME in self.changed:
            targets = np.union1d(targets, outcomes.written())
        if len(targets):
            self._roll()
            known = self._keys[INTERACTION].seen_before(targets) | np.isin(targets, came)
            revised, self.new_keys[WAITING.name] = outcomes.apply(targets, known)
            if revised and INTERACTION not in self.changed:
                self.changed.append(INTERACTION)

    def _roll(self) -> None:
        roll(self._session, self._local_day, self._version)
        self.rows_out = 0

    def _with_keys(self, kind: str, table: pa.Table) -> pa.Table:
        """The table in its declared shape, with `key` (and `target`), in batches."""
        shape = arrow_schema(kind)
        batch = _in_batches(table.select(shape.names).cast(shape))
        more = f", {identity.TARGET} AS target" if kind == OUTCOME else ""
        with self._session.holding("incoming", batch):
            derived = self._session.table(f"SELECT {identity.KEY} AS key{more} FROM incoming")
        for name in derived.column_names:
            batch = batch.append_column(name, derived.column(name))
        return batch

    def _write_interactions(self, batch: pa.Table, seen: Flags) -> Verdict:
        duplicates, conflicts = self._judge_interactions(batch, seen) if seen.any() else ([], [])
        batch = _without(batch, pa.chunked_array([[*duplicates, *conflicts]], pa.int64()))
        if len(batch):
            # Rows in order of time let the engine skip whole blocks.
            times = batch.column("time").cast(pa.int64()).to_numpy()
            if not in_order(times):
                batch = batch.take(pa.array(np.argsort(times, kind="stable")))
            for group in _groups(batch):
                with self._session.holding("batch", group):
                    self._insert_raw(INTERACTION, batch, "batch")
            self.rows_out += len(batch)
            self.new_keys[INTERACTION] = _numbers(batch, "key")
        return Verdict(accepted=len(batch), duplicates=duplicates, conflicts=conflicts)

    def _judge_interactions(self, batch: pa.Table, seen: Flags) -> tuple[list[int], list[int]]:
        """Ordinals of the duplicates and of the conflicts among the rows whose key was seen.

        A true duplicate has the same time, so the rows between the suspects' times are compared first, and all rows
        only for keys that are not found there (a conflict in the time, or two ids with one key).
        """
        suspects = _chosen(batch, seen)
        held = _chosen(suspects, self._keys[INTERACTION].seen_before(_numbers(suspects, "key")))
        judged = []
        if len(held):
            times = pc.min_max(held["time"]).as_py()
            window = [times["min"], times["max"]]
            judged.append(self._judged(held, identity.judge_by_stored("suspects", "f.time BETWEEN ? AND ?"), window))
            elsewhere = _without(held, judged[0]["ordinal"])
            if len(elsewhere):
                judged.append(self._judged(elsewhere, identity.judge_by_stored("suspects", "TRUE")))
        new = _without(suspects, _ordinals(judged))
        if len(new) > 1:
            judged.append(self._judged(new, identity.judge_among_sent("suspects")))
        duplicates, conflicts = (
            sorted(_ordinals([part.filter(pc.equal(part["verdict"], verdict)) for part in judged]).to_pylist())
            for verdict in ("duplicate", "conflict")
        )
        return duplicates, conflicts

    def _judged(self, suspects: pa.Table, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        with self._session.holding("suspects", _in_batches(suspects)):
            return self._session.table(sql, parameters)

    def _write_versions_of(self, kind: str, batch: pa.Table, seen: Flags) -> Verdict:
        """Write the rows of a superseding kind as the next versions of their facts."""
        fresh, suspects = _chosen(batch, ~seen), _chosen(batch, seen)
        duplicates: list[int] = []
        if len(fresh):
            with self._session.holding("batch", fresh):
                self._insert_raw(kind, fresh, "batch")
        if len(suspects):
            duplicates = self._supersede(kind, suspects)
        keys = _numbers(batch, "key")
        self.new_keys[kind] = keys[~self._keys[kind].seen_before(keys)]
        return Verdict(accepted=len(batch) - len(duplicates), duplicates=duplicates, conflicts=())

    def _supersede(self, kind: str, suspects: pa.Table) -> list[int]:
        """Add the versions that differ from the one before; gives the ordinals of those that do not."""
        raw = FACT_TABLES[kind].name
        fields = _fields(kind)
        with self._session.holding("suspects", suspects):
            stored = self._session.table(identity.current_versions(kind, "suspects"))
            with self._session.holding("stored", stored):
                judged = self._session.table(
                    identity.judge_versions(kind, "stored", "suspects", "?"), [self._recorded_at]
                )
            with self._session.holding("judged", judged):
                self._session.execute(
                    f"UPDATE {raw} SET superseded_at = j.recorded_at FROM judged AS j"
                    f" WHERE j.accepted AND j.is_last AND {raw}.superseded_at IS NULL"
                    f" AND {raw}.source = j.source AND {raw}.id = j.id"
                )
                fields += _derived(kind)
                self._session.execute(
                    f"INSERT INTO {raw} ({', '.join(fields)}, recorded_at, data_version, superseded_at, revision)"
                    f" SELECT {', '.join(f's.{name}' for name in fields)}, j.recorded_at, ?,"
                    " CASE WHEN j.is_last THEN NULL ELSE j.recorded_at END, j.revision"
                    " FROM suspects AS s JOIN judged AS j USING (ordinal) WHERE j.accepted ORDER BY s.ordinal",
                    [self._version],
                )
        duplicates: list[int] = judged.filter(pc.invert(judged["accepted"]))["ordinal"].to_pylist()
        return duplicates

    def _insert_raw(self, kind: str, batch: pa.Table, relation: str) -> None:
        """Insert the rows of `batch`, which is held as `relation`, as first revisions."""
        # Columns that are NULL throughout are left to their default: half the time for a source that says little.
        fields = [quoted(f.name) for f in fact_fields(kind) if batch.column(f.name).null_count < len(batch)]
        derived = _derived(kind)
        kept, values = [*derived, "recorded_at", "data_version"], [*derived, "?", "?"]
        if kind != INTERACTION:
            kept, values = [*kept, "revision"], [*values, "1"]
        self._session.execute(
            f"INSERT INTO {FACT_TABLES[kind].name} ({', '.join([*fields, *kept])})"
            f" SELECT {', '.join([*fields, *values])} FROM {relation}",
            [self._recorded_at, self._version],
        )

    def _write_mark(self, name: str, text: str | None) -> None:
        self._session.execute(f"DELETE FROM {META.name} WHERE name = ?", [name])
        if text is not None:
            self._session.execute(f"INSERT INTO {META.name} VALUES (?, ?)", [name, text])

    def _write_rejected(self, rejected: pa.Table) -> None:
        names = [name for name in REJECTED_SCHEMA.names if name in rejected.column_names]
        shown = ", ".join(quoted(name) for name in names)
        shape = pa.schema([REJECTED_SCHEMA.field(name) for name in names])
        with self._session.holding("turned_away", rejected.select(names).cast(shape)):
            self._session.execute(
                f"INSERT INTO {REJECTED.name} ({shown}) SELECT {shown} FROM turned_away AS n"
                f" ANTI JOIN {REJECTED.name} AS r ON n.id = r.id"
                ' QUALIFY row_number() OVER (PARTITION BY n.id ORDER BY n."row") = 1'
            )


def write_versions(session: Session, kinds: Iterable[str], version: int, recorded_at: datetime) -> None:
    """Say that some kinds changed at a data version."""
    changed = [f"data_version:{kind}" for kind in kinds]
    if not changed:
        return
    marks = ", ".join("?" for _ in changed)
    session.execute(
        "UPDATE meta SET value = CASE name WHEN 'changed_at' THEN ? ELSE ? END"
        f" WHERE name IN ('changed_at', 'data_version', {marks})",
        [recorded_at.isoformat(), str(version), *changed],
    )


def _fields(kind: str) -> list[str]:
    return [quoted(field.name) for field in fact_fields(kind)]


def _derived(kind: str) -> list[str]:
    """Columns that are made of a fact's fields when it is written."""
    return ["key", "target"] if kind == OUTCOME else ["key"]


def _numbers(table: pa.Table, name: str) -> Keys:
    keys: Keys = table.column(name).to_numpy()
    return keys


def _in_batches(table: pa.Table) -> pa.Table:
    """The same table, cut so that the engine can read it with several threads."""
    return pa.Table.from_batches(table.to_batches(max_chunksize=SCAN), table.schema)


def _groups(table: pa.Table) -> Iterator[pa.Table]:
    """The table in parts of one batch and one row group each."""
    for start in range(0, len(table), ROW_GROUP):
        yield table.slice(start, ROW_GROUP).combine_chunks()


def _ordinals(judged: Sequence[pa.Table]) -> pa.ChunkedArray:
    return pa.chunked_array([chunk for part in judged for chunk in part["ordinal"].chunks], pa.int64())


def _chosen(batch: pa.Table, flags: Flags) -> pa.Table:
    return batch if flags.all() else batch.filter(pa.array(flags))


def _without(batch: pa.Table, ordinals: pa.ChunkedArray) -> pa.Table:
    if not len(ordinals):
        return batch
    return batch.filter(pc.invert(pc.is_in(batch["ordinal"], value_set=ordinals.combine_chunks())))
