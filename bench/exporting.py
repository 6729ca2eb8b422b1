"""Data out: the ledger's entries as files, and the database of all tables, each in a process of its own.

36 months of so many projects that there are about a million entries (`small`: of a twelfth of them). `rate` is entries
a second of the whole command, start and book included; what memory does from the small to the large case tells whether
a file is written as it is read: the book itself, which holds a few numbers for each month and project, grows with them.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.plan import Plan
from bench.processes import PROGRAM, run
from bench.results import Result, figure
from breakeven.period import add_months
from breakeven.workspace.creation import create

MONTHS = 36
PROJECTS = {"small": 560, "million": 7_000}
FORMS = ("csv", "parquet", "arrow")
_SELECTS = {
    "cost": "SELECT 'c' || m || '-' || p AS id, {at} AS start, {project}, 'compute' AS category,"
    " 40 + p % 97 + 0.01 * m AS amount FROM {grid}",
    "benefit": "SELECT 'b' || m || '-' || p AS id, {at} AS time, {project}, 'hours_saved' AS kind,"
    " 'debugging' AS activity, 2 + p % 7 AS quantity, 'hour' AS unit FROM {grid} UNION ALL BY NAME"
    " SELECT 'f' || m || '-' || p AS id, {at} AS time, {project}, 'finding_avoided' AS kind, NULL AS activity,"
    " 1 AS quantity, '1' AS unit FROM {grid}",
    "interaction": "SELECT 't' || m || '-' || p AS id, {at} AS time, {project}, 90 AS count, 1.25 AS cost,"
    " 7.5 AS revenue FROM {grid}",
}


def exporting(plan: Plan) -> list[Result]:
    """Each form of the entries at both sizes, and the database of the small one."""
    return [result for case, projects in PROJECTS.items() for result in _case(plan, case, projects)]


def _case(plan: Plan, case: str, projects: int) -> list[Result]:
    folder = plan.folder / f"entries-{case}"
    _fill(plan, folder, projects)
    made = []
    for form in FORMS:
        target = folder / f"entries.{form}"
        runs = [run(["export", "entries", str(target), "-w", str(folder)], PROGRAM) for _ in range(plan.repeats)]
        entries = _entries(folder / "entries.csv")
        made.append(Result(benchmark="exporting", case=f"{case} {form}", rows=entries, figures=(
            figure("time", "s", [one.wall_s for one in runs]),
            figure("rate", "entries/s", [entries / one.wall_s for one in runs]),
            figure("peak", "MB", [one.peak_mb for one in runs]),
            figure("file", "MB", [target.stat().st_size / 1e6]),
        )))  # fmt: skip
    if case == "small":
        target = folder / "all.duckdb"
        runs = [run(["export", "duckdb", str(target), "-w", str(folder)], PROGRAM) for _ in range(plan.repeats)]
        made.append(Result(benchmark="exporting", case=f"{case} duckdb", rows=entries, figures=(
            figure("time", "s", [one.wall_s for one in runs]), figure("peak", "MB", [one.peak_mb for one in runs]),
        )))  # fmt: skip
    return made


def _entries(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines) - 1


def _fill(plan: Plan, folder: Path, projects: int) -> None:
    create(folder, name="Many", currency="USD")
    first = add_months(plan.end.date(), 1 - MONTHS)
    declared = "".join(f"  - {{id: p{p}, name: Project {p}, category: platform}}\n" for p in range(projects))
    (folder / "projects.yaml").write_text(f"projects:\n{declared}")
    grid = f"range({MONTHS}) AS months(m), range({projects}) AS projects(p)"
    at = f"TIMESTAMP '{first:%Y-%m-01 09:00:00}' + to_months(CAST(m AS INTEGER))"
    with duckdb.connect(config={"threads": 2}) as connection:
        for kind, select in _SELECTS.items():
            file = folder / f"{kind}.parquet"
            sql = select.format(at=at, project="'p' || p AS project", grid=grid)
            connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")
            run(["import", kind, str(file), "-w", str(folder)], PROGRAM)
            file.unlink()
