"""Shared cost: pools split among projects, to the cent, so that the parts add up to the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.measures import Reading
from breakeven.money import cents, split
from breakeven.period import add_months
from breakeven.workspace.definitions import Pool, Project

UNALLOCATED = "unallocated"
"""Stands in the place of a project for the part of a pool that nobody can be given."""


def allocate(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The parts of a pool's amount by project; all of it `unallocated` if no weight is above zero.

    Parts are whole cents; what the amount has beyond cents goes to the largest part, so that the sum is exact.
    """
    if not amount:
        return {}
    sharing = {project: weight for project, weight in weights.items() if weight > 0}
    if not sharing:
        return {UNALLOCATED: amount}
    names = sorted(sharing)
    parts = dict(zip(names, split(amount, [sharing[name] for name in names]), strict=True))
    largest = max(names, key=lambda name: sharing[name])
    parts[largest] += amount - cents(amount)
    return parts


def weights(pool: Pool | None, running: Sequence[str], interactions: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """How much each project counts in a month; nothing for a pool that is not declared.

    `running`: projects that ran in the month; `interactions`: their number by project, also of undeclared ones.
    """
    if pool is None:
        return {}
    if pool.rule == "even":
        return {project: Decimal(1) for project in pool.projects or running if project in running}
    return {project: interactions.get(project, Decimal(0)) for project in pool.projects or interactions}


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
