"""What AI calls cost today, hour by hour, against what the day may cost and what such a day usually costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.live import Scope
from breakeven.ledger.results import MetricRow, Result
from breakeven.period import Grain, add_months

COST = "ai_cost"
WEEKS = 4
"""Same weekdays that the usual is the mean of, those without any cost left out."""


class Spend(Result, frozen=True, kw_only=True):
    """A day's cost of calls."""

    day: date
    hours: tuple[tuple[str, Decimal], ...]
    """Local hour → cost since midnight at its end; the last is the running one."""
    spent: Decimal | None
    reason: str | None
    """Why it is unknown, or what it does not include."""
    usual: tuple[tuple[str, Decimal], ...]
    """The same of a usual day of this weekday, for all its hours; empty: there is none to compare with."""
    usual_days: int
    usual_by_now: Decimal | None
    pace: Decimal | None
    """What the day comes to at this pace: the usual rest of the day, scaled by how the day stands against the usual so
    far; without a usual day by the time that is over. No forecast model."""
    allowed: Decimal | None
    """The day's part of what the target of the cost of interactions allows."""


def spend(desk: Desk, scope: Scope) -> Spend:
    """Today's."""
    today, calendar, now = desk.reading.today, desk.workspace.calendar, desk.reading.now
    hours, (whole,) = _hours(desk, today, scope), _ask(desk, today, scope, Grain.ALL)
    running = [(name, amount) for name, amount in hours if name <= _name(desk)]
    spent = running[-1][1] if running and whole.value is not None else None
    past = [found for weeks in range(1, WEEKS + 1)
            if (found := _hours(desk, today - timedelta(weeks=weeks), scope)) and found[-1][1] > 0]  # fmt: skip
    usual = _mean(today, past)
    start, end = calendar.instant(today), calendar.instant(today + timedelta(days=1))
    over = Decimal(repr((now - start).total_seconds())) / Decimal(repr((end - start).total_seconds()))
    by_now = _at(usual, over * len(usual)) if usual else None
    pace = None
    if spent is not None:
        pace = spent * usual[-1][1] / by_now if by_now else spent / over if over else None
    return Spend(
        day=today, hours=tuple(running), spent=spent, reason=whole.reason,
        usual=usual, usual_days=len(past), usual_by_now=by_now, pace=pace, allowed=_allowed(desk, scope, today),
    )  # fmt: skip


def _name(desk: Desk) -> str:
    """The local hour of now, as cells are named."""
    midnight = desk.workspace.calendar.instant(desk.reading.today)
    local = desk.reading.now.astimezone(midnight.tzinfo)
    return local.replace(minute=0, second=0, microsecond=0, tzinfo=None).isoformat(timespec="minutes")


def _ask(desk: Desk, day: date, scope: Scope, grain: Grain) -> Sequence[MetricRow]:
    (table,) = metrics(
        desk,
        [COST],
        grain=grain,
        span=(day, day + timedelta(days=1)),
        projects=scope.projects,
        only=scope.only,
    )
    return table.rows


def _hours(desk: Desk, day: date, scope: Scope) -> list[tuple[str, Decimal]]:
    """Cost since midnight at the end of each hour of a day; an hour without calls adds nothing."""
    total, found = Decimal(0), list[tuple[str, Decimal]]()
    for row in _ask(desk, day, scope, Grain.HOUR):
        total += Decimal(str(row.value or 0))
        found.append((row.period, total))
    return found


def _mean(today: date, past: Sequence[Sequence[tuple[str, Decimal]]]) -> tuple[tuple[str, Decimal], ...]:
    """The mean day, named as today's hours; a day of 23 or 25 hours is compared by place."""
    if not past:
        return ()
    length = min(len(day) for day in past)
    totals = [[*(amount for _, amount in day[: length - 1]), day[-1][1]] for day in past]
    names = [f"{today}T{name[11:]}" for name, _ in past[0][:length]]
    return tuple(
        (name, sum(amounts, Decimal(0)) / len(past))
        for name, amounts in zip(names, zip(*totals, strict=True), strict=True)
    )


def _at(usual: Sequence[tuple[str, Decimal]], hours: Decimal) -> Decimal:
    """The usual cost so far, after some hours, evenly within the running one."""
    whole = min(int(hours), len(usual) - 1)
    before = usual[whole - 1][1] if whole else Decimal(0)
    return before + (usual[whole][1] - before) * min(hours - whole, Decimal(1))


def _allowed(desk: Desk, scope: Scope, today: date) -> Decimal | None:
    """The day's part of the target; a target is for all projects and models together."""
    target = next((one for one in desk.workspace.targets if one.metric == COST and one.at_most is not None), None)
    if target is None or target.at_most is None or target.per is None or scope != Scope():
        return None
    period = desk.workspace.calendar.containing(today, target.per)
    start, end = (period.start, period.end) if target.per is not Grain.MONTH else (
        today.replace(day=1), add_months(today, 1))  # fmt: skip
    return target.at_most / (end - start).days
