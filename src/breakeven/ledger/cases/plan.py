"""What a business case plans: cost and benefit of every month of its horizon, as declared or as it was approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.ledger.numbers import EXACT, tidy
from breakeven.money import cents, split
from breakeven.period import add_months
from breakeven.store.state_approvals import Approval
from breakeven.workspace.definitions import BusinessCase, PlannedMonth, Project

_FINEST = Decimal("1e-12")
_NOTHING = PlannedMonth(cost=Decimal(0), benefit=Decimal(0))

Plan = Mapping[date, PlannedMonth]
"""Month → cost and benefit; without gaps, in order."""


class FrozenMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month of an approved plan."""

    month: str
    cost: Decimal
    benefit: Decimal


def declared(project: Project) -> tuple[Plan | None, str | None]:
    """The plan that projects.yaml states, or why there is none."""
    case = project.business_case
    if case is None:
        return None, f"no business case is declared for {project.id}: add business_case to projects.yaml"
    if case.plan:
        return _without_gaps(case.plan), None
    start = case.start or project.start
    if case.benefit is None or (case.cost is None and case.investment is None):
        missing = "benefit" if case.benefit is None else "cost"
        return None, f"the business case of {project.id} states no {missing}"
    if start is None:
        return None, f"the business case of {project.id} has no start, and the project has none either"
    return _by_rule(case, start.replace(day=1), _investment(project, case)), None


def _by_rule(case: BusinessCase, start: date, investment: Sequence[Decimal]) -> Plan:
    last = case.ramp[max(case.ramp)] if case.ramp else Decimal(1)
    found = {}
    for place in range(case.months):
        share = case.ramp.get(place + 1, last)
        found[add_months(start, place)] = PlannedMonth(
            cost=(case.cost or Decimal(0)) + (investment[place] if place < len(investment) else Decimal(0)),
            benefit=EXACT.multiply(case.benefit or Decimal(0), share).quantize(_FINEST, context=EXACT),
        )
    return found


def _investment(project: Project, case: BusinessCase) -> Sequence[Decimal]:
    """The one-off investment by month of the plan, written off as the ledger writes off the implementation."""
    if not case.investment:
        return ()
    months = case.investment_months or (project.implementation.months if project.implementation else 1)
    parts = split(case.investment, [Decimal(1)] * months)
    parts[0] += case.investment - cents(case.investment)
    return parts


def _without_gaps(plan: Plan) -> Plan:
    month, last, found = min(plan), max(plan), {}
    while month <= last:
        found[month] = plan.get(month, _NOTHING)
        month = add_months(month, 1)
    return found


def frozen(plan: Plan, currency: str) -> dict[str, Any]:
    """A plan as it is kept with its approval: amounts are decimal text."""
    months = [FrozenMonth(month=f"{month:%Y-%m}", cost=tidy(of.cost), benefit=tidy(of.benefit))
              for month, of in plan.items()]  # fmt: skip
    return {"currency": currency, "months": msgspec.to_builtins(months)}


def approved(approval: Approval) -> Plan:
    """The plan of an approval."""
    months = msgspec.convert(approval.plan["months"], list[FrozenMonth])
    return {date.fromisoformat(f"{of.month}-01"): PlannedMonth(cost=of.cost, benefit=of.benefit) for of in months}


def differences(before: Plan, now: Plan) -> tuple[str, ...]:
    """What a plan says otherwise than another, in sentences; empty if both are the same."""
    found = []
    if min(before) != min(now):
        found.append(f"starts in {min(now):%Y-%m}, not in {min(before):%Y-%m}")
    if len(before) != len(now):
        found.append(f"covers {len(now)} months, not {len(before)}")
    for name in ("cost", "benefit"):
        old, new = (sum((getattr(of, name) for of in plan.values()), Decimal(0)) for plan in (before, now))
        if old != new:
            found.append(f"plans a {name} of {cents(new):,} in all, not {cents(old):,}")
    other = [month for month in before if month in now and before[month] != now[month]]
    if other and not found:
        found.append(f"spreads the same amounts otherwise, from {other[0]:%Y-%m} on")
    return tuple(found)
