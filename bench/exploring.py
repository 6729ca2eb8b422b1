"""The what-if page over HTTP: from a slider's move to the whole answer, with everything that the answer contains.

A hundred moves of the levers of 36 months × 100 projects, one after the other as a browser sends them: the exact
figures, ranges of 1,000 draws, tornado, break-even markers, months with their band, and the parts of the page.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from urllib.parse import urlencode

from bench.portfolio import ASSUMED, MONTHS, PROJECTS
from bench.results import Result, figure
from bench.serving import Server, server

MOVES, AT_MOST_MS = 100, 150
PATH = "/what-if?period=all"
SHARES = frozenset({"realisation_rate"})
"""Levers that the page shows in percent."""
RELATIVE = ("baseline_incidents", "baseline_cloud_cost")


def exploring(folder: Path) -> list[Result]:
    """The round trip of a move, the page itself, and the size of an answer."""
    with server(folder) as running:
        running.ask(PATH)
        began = time.perf_counter()
        running.ask(PATH)
        page = (time.perf_counter() - began) * 1e3
        took, sizes = zip(*(_moved(running, move) for move in range(MOVES)), strict=True)
    ordered = sorted(took)
    high = ordered[int(MOVES * 0.95)]
    case = f"what-if page, {MONTHS} months, {PROJECTS} projects"
    return [
        Result(benchmark="scenarios", case=f"{case}: {MOVES} moves of a slider, round trip", rows=None, figures=(
            figure("p50", "ms", [statistics.median(took)], at_most=AT_MOST_MS),
            figure("p95", "ms", [high], at_most=AT_MOST_MS), figure("round trip", "ms", took),
            figure("answer", "kB", [size / 1e3 for size in sizes]),
        )),
        Result(benchmark="scenarios", case=f"{case}: loaded again", rows=None, figures=(figure("warm", "ms", [page]),)),
    ]  # fmt: skip


def _moved(running: Server, move: int) -> tuple[float, int]:
    """One move: another value of a lever each time, so that no answer is a kept one."""
    levers = [*(name for name in ASSUMED if name != "practitioners"), *RELATIVE]
    name = levers[move % len(levers)]
    if name in RELATIVE:
        value = f"{1 + move % 25}"
    else:
        stated, _, high, _ = ASSUMED[name]
        share = 100 if name in SHARES else 1
        value = f"{(float(stated) + (float(high) - float(stated)) * (move + 1) / (MOVES + 1)) * share:.4f}"
    query = urlencode({"period": "all", f"v.{name}": value})
    began = time.perf_counter()
    answer = running.client.post("/what-if/live", json={"query": query})
    took = (time.perf_counter() - began) * 1e3
    if not answer.raise_for_status().json()["fragments"]["w-roi"]:
        raise RuntimeError(f"no answer to {query}")
    return took, len(answer.content)
