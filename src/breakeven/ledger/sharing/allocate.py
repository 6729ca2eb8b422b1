"""Shared cost: an amount split among those who share it, to the cent, so that the parts add up to the amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import lcm

from breakeven.facts import UNASSIGNED
from breakeven.ledger.measuring.measures import Reading
from breakeven.money import CENT, cents, split
from breakeven.period import add_months
from breakeven.workspace.definitions import Project

UNALLOCATED = "unallocated"
"""Stands in the place of a project for the part of a pool that nobody can be given."""
EXACT = Context(prec=80)
"""Sums and products of amounts and weights of 38 digits are exact in it."""


Number = Decimal | Fraction | int


def allocate(amount: Decimal, weights: Mapping[str, Number]) -> dict[str, Decimal]:
    """The parts of an amount by name; all of it `unallocated` if no weight is above zero.

    Parts are whole cents by largest remainder, in exact arithmetic; what the amount has beyond cents goes to the
    largest part, so that the sum is exact. Names decide between equals, not the order of the weights.
    """
    if not amount:
        return {}
    names = sorted(name for name, weight in weights.items() if weight > 0)
    if not names:
        return {UNALLOCATED: amount}
    scaled = whole_weights([weights[name] for name in names])
    with localcontext(EXACT):
        whole = int(cents(abs(amount)) / CENT)
        unit = CENT if amount > 0 else -CENT
        parts = {name: part * unit for name, part in zip(names, apportion(whole, scaled), strict=True)}
        parts[names[scaled.index(max(scaled))]] += amount - whole * unit
    return parts


def apportion(whole: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of a whole number in proportion to weights (largest remainder, Hamilton); earlier ones win ties.

    The weights must not be negative and not all be zero.
    """
    total = sum(weights)
    parts, remainders = zip(*(divmod(whole * weight, total) for weight in weights), strict=True)
    made = list(parts)
    for place in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[: whole - sum(parts)]:
        made[place] += 1
    return made


def whole_weights(weights: Sequence[Number]) -> list[int]:
    """Whole numbers in the same proportion."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(below for _, below in ratios))
    return [above * (common // below) for above, below in ratios]


def ran(project: Project | None, month: date) -> bool:
    """Whether a project ran in a month; one that is not declared ran always."""
    if project is None:
        return True
    begun = project.start is None or project.start < add_months(month, 1)
    return begun and (project.end is None or project.end >= month)


def running_in(reading: Reading, month: date) -> list[str]:
    """The declared projects that ran in a month; ideas do not run."""
    projects = reading.workspace.projects.values()
    return [p.id for p in projects if p.id != UNASSIGNED and p.stage != "idea" and ran(p, month)]


def write_off(project: Project) -> dict[date, Decimal]:
    """Month → part of the implementation cost, in cents that add up to it."""
    plan = project.implementation
    if plan is None or not plan.cost:
        return {}
    first = plan.start.replace(day=1)
    parts = split(plan.cost, [Decimal(1)] * plan.months)
    parts[0] += plan.cost - cents(plan.cost)
    return {add_months(first, i): part for i, part in enumerate(parts)}
