"""What the tests of the ingest share: a workspace, a pipeline over a store, and staging relations out of records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from breakeven.ingest.pipeline import Pipeline
from breakeven.period import Calendar
from breakeven.pricing import Price, Prices, make_pricer
from breakeven.store.base import Store
from breakeven.workspace.definitions import Methodology, Project, Workspace

OWN = Price(model="own-*", start=date(2026, 1, 1), input_per_million=Decimal("2.50"), output_per_million=Decimal(10),
            currency="EUR")  # fmt: skip


def _workspace(unknown: str) -> Workspace:
    return Workspace(
        path="", name="test", currency="EUR", calendar=Calendar(time_zone="Europe/Berlin"), rates=(),
        unknown_project="reject" if unknown == "reject" else "accept", assumptions={},
        projects={"chat": Project(id="chat", name="Chat", category="customer_service")},
        methodology=Methodology(definitions={}, version=""), targets=(), pools={}, sources={},
        prices=Prices(own=(OWN,)), key_figures={},
    )  # fmt: skip


def _pipeline(store: Store, unknown: str = "accept") -> Pipeline:
    workspace = _workspace(unknown)
    return Pipeline(workspace, store, make_pricer(workspace.prices, Path(), workspace.calendar.time_zone))


def _table(*records: dict[str, object]) -> pa.Table:
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: [None if r.get(name) is None else str(r[name]) for r in records] for name in names}
    rows = {"row": list(range(1, len(records) + 1))}
    return pa.table(rows | {n: pa.array(v, pa.string()) for n, v in columns.items()})


@pytest.fixture(scope="session")
def make() -> Callable[..., Pipeline]:
    """A pipeline over a store: accepts or rejects unknown projects."""
    return _pipeline


@pytest.fixture(scope="session")
def table() -> Callable[..., pa.Table]:
    """A staging relation of records, every field as text."""
    return _table
