"""What the tests of pulls share: a company that pulls, a clock that is set by hand, and a real HTTP server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from breakeven.errors import Problem
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.pulling.run import Puller
from breakeven.pricing import make_pricer
from breakeven.settings import secret_reader
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.state import State, file_url
from breakeven.store.state_pulls import PullState, pull_states
from breakeven.workspace import default_workspace
from breakeven.workspace.company import Company as DeclaredCompany
from breakeven.workspace.company import read_company
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.document import read_document
from breakeven.workspace.sources import read_sources

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


MAIN = "name: Case\ncurrency: USD\ntime_zone: Europe/Berlin\n"


@cache
def _workspace() -> Workspace:
    return default_workspace()


@cache
def _company() -> DeclaredCompany:
    node = read_document(MAIN, "workspace.yaml", [])
    assert node is not None
    return read_company(node, [])


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


class Asked(NamedTuple):
    """A request as the server got it."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


class Reply(NamedTuple):
    """What it answers."""

    body: bytes = b"[]"
    status: int = 200
    headers: Mapping[str, str] = {}


class Site:
    """An HTTP server on loopback; `answer` is what it does, `asked` what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Reply] = lambda _: Reply()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(parts.path, dict(parse_qsl(parts.query)), headers)
                site.asked.append(asked)
                reply = site.answer(asked)
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Company:
    """A workspace with a store in memory that pulls."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self.secrets: dict[str, str] = {}
        self.store = DuckDBStore.open(MEMORY, time_zone="UTC")
        # In a file: runs and the timetable use it at the same time, each by a connection of its own.
        self.state = State.open(file_url(folder / "state.sqlite"))
        self._pipelines: list[Pipeline] = []
        (folder / "workspace.yaml").write_text(MAIN)

    def declare(self, **sources: dict[str, Any]) -> Puller:
        """A process that pulls these sources."""
        content = {name: {"pull": {"every": "15m", **spec.pop("pull")}, **spec} for name, spec in sources.items()}
        text = msgspec.yaml.encode({"sources": content}).decode()
        (self.folder / "sources.yaml").write_text(text)
        problems: list[Problem] = []
        node = read_document(text, "sources.yaml", problems)
        assert node is not None
        sources = read_sources(node, _company(), problems)
        assert not problems, problems
        workspace = msgspec.structs.replace(_workspace(), path=str(self.folder), sources=sources)
        pipeline = Pipeline(workspace, self.store, make_pricer(workspace.prices, self.folder), threads=1)
        self._pipelines.append(pipeline)
        return Puller(workspace, pipeline, self.state, secret_reader(self.folder, self.secrets), clock=self.clock)

    def ids(self, kind: str = "interaction") -> list[str]:
        """Ids of the current facts of a kind."""
        return [row["id"] for row in self.store.query(f"SELECT id FROM {kind} ORDER BY id").to_pylist()]

    def facts(self, kind: str, *fields: str) -> list[tuple[Any, ...]]:
        """Fields of the current facts of a kind, by id."""
        rows = self.store.query(f"SELECT * FROM {kind} ORDER BY id").to_pylist()
        return [tuple(row[field] for field in fields) for row in rows]

    def known(self, name: str) -> PullState:
        """The state of a source."""
        return pull_states(self.state)[name]

    def close(self) -> None:
        for pipeline in self._pipelines:
            pipeline.close()
        self.state.close()
        self.store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def company(tmp_path: Path, clock: Clock) -> Iterator[Company]:
    folder = tmp_path / "company"
    folder.mkdir()
    made = Company(folder, clock)
    yield made
    made.close()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply
