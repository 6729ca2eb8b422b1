"""What the business cases of several projects promised together, month by month, beside what they brought and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from breakeven.ledger.books.evaluate import Ask
from breakeven.ledger.cases.plan import Plan, approved, declared
from breakeven.ledger.desk import Desk, headline_columns
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import ran
from breakeven.ledger.window import elapsed_share
from breakeven.period import Grain, add_months
from breakeven.store.state_approvals import approvals

IMPLEMENTATION = "cost_implementation"


class ProjectedMonth(Result, frozen=True, kw_only=True):
    """One month: what came, and what was planned."""

    month: date
    complete: bool
    """False: the month is not over; actual and plan are those of its days so far."""
    value: Decimal | None
    implementation: Decimal | None
    """The written-off part of the implementation cost."""
    running: Decimal | None
    """All other cost; with `implementation` it is the investment."""
    investment: Decimal | None
    planned_benefit: Decimal | None
    """None: no business case covers the month."""
    planned_cost: Decimal | None


class Projected(Result, frozen=True, kw_only=True):
    """Costs against projected savings."""

    months: tuple[ProjectedMonth, ...]
    planned: tuple[str, ...]
    """Projects with a business case; the latest approved plan counts, else what projects.yaml states."""
    unplanned: tuple[str, ...]
    """Running projects without one."""


def projected(desk: Desk, start: date, end: date, projects: Sequence[str] | None = None) -> Projected:
    """The whole months of [start, end) that have begun. Raises UnknownName for a project."""
    scope = desk.check_projects(projects)
    until = min(end, add_months(desk.reading.open_month, 1))
    running = [
        one for one in desk.workspace.projects.values()
        if one.stage != "idea" and (scope is None or one.id in scope)
    ]  # fmt: skip
    known = approvals(desk.state, desk.reading.now)
    plans: dict[str, Plan] = {}
    for one in running:
        plan = approved(known[one.id][0]) if known.get(one.id) else declared(one)[0]
        if plan is not None:
            plans[one.id] = plan
    if start >= until:
        return Projected(months=(), planned=tuple(plans), unplanned=_without(desk, scope, plans))
    ask = Ask(names=desk.headline(), span=desk.window(start, until), grain=Grain.MONTH, projects=scope)
    level = desk.level(ask)
    value, investment = headline_columns(level)
    written = level.sheet.columns[IMPLEMENTATION].to_pylist()
    months = [level.grid.cells[cell].first for cell, _ in level.grid.rows]
    return Projected(
        months=tuple(_month(desk, plans, *row) for row in zip(months, value, written, investment, strict=True)),
        planned=tuple(plans), unplanned=_without(desk, scope, plans),
    )  # fmt: skip


def _without(desk: Desk, scope: tuple[str, ...] | None, plans: Mapping[str, Plan]) -> tuple[str, ...]:
    return tuple(
        one.id for one in desk.workspace.projects.values()
        if one.stage != "idea" and one.id not in plans and (scope is None or one.id in scope)
    )  # fmt: skip


def _month(
    desk: Desk, plans: Mapping[str, Plan], month: date, value: Decimal | None, written: Decimal | None,
    investment: Decimal | None,
) -> ProjectedMonth:  # fmt: skip
    over, whole = elapsed_share(month, desk.workspace.calendar, desk.reading.now)
    found = [plan[month] for name, plan in plans.items()
             if month in plan and ran(desk.workspace.projects[name], month)]  # fmt: skip
    benefit, cost = (
        tidy((sum((getattr(of, name) for of in found), Decimal(0)) * over / whole).quantize(Decimal("1e-12")))
        if found else None
        for name in ("benefit", "cost")
    )  # fmt: skip
    return ProjectedMonth(
        month=month, complete=month < desk.reading.open_month, value=tidy_or_none(value),
        implementation=tidy_or_none(written), investment=tidy_or_none(investment),
        running=None if investment is None else tidy(investment - (written or Decimal(0))),
        planned_benefit=benefit, planned_cost=cost,
    )  # fmt: skip
