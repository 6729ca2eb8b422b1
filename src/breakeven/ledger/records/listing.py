"""Facts as they stand, newest first, a page at a time.

Interactions are looked for from the newest day backwards, as many days as are needed: roll-ups say how many each day
holds. What roll-ups know nothing of (a text, an operation) is looked for in so many interactions, and no further.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.facts import TIME_FIELD, columns
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import span_of
from breakeven.ledger.measuring.relations import no_rate_column
from breakeven.ledger.records.rates import converted
from breakeven.ledger.records.which import (
    INTERACTION,
    Which,
    check,
    currency_of,
    money_of,
    on_fields,
    raw_conditions,
    rows_of,
)  # fmt: skip
from breakeven.ledger.window import Window
from breakeven.store.rollups import DIMENSIONS
from breakeven.store.schema import CURRENT, FACT_TABLES, REVISION, quoted

LEAST = 100
"""Facts that are looked at together, at the least."""
MOST_LOOKED_AT = 5_000_000
"""Interactions that one page looks at for what no roll-up knows."""

Fields = dict[str, Any]


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last record of a page: its time in microseconds since 1970, and its key."""

    time: int
    key: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One fact."""

    fields: Fields
    """As the source sent it, with `revision` and `recorded_at`."""
    counted: Decimal | None = None
    """What of its amount counts in the window, in the workspace's currency; None: it has none, or no rate."""
    no_rate: str | None = None
    """Why it could not be converted."""
    meter: str | None = None
    """Of a cost record: the meter that it is the invoice of."""


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """A page."""

    records: tuple[Record, ...]
    next: Place | None
    """Where the next page begins after; None: there is none."""
    reached: datetime | None = None
    """The time back to which was looked, where there may be more before it."""


def page(desk: Desk, which: Which, limit: int, after: Place | None = None) -> Records:
    """The newest facts after a place. Raises UnknownName for a kind, field or measure that there is not."""
    check(which)
    if which.kind == INTERACTION:
        return _interactions(desk, which, limit, after)
    span = which.span or everything(desk, which.kind)
    if span is None:
        return Records(records=(), next=None)
    return _page(*_facts(desk, which, span, limit, after), limit)


def everything(desk: Desk, kind: str) -> Window | None:
    """The window of all facts of a kind; None: there are none."""
    found = span_of(desk.reading, [kind])
    # A day more at each end: a deployment or an incident may lie elsewhere by another of its times.
    return None if found is None else desk.window(date(1970, 1, 2), found[1] + timedelta(days=36_500))


def _facts(
    desk: Desk, which: Which, span: Window, limit: int, after: Place | None
) -> tuple[list[Fields], list[Place]]:  # fmt: skip
    """Raw rows are taken in portions, and those kept that count: the ledger looks only at what may be shown."""
    rows, places, portion = list[Fields](), list[Place](), max(limit + 1, LEAST)
    while len(rows) <= limit:
        found = _raw(desk, which, portion, after)
        if found:
            counted = _counted(desk, which, span, [row["id"] for row in found])
            kept = [row | counted[row["source"], row["id"]] for row in found if (row["source"], row["id"]) in counted]
            rows += kept
            places += [Place(row["place"], row["key"]) for row in kept]
            after = Place(found[-1]["place"], found[-1]["key"])
        if len(found) < portion:
            break
        portion *= 4
    return rows, places


def _counted(desk: Desk, which: Which, span: Window, ids: list[str]) -> dict[tuple[str, str], Fields]:
    """Source and id of those facts that count, with what counts of their amount."""
    kind, amount = which.kind, money_of(which.kind)
    wanted, values = on_fields(which)
    meter = "min(meter)" if kind == "cost" else "CAST(NULL AS VARCHAR)"
    counted = "NULL AS counted_, NULL AS no_rate_"
    if amount:
        counted = f"sum({amount}) AS counted_, min({no_rate_column(currency_of(kind))}) AS no_rate_"
    # The relation looks at these facts only; the first deployment of a model is found among all.
    near = "" if kind == "deployment" else f"WITH {kind} AS (SELECT * FROM {kind} WHERE id IN (SELECT unnest(?))) "
    rows = desk.reading.moment.query(
        f"{near}SELECT source, id, {meter} AS meter_, {counted}"
        f" FROM ({rows_of(desk, which, span)}) WHERE {' AND '.join(['id IN (SELECT unnest(?))', *wanted])}"
        " GROUP BY source, id",
        [*([ids] if near else []), ids, *values],
    ).to_pylist()
    return {(row.pop("source"), row.pop("id")): row for row in rows}


def _page(rows: list[Fields], places: list[Place], limit: int, reached: datetime | None = None) -> Records:
    found = tuple(_record(row) for row in rows[:limit])
    last = places[limit - 1] if len(rows) > limit else None
    if last is None and reached is not None:
        last = Place(int(reached.timestamp()) * 1_000_000, 0)
    return Records(records=found, next=last, reached=reached if len(rows) <= limit else None)


_OWN = ("key", "place", "counted_", "no_rate_", "meter_")


