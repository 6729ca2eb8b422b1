"""Events over HTTP: the product and a yardstick in turn, so that what the machine does besides cancels out.

The yardstick (`bench/yardstick.py`) decodes, de-duplicates in memory and syncs a log, and stores nothing; `ceiling` is
the same server reading a body and dropping it; `engine` is what the store's engine appends by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import httpx
import msgspec
import psutil

from bench.company import stored_batches, write_workspace
from bench.loading import SPANS, Load
from bench.plan import Plan
from bench.results import Result, figure
from bench.serving import free_port, server

SECONDS = 3.0
BATCHES, CONNECTIONS = (1, 100, 1000), (1, 8, 64)
EVENTS, SPAN_BATCHES = "/v1/events", (100, 512)
SUSTAINED_S = 30.0
RATE = 10
"""Requests a second of 100 events: the load of 1 k/s at which freshness is measured."""
LEAST = {(EVENTS, 1): 0.75, (EVENTS, 100): 0.5, (SPANS, 100): 0.8}
"""Path and batch → share of the yardstick's rate to reach."""


def ingesting(plan: Plan) -> list[Result]:
    """All cases at a store that begins empty."""
    folder = plan.folder / "ingest"
    write_workspace(folder)
    with server(folder) as product, _yardstick(plan.folder) as yardstick:
        port = product.client.base_url.port or 0
        watched = product.process
        cases = [_case(plan, watched, port, yardstick, path, batch, connections)
                 for path, batches in ((EVENTS, BATCHES), (SPANS, SPAN_BATCHES))
                 for batch in batches for connections in CONNECTIONS]  # fmt: skip
        fresh = [_freshness(product.client, port, "1 k/s", RATE), _freshness(product.client, port, "full load", None)]
        sustained = _sustained(product.client, watched, port)
        ceiling = [_load(yardstick, "/drop", batch, 8).rate for batch in BATCHES]
    held = sum(file.stat().st_size for file in (folder / "data").glob("breakeven.duckdb*"))
    total = sustained.figures[-1].median
    size = Result(benchmark="ingest", case="disk", rows=int(total), figures=(
        figure("store, not compacted", "B/event", [held / max(total, 1)]),))  # fmt: skip
    limits = Result(benchmark="ingest", case="limits", rows=None, figures=(
        *(figure(f"ceiling, batch {batch}", "events/s", [rate]) for batch, rate in zip(BATCHES, ceiling, strict=True)),
        figure("engine's own append", "rows/s", _engine(plan)),
    ))  # fmt: skip
    return [*cases, *fresh, sustained, size, limits]


def _case(
    plan: Plan, watched: psutil.Process, port: int, yardstick: int, path: str, batch: int, connections: int
) -> Result:
    ours, theirs, processor = list[Load](), list[Load](), list[float]()
    for _ in range(plan.repeats):
        theirs.append(_load(yardstick, path, batch, connections))
        before = watched.cpu_times()
        ours.append(_load(port, path, batch, connections))
        after = watched.cpu_times()
        used = after.user + after.system - before.user - before.system
        processor.append(used / max(ours[-1].events, 1) * 1e6)
    ratios = [our.rate / their.rate for our, their in zip(ours, theirs, strict=True)]
    least = LEAST.get((path, batch)) if connections > 1 else None
    return Result(benchmark="ingest", case=f"{path}, batch {batch}, {connections} connections", rows=None, figures=(
        figure("acknowledged", "events/s", [one.rate for one in ours]),
        figure("yardstick", "events/s", [one.rate for one in theirs]),
        figure("share of the yardstick", "1", ratios, at_least=least),
        figure("p50", "ms", [one.p50_ms for one in ours]), figure("p99", "ms", [one.p99_ms for one in ours]),
        figure("processor time", "us/event", processor),
        figure("memory", "MB", [watched.memory_info().rss / 1e6], at_most=500),
        figure("refused", "requests", [one.refused for one in ours]),
    ))  # fmt: skip


