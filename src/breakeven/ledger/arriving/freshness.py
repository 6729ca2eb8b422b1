"""How old the latest record of a source is, against the pauses that are usual for it.

Usual is what is declared (`quiet` of a pull), else learned where records are sent as they happen: of the pauses between hours with records in the last nine
weeks, the one that 95 of 100 do not exceed, and an hour more; else the default of the kind. Beyond it a source is late,
beyond three times that it is silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from breakeven.ledger.arriving.results import Fresh, State

LEAST_PAUSES = 20
CONTINUOUS = ("interaction", "activity")
"""Kinds that are sent as they happen; others come in batches, for which their hours say nothing."""
SILENT = 3
QUIET: Mapping[str, timedelta] = {
    "interaction": timedelta(days=1),
    "activity": timedelta(days=7),
    "evaluation": timedelta(days=14),
    "cost": timedelta(days=45),
    "benefit": timedelta(days=120),
    "survey": timedelta(days=120),
}
"""How long a source of a kind may say nothing. Other kinds report events: their silence is no fault."""
Basis = Literal["declared", "learned", "kind", "events"]


def fresh(
    kind: str, total: Mapping[str, Any], pauses: Mapping[str, Any] | None, declared: timedelta | None, now: datetime
) -> Fresh | None:
    """The state of one source; None: nothing was accepted."""
    last, arrived = total["last"], total["arrived"]
    if last is None:
        return None
    usual, basis = _usual(kind, pauses, declared)
    age = max(0.0, (now - last).total_seconds() - 3600)
    state, words = _judged(age, usual)
    return Fresh(
        state=state, words=words, last_event=last, last_arrival=arrived, age_seconds=age,
        usual_seconds=usual, basis=basis,
    )  # fmt: skip


def _usual(kind: str, pauses: Mapping[str, Any] | None, declared: timedelta | None) -> tuple[float | None, Basis]:
    if declared is not None:
        return declared.total_seconds(), "declared"
    if kind not in QUIET:
        return None, "events"
    if kind in CONTINUOUS and pauses is not None and pauses["n"] >= LEAST_PAUSES:
        return float(pauses["usual"]) + 3600, "learned"
    return QUIET[kind].total_seconds(), "kind"


def _judged(age: float, usual: float | None) -> tuple[State, str]:
    if usual is None:
        return "unknown", "reports events: its silence means nothing"
    if age <= usual:
        return "ok", "up to date"
    return ("late", "quiet for longer than usual") if age <= SILENT * usual else ("silent", "silent")
