"""Reports that were issued: one row for each file that was handed out. Rows are only added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from breakeven.store.state import State
from breakeven.store.state_methodology import Files, archive
from breakeven.store.state_tables import report_issue

Stored = Mapping[str, Any]
"""A row as it is stored."""


def add_issue(state: State, values: Mapping[str, Any], declared: Mapping[str, Files] | None = None) -> Stored:
    """Add a row, or give the one that the same run made of the same form and scope before. Raises StoreError.

    `declared`: what it was made under, by digest, to be kept with it.
    """
    with state.writing(counted=False) as connection:
        before = _of_run(connection, values)
        if before is not None:
            return before
        try:
            with connection.begin_nested():
                row = connection.execute(insert(report_issue).values(**values)).inserted_primary_key
        except IntegrityError:
            # Another server was quicker.
            before = _of_run(connection, values)
            if before is None:
                raise
            return before
        for digest, files in (declared or {}).items():
            archive(connection, digest, files, datetime.fromisoformat(values["issued_at"]))
        return {"id": None if row is None else row[0], **values}


def _of_run(connection: Connection, values: Mapping[str, Any]) -> Stored | None:
    if values.get("run") is None:
        return None
    query = select(report_issue)
    for name in ("run", "form", "scope"):
        query = query.where(report_issue.c[name] == values[name])
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def issue_rows(
    state: State, *, report: str | None = None, schedule: str | None = None, sha256: str | None = None,
    before: int | None = None, limit: int = 100,
) -> Sequence[Stored]:  # fmt: skip
    """The latest first; `before`: only those with a smaller id. Raises StoreError."""
    query = select(report_issue).order_by(report_issue.c.id.desc()).limit(limit)
    for column, wanted in ((report_issue.c.report, report), (report_issue.c.schedule, schedule),
                           (report_issue.c.sha256, sha256)):  # fmt: skip
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(report_issue.c.id < before)
    with state.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def issue_row(state: State, number: int) -> Stored | None:
    """One row. Raises StoreError."""
    with state.reading() as connection:
        row = connection.execute(select(report_issue).where(report_issue.c.id == number)).mappings().one_or_none()
    return None if row is None else dict(row)
