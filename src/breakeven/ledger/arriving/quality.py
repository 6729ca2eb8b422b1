"""The state of the data: every source and kind, what is wrong, what follows from it and what to do.

What stands on counts is kept until a fact comes or a minute has passed; what was refused is read anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from breakeven.errors import UnknownName
from breakeven.facts import KINDS
from breakeven.ingest.pulling.run import pulled, source_name
from breakeven.ingest.rejected import Filter, Rejected, RejectedRecord
from breakeven.ledger.arriving.counted import WEEKS, Counted, Key, counted
from breakeven.ledger.arriving.findings import findings
from breakeven.ledger.arriving.freshness import CONTINUOUS, fresh
from breakeven.ledger.arriving.gaps import refused, unknown_projects, unpriced
from breakeven.ledger.arriving.results import Quality, Refused, Sample, Source, UnknownProject, Unpriced, Volume
from breakeven.ledger.arriving.usual import delay_of, drift, share, volume, weekdays_before
from breakeven.ledger.measuring.measures import Reading

SAMPLES = 20
CUT = 500
"""Letters of a refused record that are shown."""
_BUSY = 12 * 7 * 4
"""Hours with records, of those of nine weeks, from which on hours are compared."""


Counts = tuple[tuple[Source, ...], tuple[Unpriced, ...], tuple[UnknownProject, ...]]


def counts(reading: Reading) -> Counts:
    """What stands on counts and roll-ups; kept until a fact comes or a minute has passed."""
    versions = reading.moment.versions.by_kind
    minute = reading.now.replace(second=0, microsecond=0)
    version = (*(versions[kind] for kind in sorted(versions)), minute, reading.as_of)
    kept: Counts = reading.cache.get(("quality",), version, lambda: _counted(reading))
    return kept


def quality(reading: Reading, known: Counts | None = None) -> Quality:
    """The state of all data at the reading's moment; what was refused is read anew, the rest may be `known`."""
    sources, free, projects = counts(reading) if known is None else known
    turned = refused(reading, {(one.kind, one.source): one.records for one in sources})
    full = _with_refused(sources, turned)
    waiting = sum(one.waiting for those in turned.values() for one in those)
    return Quality(
        at=reading.now, sources=full, findings=findings(full, free, projects), unpriced=free,
        unknown_projects=projects, waiting=waiting,
    )  # fmt: skip


def quality_of(reading: Reading, source: str) -> Quality:
    """The same for one source, with samples of what was refused. Raises UnknownName."""
    every = quality(reading)
    mine = [one for one in every.sources if one.source == source]
    if not mine:
        raise UnknownName("source", source, sorted({one.source for one in every.sources}))
    full = tuple(msgspec.structs.replace(one, samples=samples(reading, one)) for one in mine)
    waiting = sum(reason.waiting for one in full for reason in one.refused)
    told = tuple(one for one in every.findings if one.source == source)
    return msgspec.structs.replace(
        every, sources=full, findings=told, waiting=waiting, unpriced=(), unknown_projects=()
    )


def samples(reading: Reading, one: Source) -> tuple[Sample, ...]:
    """The latest records of a source and kind that wait to be mended."""
    if not any(reason.waiting for reason in one.refused):
        return ()
    found = Rejected(reading.moment).page(Filter(kind=one.kind, source=one.source), limit=SAMPLES)
    return tuple(map(_sample, found))


def _sample(record: RejectedRecord) -> Sample:
    text, value = record.record, record.value
    return Sample(
        id=record.id, received_at=record.received_at, reason=record.reason, field=record.field,
        value=value if value is None else value[:CUT], record=text if text is None else text[:CUT],
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
    hours = _hours(reading)
    found = counted(reading, hours)
    declared = {
        source_name(source): source.pull.quiet
        for source in pulled(reading.workspace).values() if source.pull is not None and source.pull.quiet is not None
    }  # fmt: skip
    sources = tuple(_source(reading, found, key, declared, hours) for key in found.totals)
    return sources, unpriced(reading), unknown_projects(reading)


def _hours(reading: Reading) -> tuple[datetime, ...]:
    """The last complete hour, and the same local hour of the same weekday of the weeks before."""
    here = reading.now.astimezone(ZoneInfo(reading.workspace.calendar.time_zone))
    last = here.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return tuple((last - timedelta(days=7 * week)).astimezone(UTC) for week in range(WEEKS + 1))


def _source(
    reading: Reading, found: Counted, key: Key, declared: Mapping[str, timedelta], hours: tuple[datetime, ...]
) -> Source:
    kind, source = key
    total = found.totals[key]
    came = total["records"] + total["duplicates"] + total["conflicts"]
    fields = found.fields.get(key)
    changed = drift(kind, fields) if fields is not None else None
    why = None
    if changed is None:
        why = "fields are not known for the past" if reading.as_of is not None else "too few days with enough records"
    return Source(
        source=source, kind=kind,
        fresh=fresh(kind, total, found.pauses.get(key), declared.get(source), reading.now),
        day=_day(reading, found, key), hour=_hour(found, key, hours), delay=delay_of(found.delays.get(key)),
        records=total["records"], duplicates=total["duplicates"], duplicate_share=share(total["duplicates"], came),
        conflicts=total["conflicts"], refused=(), drift=changed, drift_unknown=why,
    )  # fmt: skip


def _day(reading: Reading, found: Counted, key: Key) -> Volume | None:
    """The last complete local day."""
    if found.totals[key]["last"] is None or key[0] not in CONTINUOUS:
        return None
    calendar, days = reading.workspace.calendar, found.days.get(key, {})
    day = reading.today - timedelta(days=1)
    first = calendar.today(found.totals[key]["first"])
    return volume(calendar.instant(day), days.get(day, 0), weekdays_before(day, first, days, WEEKS))


def _hour(found: Counted, key: Key, hours: tuple[datetime, ...]) -> Volume | None:
    """The last complete hour of a busy source."""
    pauses, records = found.pauses.get(key), found.hours.get(key, {})
    if pauses is None or pauses["n"] < _BUSY:
        return None
    last, *before = hours
    return volume(last, records.get(last, 0), [records.get(one, 0) for one in before
                                               if one >= found.totals[key]["first"]])  # fmt: skip
