"""How fast the store takes interactions in, and what they cost on disk and in memory. Prints JSON.

    python bench/store_append.py 10000000
    python bench/store_append.py 1000000 --commit-rows 1000 10000 500000 --order shuffled

The rows are like those of a company with 50 projects of very different size, 8 models and 500 users over 12 months; ids
are 32 random hex digits. `time` spreads each commit over its own part of the year (a history in order, live traffic),
`shuffled` spreads every commit over the whole year. For each size of commit, `filled` is the rate with all the rows in.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psutil
import pyarrow as pa

from breakeven.store.base import Commit
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.rollups import ROLLUPS
from breakeven.store.schema import arrow_schema

RECORDED_AT = datetime(2026, 11, 22, tzinfo=UTC)
YEAR_US = 365 * 86_400 * 1_000_000
ROWS = """
    WITH draws AS (
        SELECT i, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e, random() AS f,
               random() AS g
        FROM range({first}, {first} + {rows}) AS t(i)
    ),
    rows AS (
        SELECT *, CAST(floor(50 * a * a) AS INTEGER) AS p, CAST(floor(8 * b * b) AS INTEGER) AS m,
               CAST(exp(6.5 + sqrt(-2 * ln(1 - c)) * cos(6.2831853 * d)) AS BIGINT) + 1 AS tokens_in,
               CAST(exp(5.5 + sqrt(-2 * ln(1 - d)) * cos(6.2831853 * e)) AS BIGINT) + 1 AS tokens_out,
               round(exp(7 + 0.6 * sqrt(-2 * ln(1 - f)) * cos(6.2831853 * c)), 1) AS latency
        FROM draws
    )
    SELECT md5(CAST(i AS VARCHAR) || 'seed{seed}') AS id, 'gateway' AS source,
           TIMESTAMPTZ '2025-11-01 00:00:00+00'
             + to_microseconds(CAST(({start} + {part} * g) * {year} AS BIGINT)) AS time,
           1 AS count, 'project-' || lpad(CAST(p AS VARCHAR), 3, '0') AS project, 'model-' || m AS model,
           'provider-' || (m % 3) AS provider, 'chat' AS operation, NULL AS variant, 'team-' || (p % 12) AS team,
           'user-' || lpad(CAST(floor(500 * e) AS INTEGER)::VARCHAR, 4, '0') AS actor, latency AS latency_ms,
           CASE WHEN f < 0.02 THEN 'error' ELSE 'ok' END AS status, tokens_in AS input_tokens,
           tokens_out AS output_tokens, NULL AS cached_tokens,
           CAST((tokens_in * (1 + m) * 30 + tokens_out * (1 + m) * 120) AS DECIMAL(38, 12)) / 100000000 AS cost,
           'USD' AS cost_currency, 'metered' AS cost_origin, 'list/provider-' || (m % 3) || '/model-' || m AS price_id,
           NULL AS usage, NULL AS revenue, NULL AS currency, NULL AS outcome, NULL AS csat, NULL AS seconds_saved,
           NULL AS labels, i AS ordinal
    FROM rows
