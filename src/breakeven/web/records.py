"""Facts as they stand, newest first, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.facts import TIME_FIELD, UNASSIGNED, columns
from breakeven.store.base import Store
from breakeven.store.schema import CURRENT, FACT_TABLES, REVISION, quoted

Record = dict[str, Any]


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last record of a page: its time in microseconds since 1970, and its key."""

    time: int
    key: int


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """Which facts are meant; what is None or empty is not asked for."""

    kind: str
    projects: tuple[str, ...] = ()
    """As the source names them; with `unassigned` among them, those that nobody declared too."""
    declared: tuple[str, ...] = ()
    """Projects that the workspace declares."""
    source: str | None = None
    span: tuple[datetime, datetime] | None = None
    """First instant and the one after the last."""


def page(store: Store, which: Which, limit: int, after: Place | None) -> tuple[list[Record], Place | None]:
    """The current versions of facts, and where the page ends; None: nothing comes after it."""
    time = quoted(TIME_FIELD[which.kind])
    names = ", ".join(quoted(name) for name in (*(column.name for column in columns(which.kind)), "recorded_at"))
    conditions, values = _conditions(which, time, after)
    rows = store.query(
        f"SELECT {names}, {REVISION} AS revision, key, epoch_us({time}) AS place FROM {FACT_TABLES[which.kind].name}"
        f" WHERE {' AND '.join([CURRENT, *conditions])}"
        f" ORDER BY {time} DESC, key DESC LIMIT {int(limit) + 1}",
        values,
    ).to_pylist()
    places = [Place(row.pop("place"), row.pop("key")) for row in rows]
    items = [{name: _plain(value) for name, value in row.items()} for row in rows[:limit]]
    return items, places[limit - 1] if len(rows) > limit else None


def _conditions(which: Which, time: str, after: Place | None) -> tuple[list[str], list[Any]]:
    conditions, values = list[str](), list[Any]()
    if which.projects:
        conditions.append("(list_contains(?, project) OR (? AND NOT list_contains(?, project)))")
        values += [list(which.projects), UNASSIGNED in which.projects, list(which.declared)]
    if which.source is not None:
        conditions.append("source = ?")
        values.append(which.source)
    if which.span is not None:
        conditions.append(f"{time} >= ? AND {time} < ?")
        values += which.span
    if after is not None:
        conditions.append(f"({time} < make_timestamptz(?) OR ({time} = make_timestamptz(?) AND key < ?))")
        values += [after.time, after.time, after.key]
    return conditions, values


def _plain(value: Any) -> Any:
    """Amounts without the zeros that only fill them up, instants in UTC."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value
