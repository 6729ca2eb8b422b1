"""What the SDK costs the program that uses it: start-up, and a call of each kind, beside a bare record in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.company import write_workspace
from bench.plan import Plan
from bench.processes import PROGRAM
from bench.results import Result, figure
from breakeven.client import Client

CALLS = 20_000
LOAD = """
import time
a, b = time.perf_counter(), time.process_time()
import {}
print((time.perf_counter() - a) * 1e3, (time.process_time() - b) * 1e3)
"""


def telling(plan: Plan) -> list[Result]:
    """Import of the client beside that of http.client, and microseconds a call, with a server and without one."""
    return [*_starts(plan), *_calls(plan)]


def _starts(plan: Plan) -> list[Result]:
    found = []
    for module in ("breakeven.client", "http.client"):
        # The first one writes the compiled files.
        texts = [_output([sys.executable, "-c", LOAD.format(module)]) for _ in range(plan.repeats * 4 + 1)][1:]
        clock, processor = zip(*(map(float, text.split()) for text in texts), strict=True)
        found.append(Result(benchmark="client", case=f"import {module}", rows=None, figures=(
            figure("clock", "ms", clock, at_most=50 if module == "breakeven.client" else None),
            figure("processor time", "ms", processor),
        )))  # fmt: skip
    return found


def _calls(plan: Plan) -> list[Result]:
    folder = plan.folder / "client"
    write_workspace(folder)
    server = subprocess.Popen([*PROGRAM, "-w", str(folder), "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        found = [_bare(plan)]
        for case, url, spool in (("server", address, folder / "spool"), ("server away", "http://127.0.0.1:9", folder)):
            found += _client(plan, case, url, spool)
    finally:
        server.terminate()
        server.wait()
    return found


def _bare(plan: Plan) -> Result:
    one = {"specversion": "1.0", "id": "0" * 32, "source": "s", "data": {"model": "m", "input_tokens": 1}}
    return _result("json.dumps alone", [_each(lambda: json.dumps(one)) for _ in range(plan.repeats)])


def _client(plan: Plan, case: str, url: str, spool: Path) -> list[Result]:
    # The queue takes all of it, so that every call does the whole work.
    one = Client(url, project="project-01", source="bench", spool=spool, queue_events=10 * CALLS, flush_interval=0.1)

    def track() -> None:
        one.track(model="gpt-4o-mini", provider="openai", input_tokens=1830, output_tokens=240, outcome="resolved")

    def block() -> None:
        with one.interaction(model="gpt-4o-mini", provider="openai") as call:
            call.set(input_tokens=1830, output_tokens=240)

    found = []
    for name, action in {"track": track, "block": block}.items():
        times = []
        for _ in range(plan.repeats):
            times.append(_each(action))
            one.flush(30)
        found.append(_result(f"{name}, {case}", times))
    dropped = one.stats().dropped
    one.close()
    if dropped:
        raise RuntimeError(f"records were dropped: {dropped}")
    return found


def _result(case: str, times: list[tuple[float, float]]) -> Result:
    clock, processor = zip(*times, strict=True)
    return Result(benchmark="client", case=case, rows=CALLS, figures=(
        figure("clock", "µs a call", clock), figure("processor time of the caller", "µs a call", processor),
    ))  # fmt: skip


def _each(action: Callable[[], object]) -> tuple[float, float]:
    """Microseconds of a call: by the clock, and of this thread alone."""
    clock, processor = time.perf_counter(), time.thread_time()
    for _ in range(CALLS):
        action()
    return (time.perf_counter() - clock) / CALLS * 1e6, (time.thread_time() - processor) / CALLS * 1e6


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
