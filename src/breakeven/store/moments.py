"""Instants as the state keeps them: ISO 8601 in UTC with microseconds, so that texts compare as the times do."""

from __future__ import annotations

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """The text of an instant."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(written: str | None) -> datetime | None:
    """The instant of a text, if there is one."""
    return None if written is None else datetime.fromisoformat(written)
