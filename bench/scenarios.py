"""What questions of assumptions cost over 36 months × 100 projects, warm: everything the ledger keeps is there.

`statement`    value, cost and return of all months
`what-if`      of one assumption; several are tried, the slowest counts
`tornado`      of twenty assumptions with a range
`range`        10 000 draws of all assumptions and of 300 baselines; memory is that of the whole process at its largest,
               in a process of its own that did nothing else
`what-if page` the live answer over HTTP (see `exploring.py`)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.exploring import exploring
from bench.plan import Plan
from bench.portfolio import ASSUMED, MONTHS, PROJECTS, WIDE, fill, widen
from bench.processes import run
from bench.results import Result, figure, milliseconds
from breakeven.app import open_company
from breakeven.ledger.scenarios.changes import read_change
from breakeven.ledger.scenarios.ranges import DRAWS, statement_range
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.tornado import tornado
from breakeven.ledger.scenarios.what_if import what_if
from breakeven.ledger.statement import statement
from breakeven.settings import Settings
from breakeven.views.asking.query import period_of

CASE = f"{MONTHS} months, {PROJECTS} projects"
CHANGES = ("hourly_rate=180", "avg_incident_cost=+10%", "baseline_incidents=+10%", "baseline_cloud_cost=*1.1")


def scenarios(plan: Plan) -> list[Result]:
    """The shipped methodology; for the tornado with ten value categories more."""
    folder = plan.folder / "portfolio"
    fill(folder, plan.end)
    drawn = run(["range", "--period", "all", "--format", "json", "-w", str(folder)])
    found = [*_shipped(plan, folder), Result(benchmark="scenarios", case=f"range, in a process of its own, {CASE}",
             rows=None, figures=(figure("memory", "MB", [drawn.peak_mb], at_most=500),
                                 figure("wall", "s", [drawn.wall_s])))]  # fmt: skip
    found += exploring(folder)
    widen(folder)
    return [*found, *_wide(plan, folder)]


def _shipped(plan: Plan, folder: Path) -> list[Result]:
    with open_company(Settings(workspace=folder)) as company:
        period = period_of(company.ledger, "all", plan.end)
        scope = Scope(period=period)
        with company.ledger.desk(plan.end) as desk:
            changed = {text: _timed(plan, partial(what_if, desk, [read_change(text)], scope)) for text in CHANGES}
            slowest = max(changed, key=lambda text: sorted(changed[text])[len(changed[text]) // 2])
            asked = _timed(plan, lambda: statement(desk, period))
            drawn = _timed(plan, lambda: statement_range(desk, period, draws=DRAWS))
    return [
        _result("statement", "warm", asked, 30),
        _result(f"what-if of one assumption ({slowest})", "warm", changed[slowest], 50),
        _result(f"range, {DRAWS} draws", "warm", drawn, 2000),
    ]


def _wide(plan: Plan, folder: Path) -> list[Result]:
    with open_company(Settings(workspace=folder)) as company:
        scope = Scope(period=period_of(company.ledger, "all", plan.end))
        with company.ledger.desk(plan.end) as desk:
            made = tornado(desk, scope)
            moved = len(made.bars) + len(made.without_effect)
            if moved < len(ASSUMED) + WIDE:
                raise RuntimeError(f"only {moved} assumptions were moved")
            asked = _timed(plan, lambda: tornado(desk, scope))
    return [_result(f"tornado of {moved} assumptions", "warm", asked, 300)]


def _timed(plan: Plan, ask: Callable[[], object]) -> list[float]:
    """Milliseconds of a question that has been asked before."""
    ask()
    return milliseconds(ask, plan.repeats * 4)


def _result(name: str, kept: str, values: list[float], at_most: float) -> Result:
    return Result(benchmark="scenarios", case=f"{name}, {CASE}", rows=None,
                  figures=(figure(kept, "ms", values, at_most=at_most),))  # fmt: skip
