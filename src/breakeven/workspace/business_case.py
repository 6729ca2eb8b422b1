"""The business case of a project in projects.yaml: what was planned, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from breakeven.errors import Problem
from breakeven.workspace.definitions import BusinessCase, PlannedMonth
from breakeven.workspace.fields import Fields, as_number

_BY_RULE = ("cost", "benefit", "investment", "investment_months", "ramp", "ramp_months", "months", "start")
_KEYS = (*_BY_RULE, "plan", "approved")
_LONGEST = 600
_ZERO = Decimal(0)


def read_business_case(project: str, fields: Fields, problems: list[Problem]) -> BusinessCase | None:
    """The business case of a project, or None where there is none; faults are added to `problems`."""
    node = fields.node("business_case")
    if node is None:
        return None
    entry = Fields(node, f"business case of project {project}", _KEYS, problems)
    plan = _plan(project, entry, problems)
    if plan:
        for key in _BY_RULE:
            if key in entry:
                entry.fault(key, f"{entry.what} has {key} and a plan", "a plan gives each month by itself: keep one")
    months = entry.whole("months", 24, 1, _LONGEST)
    return BusinessCase(
        cost=entry.number("cost", least=_ZERO),
        benefit=entry.number("benefit"),
        investment=entry.number("investment", least=_ZERO),
        investment_months=entry.whole("investment_months", 0, 1, _LONGEST) or None,
        start=entry.month("start"),
        months=months,
        ramp=_ramp(entry, months, problems),
        plan=plan,
        approved=entry.day("approved"),
    )


def _ramp(entry: Fields, months: int, problems: list[Problem]) -> Mapping[int, Decimal]:
    """Month → share of the benefit: as listed, or in equal steps."""
    if "ramp" in entry and "ramp_months" in entry:
        entry.fault("ramp_months", f"{entry.what} has ramp and ramp_months", "keep one of them")
    if "ramp_months" in entry:
        steps = entry.whole("ramp_months", 1, 1, _LONGEST)
        return {step: (Decimal(step) / steps).quantize(Decimal("1e-12")) for step in range(1, steps + 1)}
    shares: dict[int, Decimal] = {}
    for step, item in enumerate(entry.items("ramp"), 1):
        share = as_number(item, f"a share in the ramp of the {entry.what}", problems)
        if share is not None and not 0 <= share <= 1:
            problems.append(item.at.problem(f"share {share} in the ramp of the {entry.what}: it must be from 0 to 1"))
        elif share is not None:
            shares[step] = share
    if len(shares) > months:
        entry.fault("ramp", f"the ramp of the {entry.what} has {len(shares)} months, its horizon only {months}")
    return shares


def _plan(project: str, entry: Fields, problems: list[Problem]) -> Mapping[date, PlannedMonth]:
    found: dict[date, PlannedMonth] = {}
    for item in entry.items("plan"):
        what = f"a month in the plan of project {project}"
        month = Fields(item, what, ("month", "cost", "benefit"), problems, required=("month",))
        first = month.month("month")
        if first is None:
            continue
        if first in found:
            month.fault("month", f"{first:%Y-%m} stands twice in the plan of project {project}", "keep one")
        cost, benefit = month.number("cost", least=_ZERO), month.number("benefit")
        found[first] = PlannedMonth(cost=cost or _ZERO, benefit=benefit or _ZERO)
    if found:
        first, last = min(found), max(found)
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        if months > _LONGEST:
            entry.fault("plan", f"the plan of project {project} spans {months} months: at most {_LONGEST}")
    return dict(sorted(found.items()))
