"""Records that were not accepted: listed, and tried again after what was wrong with them was mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
import pyarrow as pa

from breakeven.errors import NotFound, UnknownName
from breakeven.facts import KINDS, Reason, columns
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import MOST_REFUSALS, Pipeline
from breakeven.ingest.staging import Staging, name, text
from breakeven.store.base import Commit, Snapshot, Store

PAGE = 100
AT_ONCE = 10_000
"""Records that one commit of a replay takes."""


AGAIN = f"starts_with(record, '{{') AND kind IN ({', '.join(text(kind) for kind in KINDS)})"
"""SQL condition that a rejected record can be tried again: it was kept as an object of a known kind."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rejected records are meant; what is None is not asked for."""

    ids: tuple[str, ...] | None = None
    reason: str | None = None
    kind: str | None = None
    source: str | None = None
    replayed: bool | None = False
    """False: those that still wait; True: those that were accepted later; None: both."""


class RejectedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One rejected record as it is kept."""

    id: str
    received_at: datetime
    kind: str
    reason: str
    source: str | None = None
    row: int | None = None
    field: str | None = None
    value: str | None = None
    record: str | None = None
    replayed_at: datetime | None = None


class Rejected:
    """The rejected records of a store; of one moment of it they can only be read."""

    def __init__(self, store: Store | Snapshot) -> None:
        self._store = store

    def counts(self) -> list[tuple[str, str, str | None, int]]:
        """Reason, kind, source and how many of them wait, the most first."""
        table = self._store.query(
            "SELECT reason, kind, source, count(*) AS n FROM rejected WHERE replayed_at IS NULL"
            " GROUP BY reason, kind, source ORDER BY n DESC, reason, kind, source")  # fmt: skip
        return [(row["reason"], row["kind"], row["source"], row["n"]) for row in table.to_pylist()]

    def by_reason(self) -> list[tuple[str, int, int]]:
        """Reason, how many were ever kept, and how many of them wait, in the order of the names."""
        table = self._store.query(
            "SELECT reason, count(*) AS n, count(*) FILTER (WHERE replayed_at IS NULL) AS waiting FROM rejected"
            " GROUP BY reason ORDER BY reason")  # fmt: skip
        return [(row["reason"], row["n"], row["waiting"]) for row in table.to_pylist()]

    def count(self, which: Filter) -> int:
        """Number of rejected records. Raises UnknownName."""
        condition, values = _condition(which)
        return int(self._store.query(f"SELECT count(*) AS n FROM rejected WHERE {condition}", values)["n"][0].as_py())

    def page(self, which: Filter, *, offset: int = 0, limit: int = PAGE) -> list[RejectedRecord]:
        """Rejected records, the latest first. Raises UnknownName."""
        condition, values = _condition(which)
        table = self._store.query(
            "SELECT id, received_at, kind, reason, source, row, field, value, record, replayed_at FROM rejected"
            f" WHERE {condition} ORDER BY received_at DESC, source, row, id LIMIT {int(limit)} OFFSET {int(offset)}",
            values,
        )
        return [RejectedRecord(**row) for row in table.to_pylist()]

    def replay(self, which: Filter, pipeline: Pipeline, now: datetime) -> Outcome:
        """Send records through the steps again, as the workspace is now.

        Those that are accepted, or turn out to be there already, are marked; the others stay as they are.
        Raises UnknownName, NotFound where none is meant, StoreError.
        """
        staging = Staging()
        try:
            return self._replay(which, pipeline, staging, now)
        finally:
            staging.close()

    def _replay(self, which: Filter, pipeline: Pipeline, staging: Staging, now: datetime) -> Outcome:
        total, found = Outcome(), False
        for kind, source, records in self._groups(which):
            found = True
            table, ids = _restaged(kind, records, staging)
            outcome = pipeline.ingest_all({kind: table}, source=source, now=now, keep_refused=False)
            failed = {refusal.ordinal for refusal in outcome.refusals}
            mended = [id_ for ordinal, id_ in enumerate(ids) if ordinal not in failed]
            if mended:
                pipeline.store.append(Commit(replayed=mended, recorded_at=now))
            total = total.plus(outcome, MOST_REFUSALS)
        if not found:
            raise NotFound("no rejected record that can be tried again fits this")
        return total

    def _groups(self, which: Filter) -> Iterator[tuple[str, str, pa.Table]]:
        """Records that can be read again, by kind and source, in the order in which they came."""
        condition, values = _condition(which)
        table = self._store.query(
            "SELECT id, kind, coalesce(source, '') AS source, row, record FROM rejected"
            f" WHERE {condition} AND {AGAIN}"
            " ORDER BY kind, source, received_at, row, id", values)  # fmt: skip
        keys = list(zip(table["kind"].to_pylist(), table["source"].to_pylist(), strict=True))
        start = 0
        for at in range(1, len(keys) + 1):
            if at == len(keys) or keys[at] != keys[start] or at - start == AT_ONCE:
                yield (*keys[start], table.slice(start, at - start))
                start = at


def _condition(which: Filter) -> tuple[str, list[object]]:
    parts, values = ["TRUE"], list[object]()
    if which.reason is not None and which.reason not in set(Reason):
        raise UnknownName("reason", which.reason, [str(reason) for reason in Reason])
    for field in ("reason", "kind", "source"):
        if getattr(which, field) is not None:
            parts.append(f"{field} = ?")
            values.append(str(getattr(which, field)))
    if which.ids is not None:
        parts.append(f"id IN ({', '.join('?' for _ in which.ids) or 'NULL'})")
        values += which.ids
    if which.replayed is not None:
        parts.append(f"replayed_at IS {'NOT ' if which.replayed else ''}NULL")
    return " AND ".join(parts), values


def _restaged(kind: str, records: pa.Table, staging: Staging) -> tuple[pa.Table, Sequence[str]]:
    """A staging relation of stored records, and their ids by ordinal."""
    names = [column.name for column in columns(kind)]
    # A record that came over HTTP may still be in its envelope: id, source and time stand there if the data have none.
    shape = msgspec.json.encode(dict.fromkeys([*names, "data", "time"], "VARCHAR")).decode()
    inner = msgspec.json.encode(dict.fromkeys(names, "VARCHAR")).decode()
    shown = ", ".join(f"coalesce(i.{name(field)}, o.{name(field)}) AS {name(field)}" for field in names)
    sent = records.append_column("n", pa.array(range(len(records)), pa.int64()))
    outer = f"SELECT row, n, from_json(record, {text(shape)}) AS o FROM sent"
    data = f"CASE WHEN json_valid(o.data) THEN from_json(o.data, {text(inner)}) END"
    both = f"SELECT row, n, o, {data} AS i FROM ({outer})"
    with staging.holding(sent=sent):
        table = staging.table(f"SELECT row, {shown} FROM ({both}) ORDER BY n", len(records))
    return table, records["id"].to_pylist()
