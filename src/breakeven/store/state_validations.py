"""What finance said about entries: one row each time, with the amount that was meant; the last one holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import msgspec
from sqlalchemy import func, insert, select

from breakeven.store.state import State
from breakeven.store.state_audit import record
from breakeven.store.state_tables import validation

Said = Literal["validated", "disputed", "realised"]


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about an entry."""

    entry: str
    """2026-10/support-bot/productivity_value."""
    state: Said
    amount: Decimal
    """The entry's amount when it was decided."""
    who: str
    note: str
    at: datetime


def put_validations(state: State, decisions: Sequence[Validation], before: Mapping[str, str]) -> None:
    """Write decisions and a line of the audit log for each, all or none; `before`: entry → its state until now."""
    with state.writing() as connection:
        for one in decisions:
            at = one.at.astimezone(UTC)
            connection.execute(insert(validation).values(
                entry=one.entry, state=one.state, amount=f"{one.amount:f}", who=one.who, note=one.note,
                at=at.isoformat(),
            ))  # fmt: skip
            details = {"amount": f"{one.amount:f}", "before": before.get(one.entry), "after": one.state}
            record(connection, at=at, who=one.who, action="validate", subject=one.entry, note=one.note, details=details)


def validations(state: State, until: datetime | None = None) -> dict[str, Validation]:
    """Entry → the last decision about it, of those that were made until a moment."""
    query = select(validation).order_by(validation.c.id)
    found: dict[str, Validation] = {}
    with state.reading() as connection:
        for row in connection.execute(query).mappings():
            at = datetime.fromisoformat(row["at"])
            if until is None or at <= until:
                found[row["entry"]] = Validation(
                    entry=row["entry"], state=row["state"], amount=Decimal(row["amount"]), who=row["who"],
                    note=row["note"], at=at,
                )  # fmt: skip
    return found


def last_validation(state: State) -> datetime | None:
    """When the last decision was made."""
    with state.reading() as connection:
        at = connection.execute(select(func.max(validation.c.at))).scalar()
    return None if at is None else datetime.fromisoformat(at)
