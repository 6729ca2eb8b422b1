"""The server in a process of its own: how soon it answers, how long its pages take, how much memory it keeps.

`cold` is the first time that a page is asked for, `warm` the same page again, and `event` the page after one more
interaction came in over HTTP.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import msgspec
import psutil

from bench.plan import Plan
from bench.processes import PROGRAM
from bench.results import Result, figure, milliseconds

START_S, MEMORY_MB, PAGE_MS = 2.0, 500, 50
ASKED = 50
PAGES = {"board": "/board", "statement": "/v1/statement?period=ytd"}
_PATIENCE_S = 60


class Server(msgspec.Struct, frozen=True):
    """A server that answers."""

    client: httpx.Client
    started_s: float
    process: psutil.Process

    def memory_mb(self) -> float:
        """Resident now."""
        return float(self.process.memory_info().rss) / 1e6

    def processor_s(self) -> float:
        """Processor time so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def ask(self, path: str) -> None:
        """Ask for a page; only a whole one counts."""
        self.client.get(path).raise_for_status()


def serving(plan: Plan) -> list[Result]:
    """Start, pages and memory at each size."""
    return [result for rows in plan.rows for result in _served(plan, rows)]


def _served(plan: Plan, rows: int) -> list[Result]:
    folder = plan.workspace(rows)
    starts, busy, idle = [], [], []
    for _ in range(plan.repeats):
        with server(folder) as running:
            starts.append(running.started_s)
            busy.append(running.processor_s())
            idle.append(running.memory_mb())
    found = []
    with server(folder) as running:
        for name, path in PAGES.items():
            cold = milliseconds(partial(running.ask, path), 1)
            warm = milliseconds(partial(running.ask, path), ASKED)
            live = [after_event(running, path, number) for number in range(plan.repeats * 3)]
            found.append(Result(benchmark="serve", case=name, rows=rows, figures=(
                figure("cold", "ms", cold), figure("warm", "ms", warm, at_most=PAGE_MS), figure("event", "ms", live),
            )))  # fmt: skip
        used = running.memory_mb()
    start = Result(benchmark="serve", case="start", rows=rows, figures=(
        figure("until ready", "s", starts, at_most=START_S),
        figure("processor time until ready", "s", busy),
        figure("memory after start", "MB", idle),
        figure(f"memory after {ASKED} pages of each", "MB", [used], at_most=MEMORY_MB),
    ))  # fmt: skip
    return [start, *found]


def after_event(server: Server, path: str, number: int) -> float:
    now = datetime.now(UTC).isoformat()
    line = msgspec.json.encode({
        "kind": "interaction", "id": f"{path}-{number}-{now}", "source": "bench", "time": now,
        "project": "project-01", "model": "gpt-4o-mini", "provider": "openai", "input_tokens": 500, "output_tokens": 90,
    })  # fmt: skip
    sent = server.client.post("/v1/events?wait=visible", content=line, headers={"content-type": "application/x-ndjson"})
    sent.raise_for_status()
    (took,) = milliseconds(lambda: server.ask(path), 1)
    return took


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """`breakeven serve` until it is ready; stopped at the end. Raises RuntimeError where it does not come up."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(_command(folder, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE_S) as client:
            while not _is_ready(client):
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE_S:
                    raise RuntimeError("breakeven serve did not become ready")
                time.sleep(0.005)
            yield Server(client, time.perf_counter() - began, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _command(folder: Path, port: int) -> Sequence[str]:
    return [*PROGRAM, "serve", "-w", str(folder), "--port", str(port)]


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
