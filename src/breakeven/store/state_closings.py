"""Closed months: the sealed text of each version with its hash, in the table `closing`. Rows are only added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Integer, String, insert, select, type_coerce

from breakeven.store.state import State
from breakeven.store.state_audit import record
from breakeven.store.state_tables import audit, closing

FIRST = "0" * 64
"""What the first closing names as the one before it."""
CLOSE, RESTATE = "close", "restate"
"""Actions of the audit log."""


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """One row as it is stored. The columns repeat what the text says; `ledger verify` compares them."""

    period: str
    """2026-10."""
    version: int
    closed_at: str
    """ISO 8601."""
    who: str
    reason: str
    forced: int
    methodology: str
    data_version: int
    previous: str
    hash: str


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the audit log says about a closing, as it is stored."""

    at: str
    who: str
    action: str
    subject: str
    note: str
    details: str


# Read as they are stored: an edited row must be shown, not fail on its way out.
_COLUMNS = [
    type_coerce(closing.c[name], Integer if name in ("version", "forced", "data_version") else String).label(name)
    for name in Closing.__struct_fields__
]


def closings(state: State, as_of: datetime | None = None) -> list[Closing]:
    """All rows that existed at `as_of`, by period and version; without their texts. Raises StoreError."""
    with state.reading() as connection:
        return read_closings(connection, as_of)


def read_closings(connection: Connection, as_of: datetime | None = None) -> list[Closing]:
    """The same within a transaction."""
    query = select(*_COLUMNS).order_by(closing.c.period, closing.c.version)
    found = [Closing(**row) for row in connection.execute(query).mappings().all()]
    return found if as_of is None else [one for one in found if _known_at(one, as_of)]


def content(state: State, period: str, version: int) -> str:
    """The sealed text of a row; empty where there is none. Raises StoreError."""
    query = select(closing.c.content).where(closing.c.period == period, closing.c.version == version)
    with state.reading() as connection:
        found = connection.execute(query).scalar_one_or_none()
    return str(found) if found is not None else ""


def chain(state: State, as_of: datetime | None = None) -> list[Closing]:
    """The rows that existed at `as_of` in the order of the chain: each after the one that it names."""
    rows = closings(state, as_of)
    after = {row.previous: row for row in rows}
    found: list[Closing] = []
    here = after.get(FIRST)
    while here is not None and here not in found:
        found.append(here)
        here = after.get(here.hash)
    return found


def chain_end(rows: Sequence[Closing]) -> Closing | None:
    """The last link: the row that no other row names as the one before it."""
    named = {row.previous for row in rows}
    ends = [row for row in rows if row.hash not in named]
    return max(ends, key=lambda row: row.closed_at, default=None)


def add_closing(connection: Connection, row: Closing, text: str) -> None:
    """Add a closed month and its line of the audit log, in a transaction of `State.writing`."""
    values = {name: getattr(row, name) for name in Closing.__struct_fields__}
    connection.execute(insert(closing).values(**{**values, "forced": bool(row.forced)}, content=text))
    record(
        connection, at=datetime.fromisoformat(row.closed_at), who=row.who,
        action=CLOSE if row.version == 1 else RESTATE, subject=row.period, note=row.reason,
        details={"version": row.version, "hash": row.hash},
    )  # fmt: skip


def audit_lines(state: State) -> list[AuditLine]:
    """What the audit log says about closings, oldest first."""
    columns = [type_coerce(audit.c[name], String).label(name) for name in AuditLine.__struct_fields__]
    query = select(*columns).where(audit.c.action.in_((CLOSE, RESTATE))).order_by(audit.c.id)
    with state.reading() as connection:
        return [AuditLine(**row) for row in connection.execute(query).mappings().all()]


def _known_at(one: Closing, as_of: datetime) -> bool:
    try:
        return datetime.fromisoformat(one.closed_at) <= as_of
    except ValueError:
        return True  # edited: the reader of its text says so
