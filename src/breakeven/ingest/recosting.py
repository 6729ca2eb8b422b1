"""What interactions would cost at other prices: read in chunks, priced as on arrival, compared and counted.

A chunk has some days, or a part of one day that has very many rows; so memory is bounded, and it comes in the order of
time. A row changes where its cost, the currency or the origin does. Where only the price's identity would, it stays as
it is: it keeps the name of the price that it was priced by, and the amount is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import UNASSIGNED
from breakeven.ingest.metering import meter
from breakeven.ingest.staging import Staging, text
from breakeven.ingest.tariffs import tariff
from breakeven.pricing import Pricer
from breakeven.store.base import REPRICED, Snapshot
from breakeven.store.schema import CURRENT, FACT_TABLES, INTERACTION, PRICED

CHUNK = 100_000
"""Rows that are priced at once."""
_DAY = 86_400_000_000
"""Microseconds of a day."""
_RAW = FACT_TABLES[INTERACTION].name
_READ = (
    "source", "id", "time", "count", "project", "model", "provider", "operation", "input_tokens", "output_tokens",
    "cached_tokens", "usage", "labels",
)  # fmt: skip
_OPTIONAL = ("provider", "operation", "input_tokens", "output_tokens", "cached_tokens", "usage", "labels")
"""Columns that pricing does not look at where they are empty."""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Which interactions are looked at."""

    first: datetime
    last: datetime | None
    """Exclusive; None: no end."""
    project: str | None
    declared: tuple[str, ...]
    """Projects of the workspace; all others are `unassigned`."""
    reported: bool
    """Also those whose cost was reported."""
    time_zone: str

    def condition(self) -> str:
        """SQL over raw interactions."""
        origins = ("metered", "unpriced", *(("reported",) if self.reported else ()))
        parts = [CURRENT, f"cost_origin IN ({', '.join(map(text, origins))})", f"time >= {_instant(self.first)}"]
        if self.last is not None:
            parts.append(f"time < {_instant(self.last)}")
        if self.project is not None:
            parts.append(f"{self.owner()} = {text(self.project)}")
        return " AND ".join(parts)

    def owner(self) -> str:
        """SQL of the project that an interaction belongs to."""
        if not self.declared:
            return text(UNASSIGNED)
        return f"CASE WHEN project IN ({', '.join(map(text, self.declared))}) THEN project ELSE {text(UNASSIGNED)} END"


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Rows and money of one month, project and currency."""

    month: str
    project: str
    currency: str | None
    looked: int
    changed: int
    newly_priced: int
    lost_price: int
    unpriced: int
    unusable: int
    kept: int
    renamed: int
    old: Decimal | None
    new: Decimal | None


class Recosting:
    """One pass over the rows: `changes` is read once, then `tallies` says what was seen."""

    def __init__(self, rows: Rows, pricer: Pricer, staging: Staging) -> None:
        self._rows, self._pricer, self._staging = rows, pricer, staging
        self._parts: list[pa.Table] = []
        self.used: set[str] = set()
        """Identities of the prices that rows were given."""

    def changes(self, moment: Snapshot) -> Iterator[pa.Table]:
        """Tables of REPRICED, in the order of time."""
        for where in self._chunks(moment):
            found = moment.query(f"SELECT {', '.join((*_READ, *PRICED))} FROM {_RAW} WHERE {where}")
            if len(found):
                priced = _priced(found, self._pricer, self._staging)
                self.used |= {price for price in pc.unique(priced["price_id"]).to_pylist() if price is not None}
                changed = self._compared(found, priced)
                if len(changed):
                    yield changed

    def tallies(self) -> list[Tally]:
        """By month, project and currency."""
        if not self._parts:
            return []
        keys = ("month", "project", "currency")
        sums = ", ".join(f"sum({name}) AS {name}" for name in Tally.__struct_fields__ if name not in keys)
        with self._staging.holding(parts=pa.concat_tables(self._parts)):
            merged = self._staging.table(
                f"SELECT {', '.join(keys)}, {sums} FROM parts GROUP BY ALL ORDER BY month, project, currency NULLS LAST"
            )
        return [Tally(**{**row, **_whole(row)}) for row in merged.to_pylist()]

    def _chunks(self, moment: Snapshot) -> Iterator[str]:
        """Conditions on raw rows: days together as long as they are few, a day in parts where it has too many."""
        condition = self._rows.condition()
        days = moment.query(
            f"SELECT epoch_us(time) // {_DAY} AS day, count(*) AS rows FROM {_RAW} WHERE {condition}"
            " GROUP BY 1 ORDER BY 1"
        )
        for first, last, rows in _spans(days["day"].to_pylist(), days["rows"].to_pylist()):
            span = f"{condition} AND time >= {_of_day(first)} AND time < {_of_day(last + 1)}"
            parts = -(-rows // CHUNK)
            yield from (f"{span} AND key % {parts} = {part}" for part in range(parts)) if parts > 1 else (span,)

    def _compared(self, found: pa.Table, priced: pa.Table) -> pa.Table:
        """Note what a chunk says; gives the rows that change."""
        rows = found.select(["source", "id", "time", "project"])
        for name in PRICED:
            rows = rows.append_column(f"old_{name}", found[name]).append_column(f"new_{name}", priced[name])
        with self._staging.holding(rows=rows):
            judged = self._staging.table(_JUDGED)
        month = f"strftime(timezone({text(self._rows.time_zone)}, time), '%Y-%m')"
        with self._staging.holding(judged=judged):
            self._parts.append(self._staging.table(_counted(month, self._rows.owner())))
            changed = self._staging.table(
                f"SELECT source, id, time, {', '.join(PRICED)} FROM judged WHERE changed ORDER BY time"
            )
        return changed.cast(REPRICED)


def _spans(days: Sequence[int], rows: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """First day, last day and rows of each chunk."""
    first, last, held = None, 0, 0
    for day, count in zip(days, rows, strict=True):
        if first is not None and held + count > CHUNK:
            yield first, last, held
            first, held = None, 0
        first, last, held = day if first is None else first, day, held + count
    if first is not None:
        yield first, last, held


def _priced(found: pa.Table, pricer: Pricer, staging: Staging) -> pa.Table:
    """cost, cost_currency, cost_origin and price_id of rows, in their order, as if they came without any."""
    ordinals = pa.array(np.arange(len(found), dtype=np.int64))
    kept = [name for name in _READ if name not in _OPTIONAL or found[name].null_count < len(found)]
    rows = found.select(kept).append_column("ordinal", ordinals)
    rows = rows.append_column("fault", pa.repeat(pa.scalar(0, pa.int32()), len(found)))
    priced = tariff(pricer, rows)
    if priced is None:
        priced = meter(pricer, staging, rows)
        priced = priced.take(pc.sort_indices(priced["ordinal"]))
    return priced.select(PRICED)


# A reported cost gives way to a price only; a cost without any usage beside it is all that is known.
_JUDGED = f"""
    SELECT source, id, time, project, {", ".join(f"old_{name}" for name in PRICED)},
           {", ".join(f"CASE WHEN stays THEN old_{name} ELSE new_{name} END AS {name}" for name in PRICED)},
           NOT stays AND (old_cost, old_cost_currency, old_cost_origin)
               IS DISTINCT FROM (new_cost, new_cost_currency, new_cost_origin) AS changed,
           unusable, stays AND NOT unusable AS kept,
           NOT stays AND old_price_id IS DISTINCT FROM new_price_id AS renamed
    FROM (
        SELECT *, new_cost_origin = 'unmetered' AS unusable,
               new_cost_origin = 'unmetered' OR (new_cost IS NULL AND old_cost_origin = 'reported') AS stays
        FROM rows
    )
