"""Servers for the client: a real workspace, served, killed and served again, and one that answers by a script."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from breakeven.client import Client
from breakeven.workspace import create

PROGRAM = Path(sys.executable).with_name("breakeven")
PATIENCE = 30.0
Answer = tuple[int, dict[str, str], Any] | float
"""Status, headers and content; or seconds for which nothing is answered before the connection is cut."""


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("URL", "KEY", "PROJECT", "SOURCE", "SPOOL"):
        monkeypatch.delenv(f"BREAKEVEN_{name}", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def until(condition: Callable[[], Any]) -> Any:
    """Wait until something is so; what it gives."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return found


class Scripted:
    """A server that answers as it is told, then takes everything; it knows each id once."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.requests: list[tuple[dict[str, str], list[dict[str, Any]]]] = []
        self.events: dict[str, dict[str, Any]] = {}
        """Id → the event that was acknowledged."""
        self._over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                with suppress(ConnectionError):
                    outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True, args=(0.01,)).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if request.headers.get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, wbits=31)
        events = [json.loads(line) for line in body.split(b"\n") if line]
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(({**headers, "path": request.path}, events))
        told = self.script.pop(0) if self.script else None
        if isinstance(told, float):
            self._over.wait(told)
            request.close_connection = True
            return
        status, extra, content = told or (200, {}, self.take(events))
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        request.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **extra}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    def take(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """Acknowledge events; gives the answer of breakeven."""
        new = [event for event in events if event["id"] not in self.events]
        self.events |= {event["id"]: event for event in new}
        return {"accepted": len(new), "duplicates": len(events) - len(new), "rejected": {}, "errors": [], "version": 1}

    @property
    def data(self) -> list[dict[str, Any]]:
        """The data of what was acknowledged, in order, with its id."""
        return [{**event["data"], "id": name} for name, event in self.events.items()]

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted()
    yield made
    made.close()


@pytest.fixture
def make(server: Scripted, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Makes clients of the scripted server that send only when they are told to."""
    made: list[Client] = []

    def client(url: str | None = server.url, **options: Any) -> Client:
        defaults = {"spool": tmp_path / "spool", "source": "test", "flush_interval": 60.0, "exit_timeout": 5.0}
        made.append(Client(url, **{**defaults, **options}))
        return made[-1]

    yield client
    for one in made:
        one.close(0.0)


class Workspace:
    """`breakeven serve` in a process of its own, on a port that it keeps over its lives."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        create(folder, name="Test", currency="USD")
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [PROGRAM, "-w", self.folder, "serve", "--port", str(self.port)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rpartition(":")[2])

    def end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.communicate(timeout=PATIENCE)
            self.process = None

    def ask(self, path: str) -> Any:
        """What a page of the API says, once it shows all that is acknowledged."""
        until(lambda: not self._get("/health/ready")["journal"]["rows"])
        return self._get(path)

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def facts(self, **filters: str) -> list[dict[str, Any]]:
        """The stored interactions."""
        chosen = "&".join(f"{name}={value}" for name, value in {"limit": "500", **filters}.items())
        found: list[dict[str, Any]] = self.ask(f"/v1/facts/interaction?{chosen}")["items"]
        return found


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = Workspace(tmp_path_factory.mktemp("company"))
    made.start()
    yield made
    made.end(signal.SIGKILL)