def _freshness(client: httpx.Client, port: int, case: str, rate: float | None) -> Result:
    """From a post to the moment at which every figure has it, beside a load."""
    seconds = SECONDS * 3
    settled(client)
    with loading(port, EVENTS, 100, 8, seconds, rate) as run:
        taken, ends = list[float](), time.perf_counter() + seconds * 0.8
        while time.perf_counter() < ends:
            line = {"kind": "interaction", "id": f"fresh-{case}-{len(taken)}", "source": "bench",
                    "time": "2026-01-01T00:00:00Z"}  # fmt: skip
            began = time.perf_counter()
            client.post("/v1/events?wait=visible", json=line).raise_for_status()
            taken.append((time.perf_counter() - began) * 1e3)
        answered(run)
    taken.sort()
    return Result(benchmark="ingest", case=f"post to visible at {case}", rows=None, figures=(
        figure("p50", "ms", [taken[len(taken) // 2]]),
        figure("p99", "ms", [taken[min(int(len(taken) * 0.99), len(taken) - 1)]], at_most=1000),
    ))  # fmt: skip


def _sustained(client: httpx.Client, watched: psutil.Process, port: int) -> Result:
    """Full load for half a minute, and how long the store takes to have it all after the last answer."""
    before = stored(client)
    with loading(port, EVENTS, 100, 16, SUSTAINED_S, None) as run:
        peak = 0
        while run.poll() is None:
            peak = max(peak, watched.memory_info().rss)
            time.sleep(0.1)
        found = answered(run)
    took = settled(client)
    total = stored(client)
    return Result(benchmark="ingest", case="sustained into the store", rows=total - before, figures=(
        figure("into the store", "events/s", [(total - before) / (found.seconds + took)], at_least=100_000),
        figure("behind at the end", "s", [took], at_most=1.0),
        figure("peak memory", "MB", [peak / 1e6], at_most=500), figure("stored in all", "events", [total]),
    ))  # fmt: skip


def settled(client: httpx.Client) -> float:
    """Seconds until the store has all that is acknowledged."""
    began = time.perf_counter()
    while waiting := client.get("/health/ready").json()["journal"]["rows"]:
        if time.perf_counter() - began > SUSTAINED_S:
            raise RuntimeError(f"{waiting} acknowledged records are still not stored")
        time.sleep(0.02)
    return time.perf_counter() - began


def stored(client: httpx.Client) -> int:
    rows = client.get("/v1/metrics/interactions?from=2025-01&to=2027-12").raise_for_status().json()["rows"]
    return int(sum(row["value"] or 0 for row in rows))


def _engine(plan: Plan) -> list[float]:
    batches = list(stored_batches(1_000_000, plan.end))
    with duckdb.connect(str(plan.folder / "engine.duckdb"), config={"threads": 2}) as connection:
        connection.register("batch", batches[0])
        connection.execute("CREATE TABLE held AS SELECT * FROM batch LIMIT 0")
        rates = []
        for batch in batches:
            connection.register("batch", batch)
            began = time.perf_counter()
            connection.execute("INSERT INTO held SELECT * FROM batch")
            rates.append(len(batch) / (time.perf_counter() - began))
    return rates


def _load(port: int, path: str, batch: int, connections: int) -> Load:
    with loading(port, path, batch, connections, SECONDS, None) as run:
        return answered(run)


@contextmanager
def loading(
    port: int, path: str, batch: int, connections: int, seconds: float, rate: float | None
) -> Iterator[subprocess.Popen[str]]:
    """The load in a process of its own."""
    arguments = [str(part) for part in (port, path, batch, connections, seconds, *([] if rate is None else [rate]))]
    with subprocess.Popen(
        [sys.executable, "-m", "bench.loading", *arguments], stdout=subprocess.PIPE, text=True
    ) as run:
        yield run


def answered(run: subprocess.Popen[str]) -> Load:
    said, _ = run.communicate(timeout=120)
    found = msgspec.json.decode(said, type=Load)
    if found.errors:
        raise RuntimeError(found.errors[0])
    return found


@contextmanager
def _yardstick(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.yardstick:app", "--port", str(port), "--log-level", "error"]
    run = subprocess.Popen(command, env={**os.environ, "LOG": str(folder / "yardstick.log")})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            while True:
                try:
                    client.post("/drop", content=b"x").raise_for_status()
                    break
                except httpx.TransportError:
                    if run.poll() is not None:
                        raise
                    time.sleep(0.05)
        yield port
    finally:
        run.terminate()
        run.wait(10)
