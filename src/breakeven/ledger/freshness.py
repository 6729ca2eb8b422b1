"""When each source last said something.

Only what was recorded since the last look is read, so that looking at every tick costs nothing, however many rows there
are: the first look of a process reads the sources and times of all.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from breakeven.facts import KINDS, TIME_FIELD
from breakeven.ledger.results import Freshness
from breakeven.store.base import Snapshot
from breakeven.store.schema import FACT_TABLES, INTERACTION, REVISION


class Freshnesses:
    """What is known per kind and source, up to a data version; safe to use from any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[datetime, datetime, int]] = {}
        self._version: dict[str, int] = {}
        self._lock = Lock()

    def read(self, moment: Snapshot, now: datetime) -> tuple[Freshness, ...]:
        """Every source of every kind, the kinds in their order."""
        with self._lock:
            for kind in KINDS:
                self._look(moment, kind)
            known = dict(self._known)
        order = {kind: place for place, kind in enumerate(KINDS)}
        names = sorted(known, key=lambda name: (order[name[0]], name[1]))
        return tuple(
            Freshness(
                kind=kind, source=source, last=last, recorded_at=recorded, records=records,
                age_seconds=max(0.0, (now - last).total_seconds()),
            )
            for (kind, source), (last, recorded, records) in ((name, known[name]) for name in names)
        )  # fmt: skip

    def _look(self, moment: Snapshot, kind: str) -> None:
        version, seen = moment.versions.by_kind.get(kind, 0), self._version.get(kind, 0)
        if version <= seen:
            return
        # What breakeven itself priced again is nothing that a source said.
        said = f"data_version > {seen}" + (f" AND {REVISION} = 1" if kind == INTERACTION else "")
        rows = moment.query(
            f"SELECT source, max({TIME_FIELD[kind]}) AS last, max(recorded_at) AS recorded, count(*) AS records"
            f" FROM {FACT_TABLES[kind].name} WHERE {said} GROUP BY source"
        ).to_pylist()
        for row in rows:
            before = self._known.get((kind, row["source"]))
            last, recorded, records = row["last"], row["recorded"], row["records"]
            if before is not None:
                last, recorded, records = max(last, before[0]), max(recorded, before[1]), records + before[2]
            self._known[kind, row["source"]] = (last, recorded, records)
        self._version[kind] = version
