"""Business cases as they were approved; a later approval is a further version, and none is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import func, insert, select

from breakeven.store.state import State
from breakeven.store.state_audit import record
from breakeven.store.state_tables import approval


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One approval of a project's plan."""

    project: str
    version: int
    """From 1."""
    who: str
    note: str
    at: datetime
    plan: Mapping[str, Any]
    """The plan as plain data; amounts are decimal text."""


def put_approval(state: State, project: str, plan: Mapping[str, Any], *, who: str, note: str, at: datetime) -> Approval:
    """Freeze a plan as the project's next version, with a line in the audit log."""
    moment = at.astimezone(UTC)
    with state.writing() as connection:
        last = select(func.max(approval.c.version)).where(approval.c.project == project)
        version = (connection.execute(last).scalar() or 0) + 1
        text = msgspec.json.encode(plan, order="sorted").decode()
        connection.execute(insert(approval).values(
            project=project, version=version, who=who, note=note, at=moment.isoformat(), plan=text
        ))  # fmt: skip
        record(connection, at=moment, who=who, action="approve", subject=project, note=note,
               details={"version": version})  # fmt: skip
    return Approval(project=project, version=version, who=who, note=note, at=moment, plan=plan)


def approvals(state: State, until: datetime | None = None) -> dict[str, list[Approval]]:
    """Project → its approvals until a moment, the latest first."""
    query = select(approval).order_by(approval.c.version.desc())
    found: dict[str, list[Approval]] = {}
    with state.reading() as connection:
        for row in connection.execute(query).mappings():
            at = datetime.fromisoformat(row["at"])
            if until is None or at <= until:
                plan = msgspec.json.decode(row["plan"])
                found.setdefault(row["project"], []).append(Approval(**{**row, "at": at, "plan": plan}))
    return found
