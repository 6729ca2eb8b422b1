"""The web application over a store in memory and the shipped workspace with one project."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.formula import Evaluator
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.log import log_to
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import Project, Workspace

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
HOME = "http://127.0.0.1:8321"


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> Iterator[None]:
    """What the server logs in production: the default draws every variable, which takes seconds."""
    log_to(sys.stderr, "info")
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def evaluator() -> Iterator[Evaluator]:
    with Evaluator(threads=1) as made:
        yield made


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    project = Project(id="chat", name="Chat", category="customer_service", budget=Decimal(900))
    return msgspec.structs.replace(default_workspace(), projects={"chat": project})


@pytest.fixture(scope="module")
def drawer() -> Iterator[ChartRenderer]:
    """One process that draws for the tests of a file: it takes a second to begin.

    Not for those of several: a place on a page goes on showing its last chart while the next one is made.
    """
    made = ChartRenderer()
    yield made
    made.close()


@contextmanager
def _served(workspace: Workspace, evaluator: Evaluator) -> Iterator[Services]:
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pricer = make_pricer(workspace.prices, Path(), "UTC")
        pipeline = Pipeline(workspace, store, pricer, threads=1)
        ledger = Ledger(workspace, store, evaluator)
        with serving(workspace, store, ledger, pipeline, lambda: NOW) as made:
            yield made
        pipeline.close()


@pytest.fixture
def services(workspace: Workspace, evaluator: Evaluator) -> Iterator[Services]:
    with _served(workspace, evaluator) as made:
        yield made


@pytest.fixture(scope="module")
def served_module(workspace: Workspace, evaluator: Evaluator) -> Iterator[Services]:
    """Services for all tests of a file, which send what they need once."""
    with _served(workspace, evaluator) as made:
        yield made


@pytest.fixture(scope="module")
def idle(workspace: Workspace, evaluator: Evaluator) -> Iterator[TestClient[Litestar]]:
    """A client of a server without records, for questions that change nothing."""
    with (
        _served(workspace, evaluator) as made,
        TestClient(build(made), base_url=HOME, raise_server_exceptions=False) as client,
    ):
        yield client


@pytest.fixture
def client(services: Services) -> Iterator[TestClient[Litestar]]:
    with TestClient(build(services), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


class Sender:
    """Posts records as JSON lines."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client

    def __call__(self, *records: dict[str, Any], kind: str | None = None) -> dict[str, Any]:
        body = b"\n".join(msgspec.json.encode(record) for record in records)
        answer = self.client.post("/v1/events", content=body, params={"kind": kind} if kind else None,
                                  headers={"content-type": "application/x-ndjson"})  # fmt: skip
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def send(client: TestClient[Litestar]) -> Sender:
    return Sender(client)
