"""The audit log: who did what, when and why. Written in the transaction of what it tells of, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from breakeven.store.state import State
from breakeven.store.state_tables import audit


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log."""

    id: int
    at: datetime
    who: str
    action: str
    """validate, close, restate, reprice, approve…"""
    subject: str
    """What it was done to: an entry, a month, a project."""
    note: str
    details: Mapping[str, Any]


def record(
    connection: Connection, *, at: datetime, who: str, action: str, subject: str, note: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add a line, in the transaction of `State.writing` that does what it tells of."""
    text = msgspec.json.encode(details or {}, order="sorted").decode()
    values = {"at": at.isoformat(), "who": who, "action": action, "subject": subject, "note": note, "details": text}
    connection.execute(insert(audit).values(**values))


def audit_log(state: State, *, subject: str | None = None, limit: int = 100) -> list[AuditRecord]:
    """The latest lines, newest first; `subject` for those of one thing only."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    with state.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        AuditRecord(**{**row, "at": datetime.fromisoformat(row["at"]), "details": msgspec.json.decode(row["details"])})
        for row in rows
    ]
