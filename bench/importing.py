"""`breakeven import interaction` of a file, in a process of its own: rate, processor time, memory, bytes on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from bench.company import FORMATS, write_interactions, write_workspace
from bench.plan import LARGEST_IMPORT, Plan
from bench.processes import Run, run
from bench.results import Result, figure

RATES = {"parquet": 250_000, "ndjson": 100_000}
"""Interactions a second to reach on two cores."""
MEMORY_MB = 400
BYTES = 60


def importing(plan: Plan) -> list[Result]:
    """One result for each format and size; the larger sizes are read once, for they take their time."""
    found = []
    for rows in plan.rows:
        if rows > LARGEST_IMPORT:
            continue
        for form in FORMATS:
            file = plan.folder / f"interactions.{form}"
            write_interactions(file, form, rows, plan.end)
            times = plan.repeats if rows <= 1_000_000 else 1
            found.append(_result(form, rows, file, [_import(plan.folder / "import", file, rows) for _ in range(times)]))
            file.unlink()
    return found


def _import(workspace: Path, file: Path, rows: int) -> tuple[Run, int]:
    """The process, and the size of the store that it left."""
    shutil.rmtree(workspace, ignore_errors=True)
    write_workspace(workspace)
    done = run(["import", "interaction", str(file), "-w", str(workspace), "--format", "json"])
    accepted = json.loads(done.output)["accepted"]
    if accepted != rows:
        raise RuntimeError(f"{accepted} of {rows} interactions were accepted")
    return done, (workspace / "data" / "breakeven.duckdb").stat().st_size


def _result(form: str, rows: int, file: Path, runs: Sequence[tuple[Run, int]]) -> Result:
    size = file.stat().st_size
    return Result(benchmark="import", case=form, rows=rows, figures=(
        figure("rate", "interactions/s", [rows / done.wall_s for done, _ in runs], at_least=RATES.get(form)),
        figure("read", "MB/s", [size / 1e6 / done.wall_s for done, _ in runs]),
        figure("processor time", "s per million", [done.cpu_s / rows * 1e6 for done, _ in runs]),
        figure("peak memory", "MB", [done.peak_mb for done, _ in runs]),
        figure("memory at the end", "MB", [done.last_mb for done, _ in runs], at_most=MEMORY_MB),
        figure("on disk", "B/interaction", [stored / rows for _, stored in runs], at_most=BYTES),
    ))  # fmt: skip
