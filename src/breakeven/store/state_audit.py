"""The audit log: who did what, when and why. Written in the transaction of what it tells of, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from breakeven.errors import UsageProblem
from breakeven.store.state import State
from breakeven.store.state_tables import audit

LONGEST_NAME = 200
"""Characters of a name that the state has room for."""


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


def person(name: str, does: str) -> str:
    """Who `does` something that is logged. Raises UsageProblem for nobody and for more than the log has room for."""
    kept = name.strip()
    if not kept or len(kept) > LONGEST_NAME:
        raise UsageProblem(f"say who {does}, in at most {LONGEST_NAME} characters: --by NAME")
    return kept


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
