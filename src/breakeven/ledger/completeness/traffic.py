"""How complete the traffic of each project is: days with interactions, and what is known of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.completeness.checks import Check, check
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import base_of, interactions
from breakeven.ledger.window import Window, window
from breakeven.period import Grain
from breakeven.workspace.definitions import Project

BEFORE = timedelta(days=28)
"""Days before a period that also show on which days of the week a project is used."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Interactions of one project in a period."""

    calls: int = 0
    metered: int = 0
    """Those that state a cost or usage."""
    priced: int = 0
    with_tokens: int = 0
    with_outcome: int = 0
    days: tuple[date, ...] = ()
    """Days with an interaction, from 28 days before the period on."""
    first: date | None = None
    """Day of the first one ever."""


def traffic(reading: Reading, span: Window) -> Mapping[str, Traffic]:
    """The interactions of each project that ever had one."""
    calendar, setting = reading.workspace.calendar, reading.setting("interaction")
    wide = window(span.first - BEFORE, span.last, calendar)
    sums = reading.moment.query(f"""
        SELECT project, CAST(sum(n) AS BIGINT) AS calls,
               CAST(coalesce(sum(n) FILTER (WHERE cost_origin <> 'unmetered'), 0) AS BIGINT) AS metered,
               CAST(coalesce(sum(n) FILTER (WHERE cost IS NOT NULL), 0) AS BIGINT) AS priced,
               CAST(sum(greatest(input_n, output_n)) AS BIGINT) AS with_tokens,
               CAST(coalesce(sum(n) FILTER (WHERE outcome IS NOT NULL), 0) AS BIGINT) AS with_outcome
        FROM ({interactions(span, base_of(span, Grain.MONTH), setting)}) GROUP BY project
    """)
    owner = setting.owner("project")
    days = reading.moment.query(f"""
        SELECT {owner} AS project, list(DISTINCT day) FILTER (WHERE day >= DATE '{wide.first}'
               AND day < DATE '{wide.last}') AS days, min(day) AS first FROM interaction_day GROUP BY 1
    """)
    found = {row.pop("project"): row for row in sums.to_pylist()}
    return {
        row["project"]: Traffic(**found.get(row["project"], {}), days=tuple(row["days"] or ()), first=row["first"])
        for row in days.to_pylist()
    }


def traffic_checks(project: Project, seen: Traffic, span: Window, today: date) -> tuple[Check, ...]:
    """Days, tokens and prices of one project."""
    of, source = project.id, "send them to /v1/events, or breakeven import interaction FILE"
    if seen.first is None:
        said = f"no interaction of {of} has been recorded"
        return tuple(check(name, None, None, said, source) for name in ("days", "priced", "tokens"))
    expected = _expected(project, seen, span, today)
    there = set(seen.days)
    lost = [day for day in expected if day not in there]
    present = len(expected) - len(lost)
    return (
        check("days", present, len(expected), f"no interaction on {_days(lost)}", source,
              none="no day of the period is over"),
        check("priced", seen.priced, seen.metered,
              f"{seen.metered - seen.priced} interactions with usage have no known cost",
              f"add the missing prices of {of} to prices.yaml and breakeven reprice, or send cost",
              none=_unmetered(seen)),
        check("tokens", seen.with_tokens, seen.calls if seen.with_tokens else 0,
              f"{seen.calls - seen.with_tokens} interactions have no token count",
              f"send input_tokens and output_tokens (or usage) with the interactions of {of}", none=_unmetered(seen)),
    )  # fmt: skip


def _unmetered(seen: Traffic) -> str:
    """Why nothing can be priced: calls of own models have neither tokens nor a price."""
    return "no interaction states cost or tokens" if seen.calls else "no interaction in the period"


def assigned_check(found: Mapping[str, Traffic]) -> Check:
    """Share of all interactions that name a declared project."""
    calls = sum(one.calls for one in found.values())
    lost = found.get(UNASSIGNED, Traffic()).calls
    return check(
        "project_known", calls - lost, calls, f"{lost} interactions name no declared project",
        "send project with interactions, or declare it in projects.yaml", none="no interaction in the period",
    )  # fmt: skip


def _expected(project: Project, seen: Traffic, span: Window, today: date) -> Sequence[date]:
    """Days of the period that are over on which the project ran, on days of the week on which it is used at all."""
    begins = max(span.first, project.start or seen.first or span.first)
    ends = min(span.last, today, project.end + timedelta(days=1) if project.end else date.max)
    used = {day.isoweekday() for day in seen.days} or set(range(1, 8))
    return [day for day in _range(begins, ends) if day.isoweekday() in used]


def _range(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range(max(0, (last - first).days))]


def _days(lost: Sequence[date]) -> str:
    """Days in words, months that are lost whole as such."""
    if len(lost) <= 3:
        return ", ".join(f"{day}" for day in lost)
    months = {f"{month:%Y-%m}": count for month, count in Counter(day.replace(day=1) for day in lost).items()}
    return f"{len(lost)} days ({', '.join(f'{count} in {month}' for month, count in list(months.items())[:3])}" + (
        f" and {len(months) - 3} more months)" if len(months) > 3 else ")"
    )
