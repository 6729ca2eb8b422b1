"""Projects compared fairly: each by its own first months since launch, by the same rules of evidence and of cost.

An old project has had the time to pay for its beginning, a young one has not. So each project's first N months are
taken, with the full cost of these months: its own, and its part of the pools. They are the same monthly figures that
statements are made of. N is the age of the youngest that can say something, or what is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.errors import UsageProblem
from breakeven.facts import UNASSIGNED
from breakeven.ledger.books.evaluate import Ask
from breakeven.ledger.comparing.figures import Headline, Headlines, series_by_project
from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import tidy_or_none
from breakeven.ledger.proof.headline import rule_words
from breakeven.ledger.results import MonthPoint, Result
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.timeline import Series
from breakeven.period import Grain, add_months

FEWEST = 3
"""Months that a project must have before the age of all is set by it; younger ones are named instead."""
LONGEST = 120


class Aged(Result, frozen=True, kw_only=True):
    """One project in its first months."""

    project: str
    since: date
    """Month of its launch."""
    until: date
    """The day after its months."""
    age: int
    """Complete months that it has had."""
    figures: Headline
    months: tuple[MonthPoint, ...]
    earlier_cost: Decimal | None
    """What was spent before the launch, and is in no month here; None: nothing."""


class LeftOut(Result, frozen=True, kw_only=True):
    """A project that cannot be compared."""

    project: str
    age: int | None
    reason: str


class SameAge(Result, frozen=True, kw_only=True):
    """Projects at the same age."""

    months: int | None
    """Months since launch that are compared; None: no project has one yet."""
    chosen: bool
    """Whether that was asked for; else it is the age of the youngest."""
    youngest: str | None
    """The project that sets it."""
    rule: str
    """What counts as value, for all of them."""
    currency: str
    data_version: int
    methodology: str
    lines: tuple[Aged, ...]
    left_out: tuple[LeftOut, ...]


class _Life(Result, frozen=True, kw_only=True):
    since: date
    age: int
    series: Series


def compared(desk: Desk, projects: Sequence[str] | None = None, months: int | None = None) -> SameAge:
    """Each project's first months since its launch; what counts as value is the desk's rule, the same for all.

    Raises UnknownName for a project, UsageProblem for a number of months that is no age.
    """
    if months is not None and not 1 <= months <= LONGEST:
        raise UsageProblem(f"{months} months since launch: give a number from 1 to {LONGEST}")
    scope = desk.check_projects(projects)
    lives, left = _lives(desk, scope)
    youngest = _youngest(lives) if months is None else None
    length = months if months is not None else lives[youngest].age if youngest is not None else None
    lines: list[Aged] = []
    if length is None:
        left += [LeftOut(project=name, age=0, reason=_too_young(life, 1)) for name, life in lives.items()]
    else:
        lines = _lines(desk, {name: life for name, life in lives.items() if life.age >= length}, length)
        left += [LeftOut(project=name, age=life.age, reason=_too_young(life, length))
                 for name, life in lives.items() if life.age < length]  # fmt: skip
    return SameAge(
        months=length, chosen=months is not None, youngest=youngest, rule=rule_words(desk.workspace.headline),
        currency=desk.workspace.currency, data_version=desk.reading.moment.versions.data,
        methodology=desk.workspace.methodology.version, lines=tuple(lines), left_out=tuple(left),
    )  # fmt: skip


def _lives(desk: Desk, scope: tuple[str, ...] | None) -> tuple[dict[str, _Life], list[LeftOut]]:
    """When each project began and how many complete months it has had; and those that have not begun."""
    declared, open_month = desk.workspace.projects, desk.reading.open_month
    series = series_by_project(desk, scope)
    names = scope if scope is not None else tuple(name for name in desk.known_projects() if name != UNASSIGNED)
    lives: dict[str, _Life] = {}
    left: list[LeftOut] = []
    for name in names:
        project, line = declared.get(name), series.get(name)
        first = _first(line)
        since = project.start.replace(day=1) if project is not None and project.start is not None else first
        if name == UNALLOCATED or line is None or since is None or first is None:
            left.append(LeftOut(project=name, age=None, reason="no value and no cost is recorded"))
        elif project is not None and project.stage == "idea":
            left.append(LeftOut(project=name, age=None, reason="it is an idea and was not launched"))
        else:
            last = min(open_month, add_months(project.end.replace(day=1), 1)) if project and project.end else open_month
            lives[name] = _Life(since=since, age=max(0, _months(since, last)), series=line)
    return lives, left


def _first(series: Series | None) -> date | None:
    if series is None:
        return None
    amounts = zip(series.months, series.value, series.cost, strict=True)
    return next((month for month, value, cost in amounts if value or cost), None)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _youngest(lives: Mapping[str, _Life]) -> str | None:
    """The youngest that is old enough to set the age of all; where none is, the oldest."""
    old = {name: life.age for name, life in lives.items() if life.age >= FEWEST}
    if old:
        return min(old, key=lambda name: old[name])
    begun = {name: life.age for name, life in lives.items() if life.age > 0}
    return max(begun, key=lambda name: begun[name]) if begun else None


def _too_young(life: _Life, length: int) -> str:
    month = "month" if life.age == 1 else "months"
    if not life.age:
        return f"no month since its launch in {life.since:%Y-%m} is over"
    return f"{life.age} complete {month} since its launch in {life.since:%Y-%m}, not {length}"


def _lines(desk: Desk, lives: Mapping[str, _Life], length: int) -> list[Aged]:
    """The first months of each; projects of the same launch are asked for together."""
    launched: dict[date, list[str]] = {}
    for name, life in lives.items():
        launched.setdefault(life.since, []).append(name)
    found: dict[str, Headline] = {}
    for since, names in launched.items():
        span = desk.window(since, add_months(since, length))
        ask = Ask(names=desk.headline(), span=span, grain=Grain.ALL, dims=("project",), projects=tuple(names))
        found |= Headlines(desk.level(ask)).by_project()
    made = []
    for name, life in lives.items():
        until = add_months(life.since, length)
        points = _since(life.series, life.since).points(until)
        made.append(Aged(
            project=name, since=life.since, until=until, age=life.age, figures=found[name], months=points,
            earlier_cost=tidy_or_none(life.series.sums(date.min, life.since)[1]) or None,
        ))  # fmt: skip
    return made


def _since(series: Series, first: date) -> Series:
    """The months of a series from one on, so that sums begin there."""
    places = [place for place, month in enumerate(series.months) if month >= first]
    return msgspec.structs.replace(
        series, months=[series.months[place] for place in places], value=[series.value[place] for place in places],
        cost=[series.cost[place] for place in places],
    )  # fmt: skip
