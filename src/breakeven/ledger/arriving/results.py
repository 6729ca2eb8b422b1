"""What is known of the data that arrive: the records that the page, the API and the command line show."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from breakeven.ledger.results import Result

State = Literal["ok", "late", "silent", "unknown"]
Change = Literal["appeared", "vanished", "more", "less"]
Verdict = Literal["usual", "low", "high", "unknown"]


class Fresh(Result, frozen=True, kw_only=True):
    """How old the latest record is, against what is usual."""

    state: State
    words: str
    last_event: datetime
    """Time of the latest record; within its hour where the raw record was not looked at."""
    last_arrival: datetime
    age_seconds: float
    usual_seconds: float | None
    """Longest pause that is usual; None: unknown."""
    basis: Literal["declared", "learned", "kind", "events"]
    """declared: `quiet` of its pull; learned: 95 of 100 pauses of nine weeks; kind: the default of its kind;
    events: it reports events, so that silence means nothing."""


class Volume(Result, frozen=True, kw_only=True):
    """Records of one day or hour against the same weekday of the weeks before."""

    since: datetime
    """When the day or the hour began."""
    records: int
    usual: Decimal | None
    """Median; None: too little history."""
    low: Decimal | None
    high: Decimal | None
    verdict: Verdict
    words: str


class Delay(Result, frozen=True, kw_only=True):
    """From the hour of the event to the hour in which it arrived, over the arrivals of the last four weeks."""

    records: int
    late: int
    """Arrived more than a day after they happened."""
    share: Decimal | None
    median_hours: int | None
    p95_hours: int | None


class Refused(Result, frozen=True, kw_only=True):
    """Records that were not accepted, by reason."""

    reason: str
    records: int
    waiting: int
    replayed: int
    share: Decimal | None
    """Of all that the source sent of this kind."""
    first: datetime
    last: datetime


class Sample(Result, frozen=True, kw_only=True):
    """One record that was not accepted, cut."""

    id: str
    received_at: datetime
    reason: str
    field: str | None
    value: str | None
    record: str | None


class Drift(Result, frozen=True, kw_only=True):
    """A field whose share of filled records is not what it was."""

    field: str
    change: Change
    share: Decimal
    """Of the last day with enough records."""
    usual: Decimal
    since: date
    """UTC day of the first record of the new kind."""
    measures: tuple[str, ...]
    """Labels of the measures that read it."""


class Source(Result, frozen=True, kw_only=True):
    """One source and one kind of fact that it sends."""

    source: str
    kind: str
    fresh: Fresh | None
    """None: nothing of it was ever accepted."""
    day: Volume | None
    hour: Volume | None
    """None: it sends less than hourly."""
    delay: Delay | None
    records: int
    duplicates: int
    duplicate_share: Decimal | None
    conflicts: int
    refused: tuple[Refused, ...]
    drift: tuple[Drift, ...] | None
    """None: the fields are not known; `drift_unknown` says why."""
    drift_unknown: str | None
    samples: tuple[Sample, ...] = ()
    """Of the source's own answer."""


class Unpriced(Result, frozen=True, kw_only=True):
    """Usage that no price was found for."""

    model: str | None
    provider: str | None
    interactions: int
    input_tokens: int | None
    output_tokens: int | None
    since: date
    until: date


class UnknownProject(Result, frozen=True, kw_only=True):
    """A project that facts name and no one declared; `unassigned`: none is named."""

    project: str
    interactions: int
    cost: dict[str, Decimal]
    """Currency → cost of its calls and bills, as they are recorded."""
    since: date


class Finding(Result, frozen=True, kw_only=True):
    """Something that is wrong with the data."""

    about: Literal[
        "freshness", "volume", "refused", "clock", "duplicates", "late", "drift", "prices", "projects", "outcomes"
    ]
    source: str | None
    kind: str | None
    what: str
    since: datetime | date | None
    records: int | None
    consequence: str
    remedy: str


class Quality(Result, frozen=True, kw_only=True):
    """The state of the data."""

    at: datetime
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]
    unpriced: tuple[Unpriced, ...]
    unknown_projects: tuple[UnknownProject, ...]
    waiting: int
    """Refused records that wait to be mended."""
