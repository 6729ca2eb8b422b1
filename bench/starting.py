"""How long the command line takes to say something, from the start of its process to its end."""

from __future__ import annotations

from bench.company import write_workspace
from bench.plan import Plan
from bench.processes import run
from bench.results import Result, figure


def starting(plan: Plan) -> list[Result]:
    """Help, and a check of a workspace."""
    folder = plan.folder / "workspace"
    write_workspace(folder)
    found = []
    for case, arguments in {"help": ["--help"], "check": ["check", "-w", str(folder)]}.items():
        runs = [run(arguments) for _ in range(plan.repeats * 2)]
        found.append(Result(benchmark="start", case=case, rows=None, figures=(
            figure("time", "ms", [done.wall_s * 1e3 for done in runs]),
            figure("peak memory", "MB", [done.peak_mb for done in runs]),
        )))  # fmt: skip
    return found
