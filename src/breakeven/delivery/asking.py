"""What a schedule asks for at one of its times: the filters of its report, and the looks of its files."""

from __future__ import annotations

from datetime import datetime

from breakeven.period import Calendar, Grain
from breakeven.reports import report_of
from breakeven.views.asking.filters import DEFAULT_COMPARE, Filters
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import ReportSchedule


def filters_of(workspace: Workspace, schedule: ReportSchedule, due: datetime, now: datetime) -> Filters:
    """The filters; a period such as last-month is that of the time at which the report was due, however late it is."""
    wish = schedule.wish
    usual = report_of(workspace, schedule.report).kind.period
    return Filters(
        period=period_at(workspace.calendar, wish.period or usual, due, now), compare=wish.compare or DEFAULT_COMPARE,
        project=wish.project, category=wish.category, headline=wish.headline, currency=wish.currency,
        constant=wish.constant,
    )  # fmt: skip


def period_at(calendar: Calendar, text: str, due: datetime, now: datetime) -> str:
    """How the period that was meant at `due` is asked for at `now`: a year to date that is over is that year."""
    meant, found = calendar.parse(text, due), calendar.parse(text, now)
    if (found.start, found.end) == (meant.start, meant.end) or (meant.grain is Grain.ALL and text != "ytd"):
        return text
    if text != "ytd":
        return meant.name
    year = calendar.fiscal_year(calendar.today(due))
    return text if year == calendar.fiscal_year(calendar.today(now)) else str(year)
