"""What people wrote, as it stands: notes with their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

import msgspec

from breakeven.store.base import Snapshot

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A note of the store in its current version."""

    id: str
    source: str
    time: datetime
    project: str
    kind: str
    text: str
    action: str | None
    due: datetime | None
    owner: str | None
    status: str
    revision: int
    """1 for its first version."""
    labels: Mapping[str, str] = {}
    """Of a decision: figure, expected, decided_at; of a risk: stake."""

    @property
    def identity(self) -> str:
        """source/id."""
        return f"{self.source}/{self.id}"


def notes_of(moment: Snapshot) -> tuple[Note, ...]:
    """All notes in their current version, the latest first."""
    rows = moment.query(
        "SELECT id, source, time, project, kind, text, action, due, owner, status, revision, labels FROM note"
        " ORDER BY time DESC, id"
    )
    return tuple(Note(**{**row, "labels": _labels(row["labels"])}) for row in rows.to_pylist())


def _labels(text: str | None) -> Mapping[str, str]:
    """The labels as texts; none of what is not an object."""
    try:
        found = msgspec.json.decode(text) if text else {}
    except msgspec.DecodeError:
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def closed(note: Note) -> datetime:
    """When a decision was taken: as the note says, else when it was written."""
    try:
        said = datetime.fromisoformat(note.labels.get("decided_at", ""))
    except ValueError:
        return note.time
    return said if said.tzinfo is not None else note.time


def number(text: str) -> Decimal | None:
    """A number as people type it, with or without commas between thousands; None: it is none."""
    written = text.strip().replace("\u2212", "-")
    if "," in written and _GROUPED.fullmatch(written) is None:
        return None
    try:
        found = Decimal(written.replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None
