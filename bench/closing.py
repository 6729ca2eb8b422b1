"""Closing a month that holds all the interactions of the store, and living with months that are closed.

`close`   checks, entries, sealed text and its row, with nothing kept from earlier answers
`verify`  hashes, chain, columns and audit log of every month of the portfolio
`again`   the statement of all months of the portfolio, closed but for the open one, as a page asks it
`fresh`   the same with nothing kept
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from bench.company import YEAR, stored_batches, write_others, write_workspace
from bench.plan import Plan
from bench.portfolio import MONTHS, PROJECTS, fill
from bench.results import Result, figure, milliseconds
from breakeven.app import Company, open_company
from breakeven.ingest.ahead import ahead
from breakeven.ingest.files import import_file
from breakeven.ledger.closing.closing import close
from breakeven.ledger.closing.verifying import verify
from breakeven.ledger.ledger import Ledger
from breakeven.period import add_months
from breakeven.settings import Settings
from breakeven.store.base import Commit
from breakeven.store.state import State
from breakeven.workspace.definitions import SourceMapping

CLOSE_MS = 3_000


def closing(plan: Plan) -> list[Result]:
    """One result for each number of interactions, and one for the portfolio."""
    return [*(_one_month(plan, rows) for rows in plan.rows), _closed_portfolio(plan)]


def _one_month(plan: Plan, rows: int) -> Result:
    month = add_months(plan.end.date(), -1)
    with _filled(plan, rows) as company:
        took = milliseconds(lambda: _close(company, f"{month:%Y-%m}", plan.end), plan.repeats)
    return Result(benchmark="closing", case="one month", rows=rows,
                  figures=(figure("close", "ms", took, at_most=CLOSE_MS),))  # fmt: skip


def _close(company: Company, period: str, now: datetime, state: State | None = None) -> None:
    made = state if state is not None else State.open()
    with Ledger(company.workspace, company.store, state=made).desk(now) as desk:
        close(desk, period, by="bench", force=True, reason="measured")
    if state is None:
        made.close()


@contextmanager
def _filled(plan: Plan, rows: int) -> Iterator[Company]:
    """A company whose interactions all lie in the last complete month."""
    folder = plan.folder / f"month-{rows}"
    write_workspace(folder)
    month = add_months(plan.end.date(), -1)
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    with open_company(Settings(workspace=folder, memory_limit="2GB")) as company:
        batches = (_within(batch, plan.end - YEAR, first) for batch in stored_batches(rows, plan.end))
        for batch in ahead(batches):
            company.store.append(Commit(facts={"interaction": batch}, recorded_at=plan.end))
        for kind, file in write_others(plan.folder, plan.end).items():
            import_file(company.pipeline, file, SourceMapping(name="", kind=kind), now=plan.end)
        company.store.compact()
    with open_company(Settings(workspace=folder)) as company:
        yield company


def _within(batch: pa.Table, begin: datetime, first: datetime) -> pa.Table:
    """The interactions of a year, moved into 28 days."""
    place, kind = batch.column_names.index("time"), batch.schema.field("time").type
    micro = timedelta(microseconds=1)
    since = pc.subtract(batch.column("time").cast(pa.int64()), (begin - datetime(1970, 1, 1, tzinfo=UTC)) // micro)
    shorter = pc.divide(pc.multiply(since, 28), YEAR.days)
    moved = pc.add(shorter, (first - datetime(1970, 1, 1, tzinfo=UTC)) // micro).cast(pa.timestamp("us", tz="UTC"))
    return batch.set_column(place, batch.schema.field("time"), moved.cast(kind))


def _closed_portfolio(plan: Plan) -> Result:
    folder = plan.folder / "closed-portfolio"
    fill(folder, plan.end)
    with open_company(Settings(workspace=folder)) as company:
        ledger, month = company.ledger, add_months(plan.end.date(), 1 - MONTHS)
        span = company.workspace.calendar.parse("all", plan.end, (month, add_months(plan.end.date(), 1)))
        while month < plan.end.date().replace(day=1):
            _close(company, f"{month:%Y-%m}", plan.end, company.state)
            month = add_months(month, 1)
        fresh = milliseconds(
            lambda: Ledger(company.workspace, company.store, state=company.state).statement(span, now=plan.end),
            plan.repeats,
        )
        ledger.statement(span, now=plan.end)
        again = milliseconds(lambda: ledger.statement(span, now=plan.end), plan.repeats * 4)
        checked = milliseconds(lambda: verify(company.state), plan.repeats)
    return Result(benchmark="closing", case=f"{MONTHS - 1} closed months of {PROJECTS} projects", rows=None, figures=(
        figure("fresh", "ms", fresh), figure("again", "ms", again), figure("verify", "ms", checked),
    ))  # fmt: skip
