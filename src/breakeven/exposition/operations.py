"""How breakeven itself does: what comes in and what is refused, how far the store is behind, how long queries take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec

from breakeven.exposition.families import Family, Observed, Sample, counter, gauge, histogram, info
from breakeven.facts import Reason
from breakeven.ingest.journaling import Lag
from breakeven.ledger.results import Freshness
from breakeven.store.timing import BOUNDS, Timed

OTHER = "other"
"""Stands for the sources beyond the limit."""


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a running process."""

    now: datetime
    made: datetime
    """When the company's figures on the same page were made."""
    started: datetime
    version: str
    data_version: int
    waiting: int
    """Requests on the queue."""
    alive: bool
    """Whether the threads that write are running."""
    lag: Lag
    tidy: bool
    """Whether the store's upkeep succeeds."""
    freshness: tuple[Freshness, ...]
    refused: tuple[tuple[str, int, int], ...]
    """Reason, records refused so far, and how many of them still wait to be mended."""
    queries: Timed
    last_close: tuple[datetime, datetime] | None = None
    """When a month was last closed, and the end of the latest closed month."""


def operations(seen: Operations, most: int) -> tuple[Family, ...]:
    """The families of a look; `most` sources are named in each."""
    lag = seen.lag
    behind = 0.0 if lag.since is None else max(0.0, (seen.now - lag.since).total_seconds())
    closed = seen.last_close
    # The server counts every reason: none is 0, and a first refusal is a rise that an alert sees.
    refused = dict.fromkeys(Reason, (0, 0)) | {reason: counts for reason, *counts in seen.refused}
    return (
        info("breakeven_build_info", "The program that runs.", (("version", seen.version),)),
        gauge("breakeven_start_timestamp_seconds", "When the process began to serve.",
              ((), seen.started.timestamp())),
        gauge("breakeven_figures_timestamp_seconds", "When the company's figures on this page were made.",
              ((), seen.made.timestamp())),
        gauge("breakeven_data_version", "Number of the last commit to the store.", ((), seen.data_version)),
        *_sources(seen.freshness, most),
        counter("breakeven_ingest_rejected_total", "Records that were refused, by reason.",
                *(((("reason", reason),), number) for reason, (number, _) in sorted(refused.items()))),
        gauge("breakeven_ingest_rejected_waiting", "Refused records that wait to be mended, by reason.",
              *(((("reason", reason),), waiting) for reason, (_, waiting) in sorted(refused.items()))),
        gauge("breakeven_ingest_queue_requests", "Requests that wait for the writer.", ((), seen.waiting)),
        gauge("breakeven_ingest_writer_up", "Whether the threads that write are running.", ((), int(seen.alive))),
        gauge("breakeven_ingest_store_up", "Whether the store takes what is acknowledged.",
              ((), int(lag.problem is None))),
        gauge("breakeven_store_upkeep_up", "Whether the store could be tidied the last time.", ((), int(seen.tidy))),
        gauge("breakeven_ingest_lag_records", "Acknowledged records that are not yet visible.", ((), lag.rows)),
        gauge("breakeven_ingest_lag_bytes", "Their length in the journal.", ((), lag.bytes)),
        gauge("breakeven_ingest_lag_seconds", "Age of the oldest of them; 0: there is none.", ((), behind)),
        histogram("breakeven_query_duration_seconds", "Time of queries to the store.", BOUNDS,
                  Observed((), seen.queries.at_most, seen.queries.count, seen.queries.seconds)),
        gauge("breakeven_last_close_timestamp_seconds", "When a month was last closed.",
              ((), None if closed is None else closed[0].timestamp())),
        gauge("breakeven_closed_until_timestamp_seconds", "End of the latest month that is closed.",
              ((), None if closed is None else closed[1].timestamp())),
    )  # fmt: skip


def _sources(found: Sequence[Freshness], most: int) -> tuple[Family, ...]:
    """What each source sent; those beyond the limit are counted together, the largest stay by themselves."""
    by_size = sorted({one.source for one in found}, key=lambda name: (-_records(found, name), name))
    named, records = set(by_size[:most]), defaultdict[tuple[str, str], int](int)
    for one in found:
        records[one.source if one.source in named else OTHER, one.kind] += one.records
    shown = [one for one in found if one.source in named]

    def at(pick: str) -> list[tuple[tuple[tuple[str, str], ...], float]]:
        return [((("source", one.source), ("kind", one.kind)), getattr(one, pick).timestamp()) for one in shown]

    return (
        Family(name="breakeven_ingest_events", kind="counter", help="Records in the store, by source and kind.",
               samples=tuple(Sample((("source", source), ("kind", kind)), number, "_total")
                             for (source, kind), number in records.items())),
        gauge("breakeven_source_last_event_timestamp_seconds", "Time of a source's latest record.", *at("last")),
        gauge("breakeven_source_last_received_timestamp_seconds", "When a source was last heard.", *at("recorded_at")),
        gauge("breakeven_left_out_sources", "Sources that the limit metrics_labels leaves out.",
              ((), max(0, len(by_size) - most))),
    )  # fmt: skip


def _records(found: Sequence[Freshness], source: str) -> int:
    return sum(one.records for one in found if one.source == source)
