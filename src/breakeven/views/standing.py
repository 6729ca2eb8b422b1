"""How the projects stand against their business cases, and what the value rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from breakeven.ledger.results import Entry, MetricTable, Number, Status
from breakeven.money import split
from breakeven.period import Calendar
from breakeven.views.format import decimal_of
from breakeven.views.trend import planned_net
from breakeven.workspace.definitions import Project

WORDS: Mapping[Status, str] = {
    "green": "on plan", "yellow": "behind plan", "red": "below break-even", "grey": "not known yet",
}  # fmt: skip
GRADES = {"A": "measured", "B": "measured", "C": "measured", "D": "estimated", "E": "assumed"}
"""Evidence in three words: seen, reported by people, stated."""


class ProjectStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One project in the period."""

    id: str
    name: str
    net: Decimal | None
    roi: Number | None
    plan: Decimal | None
    status: Status


class Count(msgspec.Struct, frozen=True):
    """How many projects stand alike."""

    status: Status
    number: int
    word: str


class Evidence(msgspec.Struct, frozen=True):
    """What the value rests on, in whole percent that add up to 100."""

    measured: int
    estimated: int
    assumed: int


def standings(
    net: MetricTable, roi: MetricTable, projects: Mapping[str, Project], months: Sequence[date], calendar: Calendar,
    now: datetime,
) -> tuple[ProjectStanding, ...]:  # fmt: skip
    """The declared projects that ran, the best first; what no project can be given is none of them."""
    nets = {row.project: row.value for row in net.rows}
    rois = {row.project: row.value for row in roi.rows}
    found = []
    for project in projects.values():
        if project.stage == "idea" or project.id not in nets:
            continue
        value = nets[project.id]
        amount = None if value is None else decimal_of(value)
        plan = planned_net(project, months, calendar, now)
        found.append(ProjectStanding(
            id=project.id, name=project.name, net=amount, roi=rois.get(project.id), plan=plan,
            status=_status(amount, plan),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.net is None, -(one.net or Decimal(0)))))


def _status(net: Decimal | None, plan: Decimal | None) -> Status:
    if net is None:
        return "grey"
    if net < 0:
        return "red"
    return "green" if plan is None or net >= plan else "yellow"


def counts(found: Sequence[ProjectStanding]) -> tuple[Count, ...]:
    """Projects by status, the good ones first; without any plan they are above break-even, not on plan."""
    planned = any(one.plan is not None for one in found)
    words = dict(WORDS) if planned else dict(WORDS) | {"green": "above break-even"}
    numbers = {status: sum(one.status == status for one in found) for status in WORDS}
    return tuple(Count(status, number, words[status]) for status, number in numbers.items() if number)


def evidence(entries: Sequence[Entry]) -> Evidence | None:
    """Shares of the positive value by evidence; None without value."""
    sums = dict.fromkeys(("measured", "estimated", "assumed"), Decimal(0))
    for entry in entries:
        if entry.side == "value" and entry.amount > 0:
            sums[GRADES[entry.evidence]] += entry.amount
    if not any(sums.values()):
        return None
    measured, estimated, assumed = (int(part) for part in split(Decimal(100), list(sums.values()), Decimal(1)))
    return Evidence(measured, estimated, assumed)
