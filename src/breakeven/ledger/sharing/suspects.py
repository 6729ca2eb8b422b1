"""The overlap guard: benefits that are shared as declared, and claims that look as if they were made twice.

A suspect is a claim beyond what can be true: more hours saved in a team than its people work, or projects that save
together more cloud cost than there was. It changes no figure; it says what to look at and what to declare.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from breakeven.errors import UsageProblem
from breakeven.ledger.books.evaluate import leaves
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.grid import prorated
from breakeven.ledger.measuring.measures import Question
from breakeven.ledger.measuring.relations import Base, interactions, literal, relation
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.overlaps import CLAIMED, places
from breakeven.period import Grain, Period, add_months
from breakeven.workspace.definitions import BenefitPool

PER_PERSON = "monthly_hours_per_person"
"""Assumption: hours that a person works in a month."""
HOURS = (
    "hours_saved_model_dev", "hours_saved_deployment", "hours_saved_debugging", "hours_saved_other",
    "interaction_hours_saved",
)  # fmt: skip
EARLIER, BILLED = "baseline_cloud_cost", "cloud_cost"
"""Assumption with the bill of a project before AI, and the measure of the same."""
LOOK_BACK = 12
"""Months before the first of the projects in which the earlier bill is looked for."""
_ZERO = Decimal(0)


class SharedClaim(Result, frozen=True, kw_only=True):
    """What of a project's claim in a benefit pool counts."""

    month: date
    pool: str
    category: str
    project: str
    weight: Decimal
    claimed: Decimal | None
    """Before it was shared; None: unknown, or the month is closed (the note says what it was)."""
    counted: Decimal | None
    """None: the claim is unknown."""
    limit: Decimal | None
    """What the whole pool counts at most in the month."""
    note: str | None
    """What was taken off, and why; None: nothing."""


class Suspect(Result, frozen=True, kw_only=True):
    """Claims beyond what can be true."""

    kind: Literal["hours", "claims", "baselines"]
    """hours: one project, or claims that are shared already; claims: several projects that share nothing; baselines:
    earlier bills that add up to more than there was."""
    month: date
    team: str | None
    projects: Mapping[str, Decimal]
    """Project → what it claims, in `unit`."""
    claimed: Decimal
    """All of it, declared overlaps taken off."""
    capacity: Decimal
    unit: str
    people: Decimal | None
    message: str
    declare: str
    """What to do."""


class Unchecked(Result, frozen=True, kw_only=True):
    """Claims that cannot be held against anything."""

    month: date
    what: str
    claimed: Decimal
    unit: str
    reason: str


class Overlaps(Result, frozen=True, kw_only=True):
    """Shared claims and suspects of a period."""

    period: str
    start: date
    end: date
    currency: str
    data_version: int
    methodology: str
    shared: tuple[SharedClaim, ...]
    suspects: tuple[Suspect, ...]
    unchecked: tuple[Unchecked, ...]


def overlaps(desk: Desk, period: Period) -> Overlaps:
    """Shared claims and suspects of a period of whole months. Raises UsageProblem for another period."""
    span = desk.window(period.start, period.end)
    if not span.whole_months:
        message = f"overlaps are looked for in whole months, {period.name} is not: name a month, quarter or year"
        raise UsageProblem(message)
    months = [month for month in desk.book().months if period.start <= month < period.end]
    guard = Guard(desk, months)
    if months:
        guard.hours()
        guard.earlier_bills()
    return Overlaps(
        period=period.name, start=period.start, end=period.end, currency=desk.workspace.currency,
        data_version=desk.reading.moment.versions.data, methodology=desk.workspace.methodology.version,
        shared=tuple(_shared(desk, months)), suspects=tuple(guard.suspects), unchecked=tuple(guard.unchecked),
    )  # fmt: skip


def _shared(desk: Desk, months: list[date]) -> Iterable[SharedClaim]:
    book = desk.book()
    for category in desk.workspace.methodology.values():
        notes, column = book.notes.get(category.name, {}), book.sheet.columns[category.name]
        claimed = book.sheet.notes.get(category.name + CLAIMED)
        for pool, cell, rows, limit in places(desk.workspace, book.sheet, book.months, category.name):
            for project, row in rows.items() if book.months[cell] in months else ():
                amount = column[row].as_py()
                yield SharedClaim(
                    month=book.months[cell], pool=pool.name, category=pool.category, project=project,
                    weight=pool.projects[project], counted=tidy_or_none(amount), limit=tidy_or_none(limit),
                    claimed=tidy_or_none(claimed[row].as_py()) if claimed is not None else None, note=notes.get(row),
                )  # fmt: skip


