"""A quarter of an hour of full load: does the rate stay, does the memory?"""

from __future__ import annotations

import time

from bench.company import write_workspace
from bench.ingesting import EVENTS, answered, loading, settled, stored
from bench.plan import Plan
from bench.results import Result, figure
from bench.serving import server

MINUTES = 15
BATCH, CONNECTIONS = 100, 16


def soaking(plan: Plan) -> list[Result]:
    """Figures minute by minute, from a store that begins empty."""
    folder = plan.folder / "soak"
    write_workspace(folder)
    with server(folder) as product:
        port = product.client.base_url.port or 0
        rates, memory, before = list[float](), list[float](), 0
        with loading(port, EVENTS, BATCH, CONNECTIONS, MINUTES * 60.0, None) as run:
            began = time.perf_counter()
            for _ in range(MINUTES):
                time.sleep(60)
                now, at = stored(product.client), time.perf_counter()
                rates.append((now - before) / (at - began))
                memory.append(product.process.memory_info().rss / 1e6)
                before, began = now, at
            found = answered(run)
        behind = settled(product.client)
        total = stored(product.client)
    if total != found.events:
        raise RuntimeError(f"{found.events} events were acknowledged, and {total} are stored")
    held = sum(file.stat().st_size for file in (folder / "data").glob("breakeven.duckdb*"))
    case = f"{MINUTES} minutes, batch {BATCH}, {CONNECTIONS} connections"
    return [Result(benchmark="soak", case=case, rows=total, figures=(
        figure("into the store, minute by minute", "events/s", rates, at_least=100_000),
        figure("first and last minute", "events/s", [rates[0], rates[-1]]),
        figure("memory, minute by minute", "MB", memory, at_most=500),
        figure("memory of the first and last minute", "MB", [memory[0], memory[-1]]),
        figure("p50", "ms", [found.p50_ms]), figure("p99", "ms", [found.p99_ms]),
        figure("behind at the end", "s", [behind], at_most=1.0),
        figure("store, not compacted", "B/event", [held / total]),
    ))]  # fmt: skip
