"""How old the latest record of a source is, against the pauses that are usual for it.

Usual is what is declared (`quiet` of a pull), else learned where records are sent as they happen: how old the latest
record became in each of the last nine weeks before the next arrived, the median of these, and an hour more; else the
default of the kind. So nights, weekends and nightly files are usual where they are, and an outage is not. Beyond it a
source is late, beyond three times that it is silent.

Ages are by the hour, as the counts are: from the end of the hour of the latest record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from breakeven.ledger.arriving.pauses import Limits
from breakeven.ledger.arriving.results import Fresh, State

SILENT = 3
_HOUR = 3600


def fresh(kind: str, source: str, total: Mapping[str, Any], limits: Limits, now: datetime) -> Fresh | None:
    """The state of one source; None: nothing was accepted."""
    last, arrived = total["last"], total["arrived"]
    if last is None:
        return None
    usual, basis = limits.of(kind, source)
    age = age_of(last, now)
    state, words = judged(age, usual)
    return Fresh(
        state=state, words=words, last_event=last, last_arrival=arrived, age_seconds=age,
        usual_seconds=usual, basis=basis,
    )  # fmt: skip


def age_of(last: datetime, now: datetime) -> float:
    """Seconds since the end of the hour of an instant; 0 before it ends."""
    ended = last.replace(minute=0, second=0, microsecond=0)
    return max(0.0, (now - ended).total_seconds() - _HOUR)


def judged(age: float, usual: float | None) -> tuple[State, str]:
    """State of a source of an age, in seconds, and the same in words."""
    if usual is None:
        return "unknown", "reports events: its silence means nothing"
    if age <= usual:
        return "ok", "up to date"
    return ("late", "quiet for longer than usual") if age <= SILENT * usual else ("silent", "silent")