"""


def _counted(month: str, owner: str) -> str:
    """SELECT of the tallies of `judged`: old money stands under its old currency, all else under the new one."""

    def number(condition: str) -> str:
        return f"CAST({condition} AS BIGINT)"

    none = "CAST(NULL AS DECIMAL(38, 12))"
    return f"""
        SELECT month, project, currency, {", ".join(f"sum({name}) AS {name}" for name in _COUNTED)}
        FROM (
            SELECT {month} AS month, {owner} AS project, coalesce(cost_currency, old_cost_currency) AS currency,
                   CAST(1 AS BIGINT) AS looked, {number("changed")} AS changed,
                   {number("changed AND old_cost IS NULL")} AS newly_priced,
                   {number("changed AND cost IS NULL")} AS lost_price, {number("cost IS NULL")} AS unpriced,
                   {number("unusable")} AS unusable, {number("kept")} AS kept,
                   {number("renamed AND NOT changed")} AS renamed, {none} AS old, cost AS new
            FROM judged
            UNION ALL
            SELECT {month}, {owner}, old_cost_currency, 0, 0, 0, 0, 0, 0, 0, 0, old_cost, {none}
            FROM judged WHERE old_cost IS NOT NULL
        ) GROUP BY ALL
    """


_COUNTED = [name for name in Tally.__struct_fields__ if name not in ("month", "project", "currency")]


def _whole(row: dict[str, Any]) -> dict[str, int]:
    return {name: int(row[name]) for name in _COUNTED if name not in ("old", "new")}


def _instant(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"


def _of_day(day: int) -> str:
    return f"make_timestamptz({day * _DAY})"
