"""The state of the data as every surface tells it: what arrived, and how the pulls stand."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from breakeven.errors import UnknownName
from breakeven.facts import KINDS
from breakeven.ingest.pulling.run import pulled
from breakeven.ledger.arriving.findings import in_order
from breakeven.ledger.arriving.quality import Counts, counts, quality, quality_of
from breakeven.ledger.arriving.results import Finding, Quality
from breakeven.ledger.desk import Desk
from breakeven.views.question import Question
from breakeven.views.trust.pulls import PullStatus, pull_statuses


def data_of(question: Question) -> Quality:
    """The state of all data, its counts at most a minute old."""
    reading = question.desk.reading
    known: Counts = question.kept(("arriving",), lambda: counts(reading))
    found: Quality = question.once(("data",), lambda: _with_pulls(question.desk, quality(reading, known)))
    return found


def data_quality(desk: Desk, source: str | None = None) -> Quality:
    """The state of all data, or of one source, with more samples. Raises UnknownName, StoreError."""
    if source is None:
        return _with_pulls(desk, quality(desk.reading))
    found = _with_pulls(desk, quality_of(desk.reading, source), source)
    if not found.sources and not found.findings:
        raise UnknownName("source", source, sorted({one.source for one in quality(desk.reading).sources}))
    return found


def _with_pulls(desk: Desk, found: Quality, source: str | None = None) -> Quality:
    reading = desk.reading
    if reading.as_of is not None or not pulled(reading.workspace):
        return found
    standing = pull_statuses(reading.workspace, desk.state, reading.now)
    quiet = {one.source for one in found.findings if one.about == "freshness"}
    more = [one for each in standing if source in (None, each.source) for one in _finding(each, quiet)]
    return msgspec.structs.replace(found, findings=in_order([*found.findings, *more]))


def _finding(one: PullStatus, quiet: set[str | None]) -> Iterator[Finding]:
    """What is wrong with a pull, unless the silence of its records is told already."""
    if one.finding is None or one.standing == "never" or (one.standing == "quiet" and one.source in quiet):
        return
    yield Finding(
        about="freshness", source=one.source, kind=one.kind if one.kind in KINDS else None, since=one.last_success,
        records=None, what=one.finding, consequence="its records are missing from then on",
        remedy=f"look at {one.place}, then breakeven pull {shlex.quote(one.name)}",
    )  # fmt: skip
