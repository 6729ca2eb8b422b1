"""The store alone: commits of different sizes into a store that is already filled, and what it keeps in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import psutil
import pyarrow as pa

from bench.company import BATCH, stored_batches
from bench.plan import Plan
from bench.results import Result, figure, seconds
from breakeven.store.base import Commit
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.rollups import ROLLUPS

COMMITS = {100: 50, 1_000: 30, 10_000: 10}
"""Rows of a commit → how many of them."""


def appending(plan: Plan) -> list[Result]:
    """One result for each size of the store."""
    return [_appended(plan, rows) for rows in plan.rows]


def _appended(plan: Plan, rows: int) -> Result:
    file = plan.folder / "append.duckdb"
    with DuckDBStore.open(file, memory_limit="512MB") as store:

        def commit(table: pa.Table) -> float:
            return seconds(lambda: store.append(Commit(facts={"interaction": table}, recorded_at=plan.end)))

        took = [(len(batch), commit(batch)) for batch in stored_batches(rows, plan.end)]
        figures = [figure("large commits", "interactions/s", [count / wall for count, wall in took])]
        for size, times in COMMITS.items():
            parts = [commit(part) for part in islice(_parts(plan, size), times)]
            figures.append(figure(f"commit of {size}", "ms", [wall * 1e3 for wall in parts]))
        first = next(stored_batches(rows, plan.end))
        figures += [
            figure("same again", "s", [commit(first)]),
            figure("compact", "s", [seconds(store.compact)]),
            figure("memory", "MB", [psutil.Process().memory_info().rss / 1e6]),
        ]
        figures += [figure(rollup.name, "rows", [_count(store, rollup.name)]) for rollup in ROLLUPS]
    figures.append(figure("on disk", "B/interaction", [file.stat().st_size / rows]))
    figures.append(figure("open", "ms", [seconds(lambda: DuckDBStore.open(file).close()) * 1e3]))
    file.unlink()
    return Result(benchmark="append", case=f"commits of {BATCH}, then small ones", rows=rows, figures=figures)


def _parts(plan: Plan, size: int) -> Iterator[pa.Table]:
    """Interactions that are not in the store yet, in tables of `size`."""
    for number, table in enumerate(stored_batches(50 * size, plan.end)):
        ids = pa.array([f"{size}-{number}-{place}" for place in range(len(table))])
        fresh = table.set_column(table.schema.get_field_index("id"), "id", ids)
        for start in range(0, len(fresh), size):
            yield fresh.slice(start, size)


def _count(store: DuckDBStore, table: str) -> float:
    return float(store.query(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py())
