"""The state of the data: every source and kind, what is wrong, what follows from it and what to do.

What stands on counts is kept until a fact comes or a minute has passed; what was refused is read anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from breakeven.facts import KINDS
from breakeven.ledger.arriving.counted import Counted, counted
from breakeven.ledger.arriving.findings import findings
from breakeven.ledger.arriving.freshness import fresh
from breakeven.ledger.arriving.gaps import unknown_projects, unmatched, unpriced
from breakeven.ledger.arriving.pauses import CONTINUOUS, WEEKS, Key, Limits, limits
from breakeven.ledger.arriving.refused import refused
from breakeven.ledger.arriving.results import (
    Delay,
    Quality,
    Refused,
    Source,
    UnknownProject,
    Unmatched,
    Unpriced,
    Volume,
)
from breakeven.ledger.arriving.usual import delay_of, drift, share, volume, weekdays_before
from breakeven.ledger.measuring.measures import Reading

SAMPLES = 3
"""Refused records of each reason that are shown with all sources."""
SAMPLES_OF_ONE = 20
_BEHIND = timedelta(days=6)
"""Delay up to which a source has a usual day: the weeks that are read suffice for it."""
_BUSY = 12 * 7 * 4
"""Hours in which records arrived, of those of nine weeks, from which on hours are compared."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on counts and roll-ups."""

    sources: tuple[Source, ...]
    unpriced: tuple[Unpriced, ...]
    projects: tuple[UnknownProject, ...]
    unmatched: tuple[Unmatched, ...]


def counts(reading: Reading) -> Counts:
    """What stands on counts and roll-ups; kept until a fact comes or a minute has passed."""
    versions = reading.moment.versions.by_kind
    minute = reading.now.replace(second=0, microsecond=0)
    version = (*(versions[kind] for kind in sorted(versions)), minute)
    kept: Counts = reading.cache.get(("arriving", reading.as_of), version, lambda: _counted(reading))
    return kept


def quality(reading: Reading, known: Counts | None = None) -> Quality:
    """The state of all data at the reading's moment; what was refused is read anew, the rest may be `known`."""
    found = counts(reading) if known is None else known
    return _told(reading, found, refused(reading, _accepted(found), SAMPLES))


def quality_of(reading: Reading, source: str) -> Quality:
    """The same for one source, with more samples of what was refused; all that is of no source is left out."""
    every = counts(reading)
    mine = msgspec.structs.replace(
        every, sources=tuple(one for one in every.sources if one.source == source), unpriced=(), projects=(),
        unmatched=tuple(one for one in every.unmatched if one.source == source),
    )  # fmt: skip
    return _told(reading, mine, refused(reading, _accepted(mine), SAMPLES_OF_ONE, source))


def _accepted(found: Counts) -> dict[Key, int]:
    return {(one.kind, one.source): one.records for one in found.sources}


def _told(reading: Reading, found: Counts, turned: Mapping[Key, tuple[Refused, ...]]) -> Quality:
    full = _with_refused(found.sources, turned)
    return Quality(
        at=reading.now, sources=full,
        findings=findings(full, found.unpriced, found.projects, found.unmatched, reading.workspace.calendar.instant),
        unpriced=found.unpriced, unknown_projects=found.projects, unmatched=found.unmatched,
        waiting=sum(one.waiting for those in turned.values() for one in those),
    )  # fmt: skip


def _with_refused(sources: tuple[Source, ...], turned: Mapping[Key, tuple[Refused, ...]]) -> tuple[Source, ...]:
    """The sources with what was refused of them, and those of which nothing was ever accepted."""
    known = {(one.kind, one.source) for one in sources}
    full = [msgspec.structs.replace(one, refused=turned.get((one.kind, one.source), ())) for one in sources]
    for (kind, source), those in turned.items():
        if (kind, source) not in known:
            full.append(Source(
                source=source, kind=kind, fresh=None, day=None, hour=None, delay=None, records=0, duplicates=0,
                duplicate_share=None, conflicts=0, refused=those, drift=None,
                drift_unknown="nothing of it was ever accepted",
            ))  # fmt: skip
    order = {kind: place for place, kind in enumerate(KINDS)}
    return tuple(sorted(full, key=lambda one: (one.source, order.get(one.kind, len(order)), one.kind)))


def _counted(reading: Reading) -> Counts:
    hours, usual = _hours(reading), limits(reading)
    found = counted(reading, hours)
    return Counts(
        sources=tuple(_source(reading, found, key, usual, hours) for key in found.totals), unpriced=unpriced(reading),
        projects=unknown_projects(reading), unmatched=unmatched(reading),
    )  # fmt: skip


def _hours(reading: Reading) -> tuple[datetime, ...]:
    """The last complete hour, and the same local hour of the same weekday of the weeks before."""
    here = reading.now.astimezone(ZoneInfo(reading.workspace.calendar.time_zone))
    last = here.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return tuple((last - timedelta(days=7 * week)).astimezone(UTC) for week in range(WEEKS + 1))


def _source(reading: Reading, found: Counted, key: Key, usual: Limits, hours: tuple[datetime, ...]) -> Source:
    kind, source = key
    total, delay = found.totals[key], delay_of(found.delays.get(key))
    came = total["records"] + total["duplicates"] + total["conflicts"]
    fields = found.fields.get(key)
    changed = drift(kind, fields) if fields is not None else None
    why = None
    if changed is None:
        why = "fields are not known for the past" if reading.as_of is not None else "too few days with enough records"
    return Source(
        source=source, kind=kind,
        fresh=fresh(kind, source, total, usual, reading.now),
        day=_day(reading, found, key, delay), hour=_hour(found, key, usual, hours, delay), delay=delay,
        records=total["records"], duplicates=total["duplicates"], duplicate_share=share(total["duplicates"], came),
        conflicts=total["conflicts"], refused=(), drift=changed, drift_unknown=why,
    )  # fmt: skip


def _day(reading: Reading, found: Counted, key: Key, delay: Delay | None) -> Volume | None:
    """The last local day that is complete: it is over, and as long ago as 95 of 100 records take to arrive."""
    if found.totals[key]["last"] is None or key[0] not in CONTINUOUS:
        return None
    calendar, days = reading.workspace.calendar, found.days.get(key, {})
    behind = timedelta(hours=(delay.p95_hours if delay is not None else None) or 0)
    if behind > _BEHIND:
        return None
    day = calendar.today(reading.now - behind) - timedelta(days=1)
    first = calendar.today(found.totals[key]["first"])
    if day < first:
        return None
    return volume(calendar.instant(day), days.get(day, 0), weekdays_before(day, first, days, WEEKS))


def _hour(found: Counted, key: Key, usual: Limits, hours: tuple[datetime, ...], delay: Delay | None) -> Volume | None:
    """The last complete hour of a source that sends nearly every hour, at once."""
    pauses, records = usual.learned.get(key), found.hours.get(key, {})
    at_once = delay is not None and delay.p95_hours == 0
    if pauses is None or pauses.n < _BUSY or not at_once:
        return None
    last, *before = hours
    first = found.totals[key]["first"]
    return volume(last, records.get(last, 0), [records.get(one, 0) for one in before if one >= first])
