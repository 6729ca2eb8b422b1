"""Net value that business cases plan, added up by month: what actual sums are held against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from breakeven.ledger.cases.plan import Plan, declared
from breakeven.ledger.sharing.allocate import ran
from breakeven.ledger.window import elapsed_share
from breakeven.period import Calendar
from breakeven.workspace.definitions import Project


def plan_of(project: Project) -> Plan | None:
    """What the project's business case plans by month; None where it has none, and for an idea."""
    return None if project.stage == "idea" else declared(project)[0]


def planned_by_month(
    projects: Sequence[Project], months: Sequence[date], calendar: Calendar, now: datetime
) -> dict[date, Decimal]:
    """Planned net value so far at the end of each month; the open month counts its elapsed part."""
    if not projects:
        return {}
    plans = [(project, plan_of(project) or {}) for project in projects]
    found, total = {}, Decimal(0)
    for first in months:
        over, whole = elapsed_share(first, calendar, now)
        planned = [plan[first] for project, plan in plans if first in plan and ran(project, first)]
        total += sum(((of.benefit - of.cost) * over / whole for of in planned), Decimal(0))
        found[first] = total
    return found


def planned_net(project: Project, months: Sequence[date], calendar: Calendar, now: datetime) -> Decimal | None:
    """What a project's business case says for some months; None without one."""
    if plan_of(project) is None:
        return None
    return planned_by_month([project], months, calendar, now).get(months[-1]) if months else Decimal(0)
