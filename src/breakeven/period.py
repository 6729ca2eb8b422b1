"""Calendars and periods: how instants become months, quarters and years of a company.

Instants are UTC; a `Calendar` (time zone, first month of the fiscal year) cuts them into periods. Periods are half-open
ranges of local dates. A fiscal year that does not start in January is named after the calendar year in which it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from breakeven.errors import UsageProblem


class Grain(StrEnum):
    """Lengths into which a span can be cut, finest first."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
_YEAR = re.compile(r"(?:FY)?(\d{4})", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
FORMS = "2026-10, 2026-Q3, 2026, 2026-10-17, ytd, last-month, last-quarter, last-12-months, all"
"""The ways to write a period, for help and errors."""


def add_months(day: date, months: int) -> date:
    """First day of the month that lies `months` after the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A named half-open range of local dates."""

    name: str
    """As a person writes it: 2026-10, 2026-Q3, 2026, ytd…"""
    grain: Grain
    """Its length; ALL for any other span."""
    start: date
    """First day."""
    end: date
    """Day after the last."""

    def months(self) -> list[date]:
        """First days of the months that the period touches."""
        first, found = self.start.replace(day=1), []
        while first < self.end:
            found.append(first)
            first = add_months(first, 1)
        return found


YEARS = range(1900, 2200)
"""Years that can be asked for."""
_LEADING_YEAR = re.compile(r"\d{4}(?=$|-)")


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """How a company cuts time."""

    time_zone: str = "UTC"
    """IANA name."""
    fiscal_year_start: int = 1
    """Month 1 to 12 in which the fiscal year starts."""

    def today(self, now: datetime) -> date:
        """Local date of an instant."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def instant(self, day: date) -> datetime:
        """Instant at which a local day begins."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone))

    def fiscal_year(self, day: date) -> int:
        """Number of the fiscal year that holds a day."""
        later = day.month >= self.fiscal_year_start and self.fiscal_year_start > 1
        return day.year + 1 if later else day.year

    def year(self, number: int) -> Period:
        """A fiscal year by its number."""
        first_calendar_year = number - 1 if self.fiscal_year_start > 1 else number
        start = date(first_calendar_year, self.fiscal_year_start, 1)
        return Period(name=str(number), grain=Grain.YEAR, start=start, end=add_months(start, 12))

    def quarter(self, year: int, number: int) -> Period:
        """A fiscal quarter, 1 to 4."""
        start = add_months(self.year(year).start, 3 * (number - 1))
        return Period(name=f"{year}-Q{number}", grain=Grain.QUARTER, start=start, end=add_months(start, 3))

    def containing(self, day: date, grain: Grain) -> Period:
        """The day, week (from Monday), month, quarter or year that holds a day."""
        match grain:
            case Grain.DAY:
                return Period(name=day.isoformat(), grain=grain, start=day, end=day + timedelta(days=1))
            case Grain.WEEK:
                monday = day - timedelta(days=day.weekday())
                return Period(name=monday.strftime("%G-W%V"), grain=grain, start=monday, end=monday + timedelta(days=7))
            case Grain.MONTH:
                first = day.replace(day=1)
                return Period(name=first.strftime("%Y-%m"), grain=grain, start=first, end=add_months(first, 1))
            case Grain.QUARTER:
                year = self.fiscal_year(day)
                offset = (day.month - self.fiscal_year_start) % 12
                return self.quarter(year, offset // 3 + 1)
            case Grain.YEAR:
                return self.year(self.fiscal_year(day))
        raise ValueError(f"{grain} does not name one period of a date")

    def previous(self, period: Period) -> Period:
        """The period of the same length before; for other spans the same number of days."""
        if period.grain in (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
            return self.containing(period.start - timedelta(days=1), period.grain)
        length = period.end - period.start
        return Period(name=f"before {period.name}", grain=Grain.ALL, start=period.start - length, end=period.start)

    def parse(self, text: str, now: datetime, span: tuple[date, date] | None = None) -> Period:
        """The period that a person means; `span` is what `all` covers. Raises UsageProblem with the valid forms."""
        today, word = self.today(now), text.strip().lower()
        this_month = today.replace(day=1)
        if word == "ytd":
            start = self.containing(today, Grain.YEAR).start
            return Period(name="ytd", grain=Grain.ALL, start=start, end=add_months(this_month, 1))
        if word == "last-month":
            return self.containing(this_month - timedelta(days=1), Grain.MONTH)
        if word == "last-quarter":
            return self.previous(self.containing(today, Grain.QUARTER))
        if word == "last-12-months":
            return Period(name=word, grain=Grain.ALL, start=add_months(this_month, -11), end=add_months(this_month, 1))
        if word == "all":
            start, end = span or (this_month, add_months(this_month, 1))
            return Period(name="all", grain=Grain.ALL, start=start, end=end)
        # Periods are compared with those before and after them, and a date ends at 9999.
        if (year := _LEADING_YEAR.match(word)) and int(year[0]) not in YEARS:
            raise UsageProblem(f"{text!r} is not a period: only years from {YEARS[0]} to {YEARS[-1]} are shown")
        try:
            if found := _DAY.fullmatch(word):
                return self.containing(date(*(int(part) for part in found.groups())), Grain.DAY)
            if found := _MONTH.fullmatch(word):
                return self.containing(date(int(found[1]), int(found[2]), 1), Grain.MONTH)
            if found := _QUARTER.fullmatch(word):
                return self.quarter(int(found[1]), int(found[2]))
            if found := _YEAR.fullmatch(word):
                return self.year(int(found[1]))
        except ValueError as error:
            raise UsageProblem(f"{text!r} is not a date: {error}") from error
        raise UsageProblem(f"{text!r} is not a period; write one of: {FORMS}")

    def cut(self, start: date, end: date, grain: Grain) -> Iterator[Period]:
        """The periods of a grain from day to year that touch [start, end), in order."""
        while start < end:
            period = self.containing(start, grain)
            yield period
            start = period.end
