"""What was refused, by kind, source and reason, with the latest of each and the command that tries them again."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from breakeven.ingest.rejected import AGAIN, Filter, Rejected, RejectedRecord
from breakeven.ledger.arriving.pauses import Key
from breakeven.ledger.arriving.results import Refused, Sample
from breakeven.ledger.arriving.usual import share
from breakeven.ledger.measuring.measures import Reading

SAMPLED = 50
"""Groups of which samples are read, the largest first."""
CUT = 500
"""Letters of a refused record that are shown."""


def refused(
    reading: Reading, accepted: Mapping[Key, int], samples: int, source: str | None = None
) -> dict[Key, tuple[Refused, ...]]:
    """By kind and source, with so many samples of each reason; a source that was not readable is the empty text.

    `accepted` is what was taken of each, `source` the only one that is asked for; None: all.
    """
    only = "" if source is None else "WHERE coalesce(source, '') = ?"
    rows = reading.moment.query(
        "SELECT kind, coalesce(source, '') AS source, reason, count(*) AS records,"
        " count(*) FILTER (WHERE replayed_at IS NULL) AS waiting,"
        f" count(*) FILTER (WHERE replayed_at IS NULL AND {AGAIN}) AS again,"
        " min(received_at) AS first, max(received_at) AS last,"
        f" max_by(id, received_at, {int(samples)}) FILTER (WHERE replayed_at IS NULL) AS ids"
        f" FROM rejected {only} GROUP BY ALL ORDER BY records DESC, kind, source, reason",
        [] if source is None else [source],
    ).to_pylist()
    came: dict[Key, int] = defaultdict(int)
    for row in rows:
        came[row["kind"], row["source"]] += row["records"]
    shown = _samples(reading, [id_ for row in rows[:SAMPLED] for id_ in row["ids"] or ()])
    found: dict[Key, list[Refused]] = defaultdict(list)
    for row in rows:
        key = (row["kind"], row["source"])
        every = came[key] + accepted.get(key, 0)
        found[key].append(_refused(row, every, shown))
    return {key: tuple(those) for key, those in found.items()}


def _refused(row: Mapping[str, Any], every: int, shown: Mapping[str, Sample]) -> Refused:
    named = ["--reason", row["reason"], "--kind", row["kind"], *(("--source", row["source"]) if row["source"] else ())]
    latest = [shown[id_] for id_ in row["ids"] or () if id_ in shown]
    return Refused(
        reason=row["reason"], records=row["records"], waiting=row["waiting"], replayed=row["records"] - row["waiting"],
        first=row["first"], last=row["last"], share=share(row["records"], every),
        replay=f"breakeven rejected --replay {shlex.join(named)}" if row["again"] else None,
        samples=tuple(sorted(latest, key=lambda one: (one.received_at, one.id), reverse=True)),
    )  # fmt: skip


def _samples(reading: Reading, ids: list[str]) -> dict[str, Sample]:
    found = Rejected(reading.moment).page(Filter(ids=tuple(ids)), limit=len(ids)) if ids else []
    return {record.id: _sample(record) for record in found}


def _sample(record: RejectedRecord) -> Sample:
    text, value = record.record, record.value
    return Sample(
        id=record.id, received_at=record.received_at, row=record.row, field=record.field,
        value=value if value is None else value[:CUT], record=text if text is None else text[:CUT],
    )  # fmt: skip
