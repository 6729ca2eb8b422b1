"""How releases go: how often, how long they take, how many fail, and how soon a failed one is made good.

These are the metrics of DORA as far as deployments say them. Times are of releases that stayed, as the metrics of
velocity have them. What no record says is not known: it is no zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.relations import literal, relation
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Result
from breakeven.ledger.window import window
from breakeven.period import Grain

WEEK = 7
DAY = 86400
FINEST = Decimal("0.00001")
"""Days; about a second, which is as fine as records are."""
LEAD, CYCLE = "dev_complete_at", "requested_at"
"""Field that a time to production, and a cycle time, begins with."""


class Spread(Result, frozen=True, kw_only=True):
    """Durations in days: the middle one, and what four of five lie between."""

    n: int
    low: Decimal
    """A tenth is shorter."""
    median: Decimal
    high: Decimal
    """A tenth is longer."""


class Delivery(Result, frozen=True, kw_only=True):
    """The releases of some days."""

    releases: int
    per_week: Decimal | None
    """None: no release was ever recorded."""
    lead: Spread | None
    """From the end of development to production; None: no release says when its development was complete."""
    cycle: Spread | None
    """From the request to production."""
    failed: int
    """Failed or rolled back."""
    failure_rate: Decimal | None
    """In percent; None: there was no release."""
    recovered: int
    """Of the failed ones, those that a release of the same model that stayed came after."""
    recovery: Spread | None
    """From a failed release to that one."""


class MonthOfReleases(Result, frozen=True, kw_only=True):
    """The times of one month."""

    month: date
    lead: Spread | None
    cycle: Spread | None


def delivery(desk: Desk, first: date, last: date, projects: Sequence[str] | None = None) -> Delivery:
    """The releases from a day to the day before another; what lies ahead is left out."""
    asked = ("delivery", first, last, None if projects is None else tuple(projects))
    found: Delivery = desk.reading.cache.get(asked, _version(desk), lambda: _delivery(desk, first, last, projects))
    return found


def by_month(desk: Desk, first: date, last: date, projects: Sequence[str] | None = None) -> tuple[MonthOfReleases, ...]:
    """The times of each month that has a release, in order."""
    asked = ("delivery by month", first, last, None if projects is None else tuple(projects))
    found: tuple[MonthOfReleases, ...] = desk.reading.cache.get(
        asked, _version(desk), lambda: _by_month(desk, first, last, projects)
    )
    return found


def _version(desk: Desk) -> tuple[object, ...]:
    return desk.reading.moment.versions.by_kind.get("deployment", 0), desk.reading.today


def _delivery(desk: Desk, first: date, last: date, projects: Sequence[str] | None) -> Delivery:
    tomorrow = desk.reading.today + timedelta(days=1)
    end = min(last, tomorrow)
    # A failed release of the last day may be made good after it.
    rows = _rows(desk, first, max(last, tomorrow), projects)
    (row,) = desk.reading.moment.query(
        f"SELECT count(*) AS releases, count(*) FILTER (WHERE status <> 'succeeded') AS failed, {_spread('lead')},"
        f" {_spread('cycle')}, {_spread('recovery')} FROM ({rows}) WHERE local < {literal(str(end))}"
    ).to_pylist()
    began = _began(desk, projects)
    days = 0 if began is None else (end - max(first, began)).days
    return Delivery(
        releases=row["releases"], per_week=tidy(Decimal(row["releases"] * WEEK) / days) if days > 0 else None,
        lead=_read(row, "lead"), cycle=_read(row, "cycle"), failed=row["failed"],
        failure_rate=tidy(Decimal(row["failed"] * 100) / row["releases"]) if row["releases"] else None,
        recovered=row["recovery_n"], recovery=_read(row, "recovery"),
    )  # fmt: skip


def _by_month(desk: Desk, first: date, last: date, projects: Sequence[str] | None) -> tuple[MonthOfReleases, ...]:
    rows = desk.reading.moment.query(
        f"SELECT CAST(date_trunc('month', local) AS DATE) AS month, {_spread('lead')}, {_spread('cycle')}"
        f" FROM ({_rows(desk, first, last, projects)}) GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    return tuple(
        MonthOfReleases(month=row["month"], lead=_read(row, "lead"), cycle=_read(row, "cycle")) for row in rows
    )


def _rows(desk: Desk, first: date, last: date, projects: Sequence[str] | None) -> str:
    """Releases with their durations in days."""
    span = window(first, last, desk.workspace.calendar)
    source = relation("deployment", span, Grain.ALL, desk.reading.setting("deployment"))
    at, stayed = "coalesce(deployed_at, time)", "status = 'succeeded'"
    after = (f"min(CASE WHEN {stayed} THEN {at} END) OVER (PARTITION BY project, model ORDER BY {at}, id"
             " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)")  # fmt: skip
    took = f"CASE WHEN {stayed} AND deployed_at IS NOT NULL THEN {{}} END"
    lead, cycle = (took.format(_days(field, "deployed_at")) for field in (LEAD, CYCLE))
    return (f"SELECT status, local, {lead} AS lead, {cycle} AS cycle,"
            f" CASE WHEN NOT ({stayed}) THEN {_days(at, 'good_at')} END AS recovery"
            f" FROM (SELECT *, {after} AS good_at FROM ({source})) WHERE {_within(projects)}")  # fmt: skip


def _days(start: str, end: str) -> str:
    return f"date_diff('second', {start}, {end}) / {DAY}.0"


def _within(projects: Sequence[str] | None) -> str:
    if projects is None:
        return "true"
    return f"project IN ({', '.join(literal(name) for name in projects)})" if projects else "false"


def _spread(column: str) -> str:
    cuts = ", ".join(
        f"quantile_cont({column}, {at}) AS {column}_{name}"
        for name, at in (("low", 0.1), ("median", 0.5), ("high", 0.9))
    )
    return f"count({column}) AS {column}_n, {cuts}"


def _read(row: Mapping[str, Any], column: str) -> Spread | None:
    if not row[f"{column}_n"]:
        return None
    low, median, high = (Decimal(str(row[f"{column}_{name}"])).quantize(FINEST) for name in ("low", "median", "high"))
    return Spread(n=row[f"{column}_n"], low=tidy(low), median=tidy(median), high=tidy(high))


def _began(desk: Desk, projects: Sequence[str] | None) -> date | None:
    """Day of the first release of all time: before it nobody reported any."""
    tomorrow = desk.reading.today + timedelta(days=1)
    span = window(date(1970, 1, 1), tomorrow, desk.workspace.calendar)
    source = relation("deployment", span, Grain.ALL, desk.reading.setting("deployment"))
    (row,) = desk.reading.moment.query(
        f"SELECT CAST(min(local) AS DATE) AS day FROM ({source}) WHERE {_within(projects)}"
    ).to_pylist()
    found: date | None = row["day"]
    return found
