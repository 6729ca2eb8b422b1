"""The bridge between two statements of 36 months × 100 projects with eight models each.

`first`   nothing kept from earlier answers
`again`   the same question once more: what a page costs that shows it
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from bench.plan import Plan
from bench.portfolio import MONTHS, PROJECTS, fill
from bench.processes import PROGRAM, run
from bench.results import Result, figure, milliseconds
from breakeven.app import open_company
from breakeven.ledger.bridge import bridge
from breakeven.ledger.ledger import Ledger
from breakeven.period import add_months
from breakeven.settings import Settings
from breakeven.views.asking.ends import end_of

MODELS = 8
_CALLS = """
    SELECT 'm' || m || '-' || p || '-' || k AS id, 'gateway' AS source,
           TIMESTAMP '{first:%Y-%m-01 11:00:00}' + to_months(CAST(m AS INTEGER)) AS time,
           'project-' || lpad(CAST(p AS VARCHAR), 2, '0') AS project, 'model-' || k AS model,
           100 + (7 * m + 3 * p + 11 * k) % 200 AS count, 1.5 + ((m * 13 + p * 5 + k) % 97) / 10.0 AS cost,
           60.0 * ((m * 3 + p + k) % 31) AS seconds_saved
    FROM range({months}) AS a(m), range({projects}) AS b(p), range({models}) AS c(k)
"""


def bridging(plan: Plan) -> list[Result]:
    """Month to month, quarter to quarter and year to year."""
    folder = plan.folder / "bridged"
    fill(folder, plan.end)
    _calls(folder, plan)
    month = add_months(plan.end.date(), -1)
    cases = {
        "month to month": (f"{add_months(month, -1):%Y-%m}", f"{month:%Y-%m}"),
        "quarter to quarter": _quarters(month.year),
        "year to year": (str(month.year - 1), str(month.year)),
    }
    found = []
    with open_company(Settings(workspace=folder)) as company:
        for name, texts in cases.items():
            first, last = (end_of(company.ledger, text, plan.end) for text in texts)
            fresh = Ledger(company.workspace, company.store)
            asked = [lambda ledger=ledger: bridge(ledger, first, last, now=plan.end)  # noqa: B023 - called at once
                     for ledger in (fresh, company.ledger)]  # fmt: skip
            began = milliseconds(asked[0], 1)
            asked[1]()
            again = milliseconds(asked[1], plan.repeats * 4)
            found.append(Result(
                benchmark="bridge", case=f"{name}, {MONTHS} months × {PROJECTS} projects × {MODELS} models", rows=None,
                figures=(figure("first", "ms", began), figure("again", "ms", again, at_most=200)),
            ))  # fmt: skip
    shutil.rmtree(folder)
    return found


def _quarters(year: int) -> tuple[str, str]:
    return f"{year - 1}-Q3", f"{year}-Q3"


def _calls(folder: Path, plan: Plan) -> None:
    file = folder / "calls.parquet"
    first = add_months(plan.end.date(), 1 - MONTHS)
    with duckdb.connect(config={"threads": 2}) as connection:
        select = _CALLS.format(first=first, months=MONTHS, projects=PROJECTS, models=MODELS)
        connection.execute(f"COPY ({select}) TO '{file}' (FORMAT parquet)")
    run(["import", "interaction", str(file), "-w", str(folder)], PROGRAM)
    file.unlink()
