"""Statement and figures over a filled store, asked of the ledger.

`first`   the first question after the store was opened
`fresh`   nothing kept from earlier answers: what every page costs after a record of each kind came in
`event`   after one more interaction was committed: what a live page costs
`again`   the same question again
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pyarrow as pa

from bench.company import stored_batches
from bench.plan import Plan
from bench.results import Result, figure, milliseconds
from breakeven.app import Company, open_company
from breakeven.ledger.ledger import Ledger
from breakeven.period import Grain, add_months
from breakeven.settings import Settings
from breakeven.store.base import Commit

TREND = ("total_monthly_value", "investment", "roi_percent")
MADE = ("hours_saved", "models_in_production", "incidents", "ai_cost", "interactions", "latency_p95_ms", "active_users")
Ask = Callable[[Ledger], object]


def asking(plan: Plan) -> list[Result]:
    """One result for each question and size."""
    return [result for rows in plan.rows for result in _questions(plan, rows)]


def _questions(plan: Plan, rows: int) -> list[Result]:
    now = plan.end
    found = []
    with open_company(Settings(workspace=plan.workspace(rows))) as company:
        period = company.workspace.calendar.parse("ytd", now)
        next_month = add_months(now.date(), 1)
        year = add_months(next_month, -12), next_month
        questions: dict[str, Ask] = {
            "statement, year to date": lambda ledger: ledger.statement(period, now=now),
            "trend, 12 months": lambda ledger: ledger.metrics(TREND, now=now, grain=Grain.MONTH, window=year),
            "figures, 12 months": lambda ledger: ledger.metrics(MADE, now=now, grain=Grain.MONTH, window=year),
            "cost by project and month": lambda ledger: ledger.metrics(["ai_cost"], now=now, window=year, by="project"),
            "calls by day": lambda ledger: ledger.metrics(["interactions"], now=now, grain=Grain.DAY, window=year),
        }
        events = count()
        for name, ask in questions.items():
            found.append(_measured(plan, company, name, ask, rows, events))
    return found


def _measured(plan: Plan, company: Company, name: str, ask: Ask, rows: int, events: count[int]) -> Result:
    workspace, store = company.workspace, company.store
    first = Ledger(workspace, store)
    began = milliseconds(lambda: ask(first), 1)
    fresh = milliseconds(lambda: ask(Ledger(workspace, store)), plan.repeats)
    live = []
    for _ in range(plan.repeats):
        one = next(stored_batches(1, plan.end))
        named = one.set_column(0, "id", pa.array([f"event-{next(events)}"]))
        store.append(Commit(facts={"interaction": named}, recorded_at=plan.end))
        live += milliseconds(lambda: ask(first), 1)
    again = milliseconds(lambda: ask(first), plan.repeats * 4)
    return Result(benchmark="ask", case=name, rows=rows, figures=(
        figure("first", "ms", began), figure("fresh", "ms", fresh), figure("event", "ms", live),
        figure("again", "ms", again),
    ))  # fmt: skip