"""


def generated(first: int, rows: int, whole: int, *, in_order: bool, seed: int = 0) -> pa.Table:
    """Interactions number `first` to `first + rows` of `whole`."""
    start, part = (first / whole, rows / whole) if in_order else (0.0, 1.0)
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("SELECT setseed(?)", [(first % 999_983) / 1_000_000]).fetchall()
        sql = ROWS.format(first=first, rows=rows, start=start, part=part, year=YEAR_US, seed=seed)
        shape = arrow_schema("interaction")
        return connection.sql(sql).to_arrow_table().select(shape.names).cast(shape)


def committed(store: DuckDBStore, table: pa.Table) -> float:
    """Seconds of one commit."""
    began = time.perf_counter()
    store.append(Commit(facts={"interaction": table}, recorded_at=RECORDED_AT))
    return time.perf_counter() - began


def bare(path: Path, table: pa.Table) -> float:
    """Seconds that the engine alone takes for the same rows: no identity, no roll-ups, no order. The yardstick."""
    with duckdb.connect(path, config={"threads": 2}) as connection:
        connection.register("rows", table)
        connection.execute("CREATE TABLE IF NOT EXISTS bare AS SELECT * FROM rows LIMIT 0")
        began = time.perf_counter()
        connection.execute("INSERT INTO bare SELECT * FROM rows")
        return time.perf_counter() - began


def filled(store: DuckDBStore, beside: Path, whole: int, rows: int, *, in_order: bool) -> dict[str, Any]:
    """Fill a store with `whole` rows in commits of `rows`."""
    took, sizes, yardstick, cpu = [], [], 0.0, 0.0
    for first in range(0, whole, rows):
        table = generated(first, min(rows, whole - first), whole, in_order=in_order)
        yardstick += bare(beside, table)
        before = time.process_time()
        took.append(committed(store, table))
        cpu += time.process_time() - before
        sizes.append(len(table))
    tenth = max(1, len(took) // 10)
    return {
        "commits": len(took),
        "rows_per_s": round(whole / sum(took)),
        "yardstick_rows_per_s": round(whole / yardstick),
        "of_yardstick": round(yardstick / sum(took), 2),
        "cpu_s_per_million_rows": round(cpu / whole * 1e6, 2),
        "rows_per_s_first_tenth": round(sum(sizes[:tenth]) / sum(took[:tenth])),
        "rows_per_s_last_tenth": round(sum(sizes[-tenth:]) / sum(took[-tenth:])),
        "commit_s_median": round(statistics.median(took), 4),
        "commit_s_max": round(max(took), 3),
    }


def small_commits(store: DuckDBStore, whole: int, rows: int, times: int) -> dict[str, Any]:
    """Commits of a few rows into the filled store, at the end of its time."""
    table = generated(whole, rows * times, whole * 10, in_order=True, seed=rows)
    took = np.array([committed(store, table.slice(i * rows, rows)) for i in range(times)])
    return {"rows": rows, "commits": times, "rows_per_s": round(rows * times / took.sum()),
            "p50_ms": round(float(np.median(took)) * 1e3, 2),
            "p99_ms": round(float(np.quantile(took, 0.99)) * 1e3, 2)}  # fmt: skip


def timed(action: Any) -> float:
    began = time.perf_counter()
    action()
    return round(time.perf_counter() - began, 3)


def measured(path: Path, whole: int, rows: int, *, in_order: bool, memory_limit: str) -> dict[str, Any]:
    """All figures of one store."""
    process = psutil.Process()
    store = DuckDBStore.open(path, time_zone="Europe/Berlin", memory_limit=memory_limit)
    found: dict[str, Any] = {
        "commit_rows": rows,
        "filled": filled(store, path.with_name("bare.duckdb"), whole, rows, in_order=in_order),
    }
    found["small"] = [small_commits(store, whole, few, times) for few, times in ((100, 50), (1000, 30), (10_000, 10))]
    again = generated(0, min(rows, whole), whole, in_order=in_order)
    found["same_again_s"] = round(committed(store, again), 3)
    found["compact_s"] = timed(store.compact)
    found["compact_again_s"] = timed(store.compact)
    found["rollup_rows"] = {
        rollup.name: store.query(f"SELECT count(*) FROM {rollup.name}").column(0)[0].as_py() for rollup in ROLLUPS
    }
    found["rows"] = store.query("SELECT count(*) FROM interaction").column(0)[0].as_py()
    found["rss_mb"] = round(process.memory_info().rss / 1e6)
    store.close()
    found["file_mb"] = round(path.stat().st_size / 1e6, 1)
    found["bytes_per_row"] = round(path.stat().st_size / found["rows"], 1)
    found["open_s"] = timed(lambda: DuckDBStore.open(path).close())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("--commit-rows", type=int, nargs="+", default=[500_000])
    parser.add_argument("--order", choices=("time", "shuffled"), default="time")
    parser.add_argument("--memory-limit", default="512MB")
    parser.add_argument("--folder", type=Path, help="where the stores are made; default: the system's temporary folder")
    options = parser.parse_args()
    results = []
    for rows in options.commit_rows:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            results.append(measured(Path(folder) / "store.duckdb", options.rows, rows,
                                    in_order=options.order == "time", memory_limit=options.memory_limit))  # fmt: skip
    machine = {"python": platform.python_version(), "duckdb": duckdb.__version__, "pyarrow": pa.__version__,
               "system": platform.platform(), "cores": psutil.cpu_count(),
               "memory_gb": round(psutil.virtual_memory().total / 1e9)}  # fmt: skip
    print(json.dumps({"machine": machine, "order": options.order, "memory_limit": options.memory_limit,
                      "results": results}, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
