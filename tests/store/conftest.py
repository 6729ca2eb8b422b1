from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from breakeven.store.base import Store
from breakeven.store.duckdb import MEMORY, DuckDBStore

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