def _record(row: Fields) -> Record:
    counted, lost, meter = row.get("counted_"), row.get("no_rate_"), row.get("meter_")
    for name in _OWN:
        row.pop(name, None)
    return Record(fields=row, counted=counted, no_rate=lost, meter=meter)


def plain(value: Any) -> Any:
    """Amounts without the zeros that only fill them up, instants in UTC."""
    if isinstance(value, Decimal):
        return Decimal(format(value.normalize(), "f"))
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _after(time: str, after: Place | None) -> tuple[str, list[Any]]:
    if after is None:
        return "", []
    return (f"({time} < make_timestamptz(?) OR ({time} = make_timestamptz(?) AND key < ?))",
            [after.time, after.time, after.key])  # fmt: skip


# --- interactions


def _interactions(desk: Desk, which: Which, limit: int, after: Place | None) -> Records:
    span = which.span or everything(desk, INTERACTION)
    days = [] if span is None else _days(desk, which, span)
    if after is not None:
        last = desk.workspace.calendar.today(datetime.fromtimestamp(after.time / 1e6, UTC))
        days = [(day, number) for day, number in days if day <= last]
    rows, places = list[Fields](), list[Place]()
    for first, end, reached in _steps(days, limit, bounded=not which.summable):
        near = _narrowed(desk, which, first, end)
        found = _raw(desk, near, limit + 1 - len(rows), after)
        rows, places = rows + found, places + [Place(row["place"], row["key"]) for row in found]
        if len(rows) > limit:
            break
        if reached:
            return _priced(desk, _page(rows, places, limit, desk.workspace.calendar.instant(first)))
    return _priced(desk, _page(rows, places, limit))


def _priced(desk: Desk, found: Records) -> Records:
    """Interactions with their cost in the workspace's currency."""
    today, made = desk.workspace.calendar.today, []
    for record in found.records:
        cost, currency, day = record.fields["cost"], record.fields["cost_currency"], today(record.fields["time"])
        counted = converted(desk.reading, cost, currency, day)
        lost = f"no exchange rate {currency} on {day}" if cost is not None and counted is None else None
        made.append(msgspec.structs.replace(record, counted=counted, no_rate=lost))
    return msgspec.structs.replace(found, records=tuple(made))


def _days(desk: Desk, which: Which, span: Window) -> list[tuple[date, int]]:
    """Days with interactions that may be meant, the latest first, and how many."""
    fields = tuple((field, value) for field, value in which.fields if field in DIMENSIONS)
    near = msgspec.structs.replace(which, fields=fields, text=None, span=None, measure=None)
    wanted, values = raw_conditions(desk, near)
    wanted.append("day >= ? AND day < ?")
    key = ("days of interactions", near, span.first, span.last)
    version = desk.reading.moment.versions.by_kind.get(INTERACTION, 0)
    found: list[tuple[date, int]] = desk.reading.cache.get(key, version, lambda: [
        (row["day"], int(row["n"])) for row in desk.reading.moment.query(
            f"SELECT day, sum(n) AS n FROM interaction_day WHERE {' AND '.join(wanted)}"
            " GROUP BY day HAVING sum(n) > 0 ORDER BY day DESC", [*values, span.first, span.last]).to_pylist()
    ])  # fmt: skip
    return found


def _steps(days: list[tuple[date, int]], limit: int, *, bounded: bool) -> Iterator[tuple[date, date, bool]]:
    """Spans of days to look at one after the other, each wider than the one before, and whether to stop after one."""
    place, want, seen = 0, limit + 1, 0
    while place < len(days):
        begun, held = place, 0
        while place < len(days) and (held < want or place == begun):
            held += days[place][1]
            place += 1
        seen, want = seen + held, want * 4
        full = bounded and seen >= MOST_LOOKED_AT and place < len(days)
        yield days[place - 1][0], days[begun][0] + timedelta(days=1), full
        if full:
            return


def _narrowed(desk: Desk, which: Which, first: date, end: date) -> Which:
    instant, span = desk.workspace.calendar.instant, which.span
    start, stop = instant(first), instant(end)
    if span is not None:
        start, stop = max(start, span.start), min(stop, span.end)
    return msgspec.structs.replace(which, span=desk.window(start, stop) if start < stop else span)


def _raw(desk: Desk, which: Which, limit: int, after: Place | None) -> list[Fields]:
    kind, time = which.kind, quoted(TIME_FIELD[which.kind])
    wanted, values = raw_conditions(desk, which)
    since, more = _after(time, after)
    wanted += [since] if since else []
    names = ", ".join(quoted(column.name) for column in columns(kind))
    found: list[Fields] = desk.reading.moment.query(
        f"SELECT {names}, recorded_at, {REVISION} AS revision, key, epoch_us({time}) AS place"
        f" FROM {FACT_TABLES[kind].name} WHERE {' AND '.join([CURRENT, *wanted])}"
        f" ORDER BY {time} DESC, key DESC LIMIT {int(limit)}",
        [*values, *more],
    ).to_pylist()
    return found
