"""The team's page and its questions over a filled store, under live traffic.

`first`  the first question of the process, whose hours that are over are read once
`event`  after one more interaction was committed: what each tick of the page costs
`again`  the same question without new facts, a second later
`late`   after an interaction of the day before was committed, whose day is read again
`read`   raw rows that lie in the part of time that a tick reads
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pyarrow as pa

from bench.company import stored_batches
from bench.plan import Plan
from bench.results import Result, figure, milliseconds
from breakeven.app import Company, open_company
from breakeven.ledger.desk import Desk
from breakeven.ledger.operations.live import Scope, course, course_by_model, running
from breakeven.ledger.operations.stretches import LENGTHS, Stretch, stretch
from breakeven.settings import Settings
from breakeven.store.base import Commit
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import asked
from breakeven.views.question import Question
from breakeven.views.team_page import team_page
from breakeven.web.memory import Minutes

PAGE_MS = 60
P95 = "latency_p95_ms"
DAY = timedelta(days=1)
Ask = Callable[[Desk, Stretch], object]


def operating(plan: Plan) -> list[Result]:
    """One result for each stretch, question and size."""
    return [result for rows in plan.rows for result in _questions(plan, rows)]


def _questions(plan: Plan, rows: int) -> list[Result]:
    questions: Mapping[str, Ask] = {
        "totals and models": lambda desk, at: running(desk, at.span, Scope(), hours=at.hours(desk.reading.now)),
        "course": lambda desk, at: course(desk, at, Scope()),
        "response times of two models": lambda desk, at: course_by_model(
            desk, at, Scope(), P95, ("gpt-4o-mini", "gpt-4o")
        ),
    }
    found = []
    events = count()
    for name in LENGTHS:
        for words, ask in questions.items():
            with open_company(Settings(workspace=plan.workspace(rows))) as company:
                found.append(_measured(plan, company, f"{name}: {words}", _desk(company, name, ask), rows, events))
        with open_company(Settings(workspace=plan.workspace(rows))) as company:
            found.append(_measured(plan, company, f"{name}: page", _page(company, name), rows, events, PAGE_MS))
    return found


def _desk(company: Company, name: str, ask: Ask) -> Callable[[datetime], object]:
    def answer(now: datetime) -> object:
        with company.ledger.desk(now) as desk:
            return ask(desk, stretch(name, now, company.workspace.calendar))

    return answer


def _page(company: Company, name: str) -> Callable[[datetime], object]:
    """The page's content, without HTML and charts, as a tick makes it."""
    minutes, filters = Minutes(), Filters()

    def answer(now: datetime) -> object:
        with asked(company.ledger, filters, now) as made:
            return team_page(Question(
                made.desk, filters, path="/team", period=made.period, projects=made.projects, show=made.show, fresh=(),
                kept=lambda key, make: minutes.get(key, now, make), given={"last": name},
            ))  # fmt: skip

    return answer


def _measured(
    plan: Plan, company: Company, case: str, ask: Callable[[datetime], object], rows: int, events: count[int],
    at_most: float | None = None,
) -> Result:  # fmt: skip
    now = plan.end + timedelta(minutes=1)
    first = milliseconds(partial(ask, now), 1)
    live, again, late = [], [], []
    for _ in range(plan.repeats * 5):
        now += timedelta(seconds=1)
        _commit(company, next(events), now)
        live += milliseconds(partial(ask, now), 1)
        again += milliseconds(partial(ask, now + timedelta(milliseconds=500)), 1)
    for _ in range(plan.repeats):
        _commit(company, next(events), now - DAY)
        late += milliseconds(partial(ask, now), 1)
    hour = plan.end.replace(minute=0, second=0)
    read = company.store.query(f"SELECT count(*) FROM interaction WHERE time >= TIMESTAMPTZ '{hour}'").column(0)[0]
    return Result(benchmark="operate", case=case, rows=rows, figures=(
        figure("first", "ms", first), figure("event", "ms", live, at_most=at_most), figure("again", "ms", again),
        figure("late", "ms", late), figure("read", "rows", [read.as_py()]),
    ))  # fmt: skip


def _commit(company: Company, number: int, when: datetime) -> None:
    one = next(stored_batches(1, when))
    place = one.schema.get_field_index("time")
    named = one.set_column(0, one.schema.field(0), pa.array([f"live-{when:%s}-{number}"]))
    timed = named.set_column(place, one.schema.field(place), pa.array([when], one.schema.field(place).type))
    company.store.append(Commit(facts={"interaction": timed}, recorded_at=when))
