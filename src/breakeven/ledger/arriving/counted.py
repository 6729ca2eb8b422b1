"""What the counts of arrivals say, in bounded queries: no raw fact is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from breakeven.ledger.arriving.pauses import WEEKS, Key, at
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import literal
from breakeven.store.intake import EVERY

LATE_HOURS = 24
ARRIVALS = timedelta(days=28)
FIELD_DAYS = 35


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the counts say, by kind and source."""

    totals: Mapping[Key, Mapping[str, Any]]
    days: Mapping[Key, Mapping[date, int]]
    hours: Mapping[Key, Mapping[datetime, int]]
    """The last complete hour and the same hour of the same weekday before, as instants."""
    delays: Mapping[Key, Mapping[str, Any]]
    fields: Mapping[Key, Mapping[str, Mapping[date, int]]]


def counted(reading: Reading, hours: tuple[datetime, ...]) -> Counted:
    """Read the counts as of the reading's moment; `hours` are those that are compared."""
    known = "TRUE" if reading.as_of is None else f"arrived <= {at(reading.as_of)}"
    zone = literal(reading.workspace.calendar.time_zone)
    recent = f"{known} AND happened >= {at(reading.now - timedelta(days=7 * (WEEKS + 1)))}"
    return Counted(
        totals=_by_key(reading, f"""
            SELECT kind, source, CAST(sum(records) AS BIGINT) AS records, CAST(sum(duplicates) AS BIGINT) AS duplicates,
                   CAST(sum(conflicts) AS BIGINT) AS conflicts, max(happened) FILTER (WHERE records > 0) AS last,
                   max(arrived) FILTER (WHERE records > 0) AS arrived, min(happened) AS first
            FROM intake WHERE {known} GROUP BY kind, source"""),
        days=_series(reading, f"""
            SELECT kind, source, CAST(timezone({zone}, happened) AS DATE) AS at, CAST(sum(records) AS BIGINT) AS n
            FROM intake WHERE {recent} GROUP BY ALL HAVING n > 0"""),
        hours=_series(reading, f"""
            SELECT kind, source, happened AS at, CAST(sum(records) AS BIGINT) AS n FROM intake
            WHERE {known} AND happened IN ({', '.join(map(at, hours))}) GROUP BY ALL HAVING n > 0"""),
        delays=_by_key(reading, f"""
            WITH began AS (
                SELECT kind, source, min(arrived) AS began FROM intake WHERE {known} AND records > 0 GROUP BY ALL
            ), each AS (
                SELECT kind, source, greatest(0, date_diff('hour', happened, arrived)) AS hours, sum(records) AS n
                FROM intake JOIN began USING (kind, source)
                WHERE {known} AND records > 0 AND happened >= began AND arrived >= {at(reading.now - ARRIVALS)}
                GROUP BY ALL
            ), ranked AS (
                SELECT *, sum(n) OVER (PARTITION BY kind, source ORDER BY hours) AS upto,
                       sum(n) OVER (PARTITION BY kind, source) AS every FROM each
            )
            SELECT kind, source, CAST(any_value(every) AS BIGINT) AS records,
                   CAST(coalesce(sum(n) FILTER (WHERE hours > {LATE_HOURS}), 0) AS BIGINT) AS late,
                   min(hours) FILTER (WHERE upto * 2 >= every) AS median,
                   min(hours) FILTER (WHERE upto * 20 >= every * 19) AS p95
            FROM ranked GROUP BY kind, source"""),
        fields=_fields(reading),
    )  # fmt: skip


def _by_key(reading: Reading, sql: str) -> dict[Key, dict[str, Any]]:
    return {(row["kind"], row["source"]): row for row in reading.moment.query(sql).to_pylist()}


def _series(reading: Reading, sql: str) -> dict[Key, dict[Any, int]]:
    found: dict[Key, dict[Any, int]] = defaultdict(dict)
    for row in reading.moment.query(sql).to_pylist():
        found[row["kind"], row["source"]][row["at"]] = row["n"]
    return found


def _fields(reading: Reading) -> dict[Key, dict[str, dict[date, int]]]:
    """Field → UTC day → records; empty for the past, for which they are not kept."""
    found: dict[Key, dict[str, dict[date, int]]] = defaultdict(lambda: defaultdict(dict))
    if reading.as_of is not None:
        return found
    today = reading.now.date()
    rows = reading.moment.query(
        "SELECT kind, source, field, day, CAST(sum(records) AS BIGINT) AS n FROM intake_field"
        f" WHERE day >= DATE '{today - timedelta(days=FIELD_DAYS)}' AND day <= DATE '{today}' GROUP BY ALL"
    )
    for kind, source, field, day, n in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        found[kind, source][field][day] = n
    return {key: fields for key, fields in found.items() if EVERY in fields}
