"""What is wrong with the data, in words: what, since when, how many records, what follows from it, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from breakeven.facts import UNASSIGNED, Reason
from breakeven.ledger.arriving.pauses import CONTINUOUS
from breakeven.ledger.arriving.results import About, Finding, Source, UnknownProject, Unmatched, Unpriced
from breakeven.measures import MEASURES

_MANY = Decimal("0.1")
"""Share of late or repeated records from which on it is told."""
_NAMED = 3
_MEND = "mend the source or its mapping"
_CHANGES = {
    "appeared": "appeared",
    "vanished": "vanished",
    "more": "is filled more often",
    "less": "is filled less often",
}
_REMEDIES = {
    Reason.UNKNOWN_PROJECT: "declare the project in projects.yaml",
    Reason.UNKNOWN_CURRENCY: "add the exchange rate to workspace.yaml",
    Reason.FUTURE_TIME: "set the clock of the sender and its time zone",
    Reason.CONFLICT: "give each record an id of its own (the first one is kept)",
}


_ORDER: tuple[About, ...] = (
    "freshness", "volume", "drift", "refused", "clock", "outcomes", "late", "duplicates", "prices", "projects",
)  # fmt: skip


def findings(
    sources: Sequence[Source],
    unpriced: Sequence[Unpriced],
    projects: Sequence[UnknownProject],
    unmatched: Sequence[Unmatched],
    begin: Callable[[date], datetime],
) -> tuple[Finding, ...]:
    """Everything that is wrong, what concerns most figures first; `begin` gives the instant of a local day."""
    found = [finding for one in sources for finding in _of_source(one)]
    return in_order([*found, *_unpriced(unpriced, begin), *_projects(projects, begin), *_unmatched(unmatched)])


def in_order(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """What concerns most figures first."""
    return tuple(sorted(found, key=lambda one: _ORDER.index(one.about)))


def _of_source(one: Source) -> Iterator[Finding]:
    silence = tuple(_silence(one))
    yield from silence
    if not silence:
        yield from _volume(one)
    yield from _drift(one)
    yield from _refused(one)
    yield from _delay(one)
    if one.duplicate_share is not None and one.duplicate_share > _MANY:
        yield Finding(
            about="duplicates", source=one.source, kind=one.kind, since=None, records=one.duplicates,
            what=f"{one.source} sent {one.duplicates:,} {one.kind} records again ({_percent(one.duplicate_share)})",
            consequence="none: each is counted once", remedy="look at the sender's retries and its overlap of runs",
        )  # fmt: skip


def _silence(one: Source) -> Iterator[Finding]:
    if one.fresh is not None and one.fresh.state in ("late", "silent"):
        since = one.fresh.last_event + timedelta(hours=1)
        yield Finding(
            about="freshness", source=one.source, kind=one.kind, since=since, records=None,
            what=f"{one.source} sends no {one.kind} records: {one.fresh.words}",
            consequence=f"too low or unknown from then on: {_measures(one.kind)}",
            remedy="look whether the sender runs and reaches this server",
        )  # fmt: skip


def _volume(one: Source) -> Iterator[Finding]:
    for found, length in ((one.day, "day"), (one.hour, "hour")):
        if found is not None and found.verdict in ("low", "high"):
            low = found.verdict == "low"
            yield Finding(
                about="volume", source=one.source, kind=one.kind, since=found.since, records=found.records,
                what=f"{one.source} sent {found.records:,} {one.kind} records in the last complete {length},"
                f" usual are {found.low:,.0f} to {found.high:,.0f}",
                consequence=f"{'too low' if low else 'too high'} if the change is not real: {_measures(one.kind)}",
                remedy="compare with the sender's own count; send what is missing, duplicates do no harm"
                if low else "compare with the sender's own count; look for records sent under new ids",
            )  # fmt: skip


def _drift(one: Source) -> Iterator[Finding]:
    for field in one.drift or ():
        read = _listed(field.measures) or "no measure reads it"
        lost = field.change in ("vanished", "less")
        since = datetime.combine(field.since, time(), UTC)
        yield Finding(
            about="drift", source=one.source, kind=one.kind, since=since, records=None,
            what=f"{one.source}: {field.field} of {one.kind} {_CHANGES[field.change]}"
            f" ({_percent(field.usual)} → {_percent(field.share)} of records)",
            consequence=f"{'unknown for those records' if lost else 'known for more records than before'}: {read}",
            remedy="look at the sender's last release, and at the mapping in sources.yaml",
        )  # fmt: skip


def _refused(one: Source) -> Iterator[Finding]:
    for reason in one.refused:
        if not reason.waiting:
            continue
        clock = reason.reason == Reason.FUTURE_TIME
        yield Finding(
            about="clock" if clock else "refused", source=one.source or None, kind=one.kind, since=reason.first,
            records=reason.waiting,
            what=f"{reason.waiting:,} of the {one.kind} records of {one.source or 'an unnamed source'} refused:"
            f" {reason.reason.replace('_', ' ')}",
            consequence="the first record of the id counts" if reason.reason == Reason.CONFLICT
            else f"without them: {_measures(one.kind)}",
            remedy=_REMEDIES.get(Reason(reason.reason), _MEND)
            + (", then try them again" if reason.replay is not None else ", then send them again"),
        )  # fmt: skip


def _delay(one: Source) -> Iterator[Finding]:
    """Of what is sent as it happens; bills and reports are of days long past."""
    delay = one.delay if one.kind in CONTINUOUS else None
    if delay is not None and delay.share is not None and delay.share > _MANY:
        yield Finding(
            about="late", source=one.source, kind=one.kind, since=None, records=delay.late,
            what=f"{_percent(delay.share)} of the {one.kind} records of {one.source} came more than a day late,"
            f" 95 of 100 within {delay.p95_hours:,} hours",
            consequence="the latest days are too low until they have come; closed months get corrections",
            remedy="an import of old records is no fault; else send more often",
        )  # fmt: skip


def _unpriced(found: Sequence[Unpriced], begin: Callable[[date], datetime]) -> Iterator[Finding]:
    for one in found:
        yield Finding(
            about="prices", source=None, kind="interaction", since=begin(one.since), records=one.interactions,
            what=f"{one.model or 'calls without a model'} of {one.provider or 'an unnamed provider'} has no price",
            consequence="their cost is not known, and is in no sum",
            remedy="add it to prices.yaml, then breakeven reprice",
        )  # fmt: skip


def _projects(found: Sequence[UnknownProject], begin: Callable[[date], datetime]) -> Iterator[Finding]:
    for one in found:
        named = one.project != UNASSIGNED
        yield Finding(
            about="projects", source=None, kind=None, since=begin(one.since), records=one.interactions or None,
            what=f"{one.project} is not declared" if named else "records name no project",
            consequence="in the totals, in no project's figures",
            remedy="declare it in projects.yaml" if named else "send project, or map it in sources.yaml",
        )  # fmt: skip


def _unmatched(found: Sequence[Unmatched]) -> Iterator[Finding]:
    for one in found:
        if one.overdue:
            yield Finding(
                about="outcomes", source=one.source, kind="outcome", since=one.since, records=one.overdue,
                what=f"{one.overdue:,} outcomes are about interactions of {one.source} that have not come,"
                f" as {one.interaction}",
                consequence="without them: outcomes, revenue and satisfaction of those interactions",
                remedy="send the interactions, or the outcomes with their id and source; the others are kept",
            )  # fmt: skip


def _measures(kind: str) -> str:
    return _listed([one.label for one in MEASURES.values() if one.relation == kind]) or "no measure"


def _listed(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(labels[:_NAMED]) + more


def _percent(value: Decimal) -> str:
    return f"{value * 100:.0f} %"
