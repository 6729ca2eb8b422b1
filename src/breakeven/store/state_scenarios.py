"""Saved scenarios: a name for a list of changes. They are evaluated anew whenever they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import RowMapping, delete, insert, select

from breakeven.store.state import State
from breakeven.store.state_audit import record
from breakeven.store.state_tables import scenario


class SavedScenario(msgspec.Struct, frozen=True, kw_only=True):
    """One saved scenario."""

    name: str
    description: str
    changes: tuple[str, ...]
    """As they were written: hourly_rate=+10%."""
    who: str
    at: datetime
    """When it was saved, UTC."""


def put_scenario(state: State, saved: SavedScenario) -> bool:
    """Save a scenario, in the place of one of the same name; gives whether there was one."""
    at, details = saved.at.astimezone(UTC), {"changes": list(saved.changes)}
    values = {"name": saved.name, "description": saved.description, "who": saved.who, "at": at.isoformat(),
              "changes": msgspec.json.encode(saved.changes).decode()}  # fmt: skip
    with state.writing() as connection:
        replaced = connection.execute(delete(scenario).where(scenario.c.name == saved.name)).rowcount > 0
        connection.execute(insert(scenario).values(**values))
        record(connection, at=at, who=saved.who, action="replace scenario" if replaced else "save scenario",
               subject=f"scenario/{saved.name}", note=saved.description, details=details)  # fmt: skip
    return replaced


def drop_scenario(state: State, name: str, *, who: str, at: datetime) -> bool:
    """Forget a scenario; gives whether there was one."""
    with state.writing() as connection:
        found = connection.execute(delete(scenario).where(scenario.c.name == name)).rowcount > 0
        if found:
            record(connection, at=at.astimezone(UTC), who=who, action="delete scenario", subject=f"scenario/{name}")
    return found


def scenarios(state: State) -> Sequence[SavedScenario]:
    """All of them, by name."""
    with state.reading() as connection:
        rows = connection.execute(select(scenario).order_by(scenario.c.name)).mappings().all()
    return [_read(row) for row in rows]


def _read(row: RowMapping) -> SavedScenario:
    return SavedScenario(
        name=row["name"], description=row["description"], who=row["who"], at=datetime.fromisoformat(row["at"]),
        changes=msgspec.json.decode(row["changes"], type=tuple[str, ...]),
    )  # fmt: skip
