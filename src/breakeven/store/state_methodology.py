"""The archive of methodologies: the files of a workspace as they were under a version that something rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from breakeven.store.state import State
from breakeven.store.state_tables import methodology

Files = Mapping[str, str]
"""File → text."""


def archive(connection: Connection, version: str, files: Files, at: datetime) -> None:
    """Keep the files of a version, in a transaction of `State.writing`; what is kept already stays as it is."""
    known = select(methodology.c.version).where(methodology.c.version == version)
    if connection.execute(known).one_or_none() is None:
        text = msgspec.json.encode(dict(files), order="sorted").decode()
        connection.execute(insert(methodology).values(version=version, first_used=at.isoformat(), content=text))


def archived(state: State, version: str) -> Files | None:
    """The files of a version; None where it was never kept."""
    with state.reading() as connection:
        query = select(methodology.c.content).where(methodology.c.version == version)
        found = connection.execute(query).scalar_one_or_none()
    return None if found is None else msgspec.json.decode(found, type=dict[str, str])
