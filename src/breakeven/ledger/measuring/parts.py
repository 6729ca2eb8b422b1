"""Windows of raw interactions in parts, so that what is over is read once.

A window that ends with the present is asked for again with every commit, and all but its last hour stays as it was. So
it is cut at local midnights, at every sixth hour of the running day, and at the hours of the last of these; what was
found in a part is kept until a record of that part comes in. Why: docs/decisions/0007-hours-that-are-over-are-kept.md.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from threading import Lock
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.cache import Cache
from breakeven.ledger.measuring.relations import instant
from breakeven.ledger.window import Window, window
from breakeven.period import Calendar
from breakeven.store.base import Snapshot
from breakeven.store.schema import FACT_TABLES, INTERACTION

SHORT = timedelta(hours=2)
"""A window up to this long is read at once."""
KEPT = 1024
"""Answers of parts that are kept."""
PART = "part"
"""Column with the number of the part that a row belongs to."""
Ask = Callable[[Window, str], pa.Table]
"""Answers for some neighbouring parts together: their window, and the SQL of `PART`, which is one of its columns."""
_HOUR, _SIX = timedelta(hours=1), timedelta(hours=6)


def parts(span: Window, now: datetime, calendar: Calendar) -> list[Window]:
    """The window in parts, in order; itself where it is short."""
    if span.end - span.start <= SHORT:
        return [span]
    zone = ZoneInfo(calendar.time_zone)
    today = datetime.combine(now.astimezone(zone).date(), time())
    hour = now.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    begin, finish = (moment.astimezone(zone).replace(tzinfo=None) for moment in (span.start, span.end))
    cuts, place = [span.start], begin
    while (place := _next(place, finish, today, hour)) < finish:
        moment = place.replace(tzinfo=zone).astimezone(UTC)
        if cuts[-1] < moment < span.end:
            cuts.append(moment)
    cuts.append(span.end)
    return [window(start, end, calendar) for start, end in pairwise(cuts)]


def _next(place: datetime, finish: datetime, today: datetime, hour: datetime) -> datetime:
    """Where the part that begins at a local time ends."""
    if place >= hour:
        return finish
    midnight = datetime.combine(place.date(), time())
    for start, length, limit in ((midnight, timedelta(days=1), today), (_sixth(place), _SIX, hour)):
        if place == start and start + length <= min(limit, finish):
            return start + length
    return min(place.replace(minute=0, second=0, microsecond=0) + _HOUR, finish)


def _sixth(place: datetime) -> datetime:
    return place.replace(hour=place.hour // 6 * 6, minute=0, second=0, microsecond=0)


class Changes:
    """At which data version the interactions of each hour changed last; safe to use from any thread.

    Only what was committed since the last look is read: its hours, from the rows that carry a later version. Pricing
    again writes such rows too.
    """

    def __init__(self, version: int) -> None:
        self._since = self._seen = version
        self._last: dict[int, int] = {}
        self._lock = Lock()

    def version(self, moment: Snapshot, part: Window) -> Hashable:
        """What an answer about a part of time is kept for, at a moment of the data."""
        present = moment.versions.by_kind.get(INTERACTION, 0)
        with self._lock:
            if present < self._seen:
                # An older moment than others have asked about: what changed since then must not be in its answer.
                return "at", present
            if present > self._seen:
                self._look(moment, present)
            hours = range(int(part.start.timestamp()) // 3600, -(-int(part.end.timestamp()) // 3600))
            if len(hours) > len(self._last):
                return max((self._last[hour] for hour in self._last if hour in hours), default=self._since)
            return max((self._last[hour] for hour in hours if hour in self._last), default=self._since)

    def _look(self, moment: Snapshot, present: int) -> None:
        rows = moment.query(
            "SELECT CAST(floor(epoch(time) / 3600) AS BIGINT) AS hour, max(data_version) AS version"
            f" FROM {FACT_TABLES[INTERACTION].name} WHERE data_version > {self._seen} GROUP BY 1"
        )
        self._last.update(zip(rows.column("hour").to_pylist(), rows.column("version").to_pylist(), strict=True))
        self._seen = present


class Parts:
    """The answers about the parts of one window, at one moment of the data."""

    def __init__(self, moment: Snapshot, cache: Cache, as_of: datetime | None) -> None:
        self._moment, self._past = moment, as_of is not None
        present = moment.versions.by_kind.get(INTERACTION, 0)
        self._kept = cache.get(("parts",), 0, lambda: Cache(KEPT))
        self._changes = cache.get(("changes",), 0, lambda: Changes(present))

    def version(self, part: Window) -> Hashable:
        """What an answer about a part of time is kept for."""
        return 0 if self._past else self._changes.version(self._moment, part)

    def each(self, key: Hashable, windows: Sequence[Window], ask: Ask) -> pa.Table:
        """What `ask` answers for each part, one after the other in one table."""
        versions = [self.version(part) for part in windows]
        found = [self._kept.kept((key, part), version) for part, version in zip(windows, versions, strict=True)]
        for first, last in _runs([answer is None for answer in found]):
            missing = windows[first:last]
            answer = ask(_joined(missing), number_of([part.start for part in missing[1:]]))
            for place, part in enumerate(missing, first):
                mine = answer.filter(pc.equal(answer.column(PART), place - first)).drop_columns([PART])
                self._kept.put((key, part), versions[place], mine)
                found[place] = mine
        return pa.concat_tables(found)


def number_of(cuts: Sequence[datetime]) -> str:
    """SQL of the number of the part that a row with `time` lies in, from 0; `cuts` are where the later ones begin."""
    if not cuts:
        return f"0 AS {PART}"
    when = " ".join(f"WHEN time < {instant(cut)} THEN {place}" for place, cut in enumerate(cuts))
    return f"CASE {when} ELSE {len(cuts)} END AS {PART}"


def _runs(missing: Sequence[bool]) -> list[tuple[int, int]]:
    """Where neighbours that are missing begin, and end."""
    edges = [place for place in range(len(missing) + 1)
             if (place < len(missing) and missing[place]) != (place > 0 and missing[place - 1])]  # fmt: skip
    return list(zip(edges[::2], edges[1::2], strict=True))


def _joined(neighbours: Sequence[Window]) -> Window:
    first, last = neighbours[0], neighbours[-1]
    return Window(start=first.start, end=last.end, first=first.first, last=last.last,
                  whole_days=first.whole_days and last.whole_days)  # fmt: skip


def added(answers: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Rows of the same key together: amounts and counts are added, of texts the first is taken."""
    others = [name for name in answers.column_names if name not in keys]
    known = pc.ScalarAggregateOptions(skip_nulls=True, min_count=1)
    how = [(name, "min" if pa.types.is_string(answers.schema.field(name).type) else "sum") for name in others]
    made = answers.group_by(list(keys), use_threads=False).aggregate([(name, one, known) for name, one in how])
    columns = {key: made.column(key) for key in keys}
    for name, one in how:
        columns[name] = made.column(f"{name}_{one}").cast(answers.schema.field(name).type)
    return pa.table(columns)