class Guard:
    """Looks for suspects in some months."""

    def __init__(self, desk: Desk, months: list[date]) -> None:
        self._desk, self._months = desk, months
        self.suspects: list[Suspect] = []
        self.unchecked: list[Unchecked] = []

    # --- hours

    def hours(self) -> None:
        """Hours saved against the hours that the people of a team work."""
        claims = self._claims()
        people = self._people({team for _, team in claims if team is not None})
        for (month, team), projects in sorted(claims.items(), key=lambda one: (one[0][0], one[0][1] or "")):
            total = sum(projects.values(), _ZERO)
            if total <= 0:
                continue
            each = self._hours_of_a_person(month)
            reason = None
            if team is None:
                reason = "the records name no team"
            elif (month, team) not in people:
                reason = f"nobody knows how many people {team} are: declare teams: {{{team}: {{headcount: …}}}}"
            elif each is None:
                reason = f"{PER_PERSON} is not stated: add it to assumptions.yaml"
            if reason is not None or team is None or each is None:
                self.unchecked.append(Unchecked(month=month, what=f"hours saved in {team or 'no team'}", unit="hour",
                                                claimed=tidy(total), reason=reason or ""))  # fmt: skip
                continue
            self._judge(month, team, projects, people[month, team], each)

    def _claims(self) -> dict[tuple[date, str | None], dict[str, Decimal]]:
        """(Month, team) → project → hours."""
        found: defaultdict[tuple[date, str | None], dict[str, Decimal]] = defaultdict(dict)
        span = self._desk.window(self._months[0], add_months(self._months[-1], 1))
        for answer in self._desk.reading.take(Question(HOURS, span, Grain.MONTH, ("project", "team"))):
            for row in answer.to_pylist():
                hours = sum((row[name] or _ZERO for name in HOURS if name in row), _ZERO)
                mine = found[row["period"].date(), row["team"]]
                mine[row["project"]] = mine.get(row["project"], _ZERO) + hours
        return found

    def _hours_of_a_person(self, month: date) -> Decimal | None:
        assumption = self._desk.workspace.assumptions.get(PER_PERSON)
        stated = assumption.on(month) if assumption is not None else None
        return None if stated is None else prorated(stated.value, month, self._desk.reading)

    def _people(self, teams: set[str]) -> dict[tuple[date, str], tuple[Decimal, str]]:
        """(Month, team) → number of people and where it comes from: declared, or different actors that were seen."""
        found: dict[tuple[date, str], tuple[Decimal, str]] = {}
        declared = self._desk.workspace.teams
        for team in teams & declared.keys():
            for month in self._months:
                stated = [one for one in declared[team] if one.start is None or one.start <= month]
                if stated:
                    found[month, team] = stated[-1].people, "declared"
        for month, team, seen in self._seen(teams):
            found.setdefault((month, team), (Decimal(seen), "seen in its records"))
        return found

    def _seen(self, teams: set[str]) -> Iterable[tuple[date, str, int]]:
        if not teams:
            return
        reading = self._desk.reading
        span = self._desk.window(self._months[0], add_months(self._months[-1], 1))
        named = ", ".join(literal(team) for team in sorted(teams))
        sources = (interactions(span, Base.RAW, reading.setting("interaction")),
                   relation("activity", span, Grain.MONTH, reading.setting("activity")))  # fmt: skip
        rows = " UNION ALL ".join(
            f"SELECT DISTINCT CAST(date_trunc('month', local) AS DATE) AS month, team, actor FROM ({source})"
            f" WHERE actor IS NOT NULL AND team IN ({named})"
            for source in sources
        )
        counted = f"SELECT month, team, count(DISTINCT actor) AS people FROM ({rows}) GROUP BY ALL ORDER BY ALL"
        for row in reading.moment.query(counted).to_pylist():
            yield row["month"], row["team"], row["people"]

    def _judge(
        self, month: date, team: str, projects: Mapping[str, Decimal], people: tuple[Decimal, str], each: Decimal
    ) -> None:
        claiming = {project: hours for project, hours in sorted(projects.items()) if hours > 0}
        capacity, pools = people[0] * each, self._pools_of_hours()
        net = sum((hours * _part(project, claiming, pools) for project, hours in claiming.items()), _ZERO)
        if net <= capacity:
            return
        apart = [project for project in claiming if project not in pools]
        several = len(claiming) > 1 and bool(apart) and all(hours <= capacity for hours in claiming.values())
        names = ", ".join(f"{project} {_round(hours)} h" for project, hours in claiming.items())
        count = f"{_round(people[0])} people ({people[1]}) × {_round(each)} h"
        total = _round(sum(claiming.values(), _ZERO))
        less = f", {_round(net)} h less declared overlaps" if net != sum(claiming.values()) else ""
        shares = "{" + ", ".join(f"{project}: 1" for project in claiming) + "}"
        self.suspects.append(Suspect(
            kind="claims" if several else "hours", month=month, team=team,
            projects={project: tidy(hours) for project, hours in claiming.items()}, claimed=tidy(_round(net)),
            capacity=tidy(_round(capacity)), unit="hour", people=people[0],
            message=f"in {month:%Y-%m} {total} h are claimed as saved in {team} ({names}){less}; "
                    f"its {count} have {_round(capacity)} h",
            declare=(f"if they save the same hours, benefit_pools: {{{team}_hours: {{category: {self._category()}, "
                     f"projects: {shares}}}}} in allocation.yaml" if several else
                     f"look at the records, or state teams: {{{team}: {{headcount: …}}}} in allocation.yaml"),
        ))  # fmt: skip

    def _pools_of_hours(self) -> dict[str, BenefitPool]:
        """Project → its benefit pool of a category that is made of hours."""
        workspace = self._desk.workspace
        made = {one.name for one in workspace.methodology.values() if set(HOURS) & set(leaves(one.name, workspace))}
        return {project: pool for pool in workspace.benefit_pools if pool.category in made for project in pool.projects}

    def _category(self) -> str:
        workspace = self._desk.workspace
        made = (one.name for one in workspace.methodology.values() if set(HOURS) & set(leaves(one.name, workspace)))
        return next(made, "productivity_value")

    # --- infrastructure

    def earlier_bills(self) -> None:
        """Cloud cost before AI, as the projects state it, against what was billed before the first of them."""
        desk, month, money = self._desk, self._months[-1], self._desk.workspace.currency
        assumption, projects = desk.workspace.assumptions.get(EARLIER), desk.workspace.projects
        if assumption is None:
            return
        values = {name: assumption.on(month, name) for name in projects}
        stated = {name: value.value for name, value in sorted(values.items()) if value is not None and value.value > 0}
        if len(stated) < 2:
            return
        claimed, reason, most = sum(stated.values(), _ZERO), None, None
        starts = [start for name in stated if (start := projects[name].start) is not None]
        if len(starts) < len(stated):
            reason = "a project of them has no start, so nobody knows what was before"
        else:
            most = self._highest_bill(min(starts).replace(day=1))
            reason = f"no cloud cost is recorded before {min(starts):%Y-%m}" if most is None else None
        if reason is not None or most is None:
            self.unchecked.append(Unchecked(month=month, what=f"{EARLIER} of {', '.join(stated)}", unit=money,
                                            claimed=tidy(claimed), reason=reason or ""))  # fmt: skip
        elif claimed > most:
            self.suspects.append(Suspect(
                kind="baselines", month=month, team=None, claimed=tidy(claimed), capacity=tidy(most), unit=money,
                projects={name: tidy(value) for name, value in stated.items()}, people=None,
                message=f"{EARLIER} of {', '.join(stated)} adds up to {tidy(claimed)} a month; the highest bill of the "
                        f"{LOOK_BACK} months before {min(starts):%Y-%m} was {tidy(most)}",
                declare="lower the baselines in projects.yaml, or declare a benefit pool of infra_savings in "
                        f"allocation.yaml with baseline: {tidy(most)}",
            ))  # fmt: skip

    def _highest_bill(self, before: date) -> Decimal | None:
        span = self._desk.window(add_months(before, -LOOK_BACK), before)
        (answer,) = self._desk.reading.take(Question((BILLED,), span, Grain.MONTH))
        known = [amount for amount in answer.column(BILLED).to_pylist() if amount is not None]
        return max(known, default=None)


def _part(project: str, claiming: Mapping[str, Decimal], pools: Mapping[str, BenefitPool]) -> Decimal:
    """What of a project's hours its benefit pool leaves it."""
    pool = pools.get(project)
    if pool is None:
        return Decimal(1)
    total = sum((weight for other, weight in pool.projects.items() if other in claiming), _ZERO)
    return pool.projects[project] / total if total else Decimal(1)


def _round(number: Decimal) -> Decimal:
    """To two decimals, without zeros at the end."""
    short = number.quantize(Decimal("0.01")).normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
