"""What is known of the data that arrive: the records that the page, the API and the command line show."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from breakeven.ledger.results import Result

State = Literal["ok", "late", "silent", "unknown"]
Change = Literal["appeared", "vanished", "more", "less"]
Verdict = Literal["usual", "low", "high", "unknown"]
Basis = Literal["declared", "learned", "kind", "events"]
About = Literal[
    "freshness", "volume", "refused", "clock", "duplicates", "late", "drift", "prices", "projects", "outcomes"
]


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
    basis: Basis
    """declared: `quiet` of its pull; learned: how old it became in a week, the median of nine; kind: the default of its
    kind; events: it reports events, so that silence means nothing."""


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


class Sample(Result, frozen=True, kw_only=True):
    """One record that was not accepted, its texts cut."""

    id: str
    received_at: datetime
    row: int | None
    """Place in its file or batch, from 1."""
    field: str | None
    value: str | None
    record: str | None


class Refused(Result, frozen=True, kw_only=True):
    """Records that were not accepted, by reason."""

    reason: str
    records: int
    waiting: int
    replayed: int
    """Accepted when they were tried again."""
    share: Decimal | None
    """Of all that the source sent of this kind."""
    first: datetime
    last: datetime
    replay: str | None
    """Command that tries those that wait again; None: none of them can be read again."""
    samples: tuple[Sample, ...]
    """The latest of those that wait."""


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
    """None: it is sent for days long past, comes more than six days late, or has begun since."""
    hour: Volume | None
    """None: it is not sent every hour at once."""
    delay: Delay | None
    records: int
    duplicates: int
    duplicate_share: Decimal | None
    conflicts: int
    refused: tuple[Refused, ...]
    drift: tuple[Drift, ...] | None
    """None: the fields are not known; `drift_unknown` says why."""
    drift_unknown: str | None


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


class Unmatched(Result, frozen=True, kw_only=True):
    """Outcomes that are about no interaction that has come."""

    source: str
    """Source of the interactions that they name."""
    outcomes: int
    overdue: int
    """Known for longer than a day."""
    since: datetime
    """Time of the first of them."""
    interaction: str
    """Id that the latest of them names."""


class Finding(Result, frozen=True, kw_only=True):
    """Something that is wrong with the data."""

    about: About
    source: str | None
    kind: str | None
    what: str
    since: datetime | None
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
    unmatched: tuple[Unmatched, ...]
    waiting: int
    """Refused records that wait to be mended."""
