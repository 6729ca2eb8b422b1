"""What calls cost today, against what the day may cost and what such a day usually costs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from breakeven.ledger.operations.spend import Spend, spend
from breakeven.views.charting.data import Number, Series, When
from breakeven.views.charting.lines import lines
from breakeven.views.content import Empty, Link, Panel
from breakeven.views.format import UNKNOWN
from breakeven.views.operations.watching import asked_scope
from breakeven.views.question import Question

HOUR = timedelta(hours=1)


def spend_today(question: Question) -> Panel | None:
    """Spend since midnight, its pace to the end of the day, and the usual day."""
    found: Spend = question.kept(("spend", asked_scope(question)), lambda: spend(question.desk, asked_scope(question)))
    show, zone = question.show, ZoneInfo(question.calendar.time_zone)
    sub = f"{found.day:%A}, metered; invoices follow at month end"
    if found.spent is None:
        why = found.reason or "no call today has a known cost"
        return Panel(id="spend", title="AI spend today", sub=sub,
                     body=Empty(title="Nothing spent that is known", text=f"{why[:1].upper()}{why[1:]}."))  # fmt: skip
    start, end = (_midnight(day, zone) for day in (found.day, found.day + timedelta(days=1)))
    ends = [min(_end_of(name, zone), question.now) for name, _ in found.hours]
    spent: list[tuple[When, Number]] = [(start, 0), *zip(ends, (amount for _, amount in found.hours), strict=True)]
    series = [Series(label="Spend", key="cost", style="area", points=spent)]
    if found.pace is not None:
        series.append(Series(label="At this pace", key="cost", style="dash", points=[spent[-1], (end, found.pace)]))
    if found.allowed is not None:
        series.append(Series(label="Budget", key="ink", points=[(start, 0), (end, found.allowed)]))
    if found.usual:
        usual: list[tuple[When, Number]] = [
            (start, 0),
            *((_end_of(name, zone), amount) for name, amount in found.usual),
        ]
        series.append(Series(label=f"Usual {found.day:%A}", key="muted", points=usual))
    plot = lines(series, unit="money", show=show, title="AI spend today")
    body = plot if plot is not None else Empty(title=UNKNOWN, text="No amount is known.")
    return Panel(id="spend", title=_title(found), sub=sub, body=body, foot=_foot(question, found),
                 foot_link=Link(text="Reconciliation", href=question.link("/quality")))  # fmt: skip


def _title(found: Spend) -> str:
    return "AI spend today against budget" if found.allowed is not None else "AI spend today against a usual day"


def _foot(question: Question, found: Spend) -> str:
    """One sentence: the pace, and what it is measured by."""
    show = question.show
    if found.pace is None:
        return ""
    said = f"At this pace {show.money(found.pace)} by midnight"
    if found.allowed is not None:
        gap = found.pace - found.allowed
        said += f", {show.money(abs(gap))} {'over' if gap > 0 else 'under'} the day's budget"
    elif found.usual:
        said += f"; a usual {found.day:%A} comes to {show.money(found.usual[-1][1])}"
    basis = f"the last {found.usual_days} {found.day:%A}s" if found.usual_days > 1 else f"last {found.day:%A}"
    how = f"as {basis} went on from this hour" if found.usual_by_now else "if every hour costs as much"
    partly = f" {found.reason[:1].upper()}{found.reason[1:]}." if found.reason else ""
    return f"{said}, {how}.{partly}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _end_of(hour: str, zone: ZoneInfo) -> datetime:
    return (datetime.fromisoformat(hour) + HOUR).replace(tzinfo=zone).astimezone(UTC)
