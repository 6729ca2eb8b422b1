"""What a person asks for, as text, into periods: the same on the command line, in the API and in page addresses."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from breakeven.errors import UsageProblem
from breakeven.ledger.invoicing.currency import rates_day
from breakeven.ledger.ledger import Ledger
from breakeven.period import Period, add_months

_FIRST_YEAR = 1970
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment_of(ledger: Ledger, text: str | None, now: datetime) -> datetime | None:
    """The instant as of which is asked: the end of a local day, or the instant itself; None where nothing is given.

    Today means until now. Raises UsageProblem for what is no date or time, or lies in the future.
    """
    if text is None:
        return None
    calendar, written = ledger.workspace.calendar, text.strip()
    try:
        if _DAY.fullmatch(written):
            day = date.fromisoformat(written)
            if day == calendar.today(now):
                return now
            moment = calendar.instant(day + timedelta(days=1)) - timedelta(microseconds=1)
        else:
            moment = datetime.fromisoformat(written)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=ZoneInfo(calendar.time_zone))
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageProblem(f"as of {text!r}: write a day like 2026-10-31, or a time like 2026-10-31T17:00Z") from error
    if moment.year < _FIRST_YEAR:
        raise UsageProblem(f"as of {written} lies before {_FIRST_YEAR}: nothing was recorded then")
    if moment > now:
        raise UsageProblem(f"as of {written} lies in the future: facts of then are not known yet")
    return moment


def rates_day_of(ledger: Ledger, text: str | None, now: datetime) -> date | None:
    """The day whose exchange rates all amounts take; None where nothing is given. Raises UsageProblem."""
    return None if text is None else rates_day(ledger.workspace, text, now)


def period_of(ledger: Ledger, text: str, now: datetime, as_of: datetime | None = None) -> Period:
    """The period that is meant; `all` is the months from the first record to the last. Raises UsageProblem."""
    span = ledger.facts_span(now=now, as_of=as_of) if text.strip().lower() == "all" else None
    now = as_of or now
    if span is not None:
        span = span[0].replace(day=1), add_months(span[1] - timedelta(days=1), 1)
    return ledger.workspace.calendar.parse(text, now, span)


def window_of(
    ledger: Ledger, start: str | None, end: str | None, now: datetime, as_of: datetime | None = None
) -> tuple[date, date] | None:
    """First day and day after the last of what lies between two periods, both included; None where neither is given.

    Where only one is given, the other end is that of the records. Raises UsageProblem.
    """
    if start is None and end is None:
        return None
    parse = ledger.workspace.calendar.parse
    span = None if start and end else ledger.facts_span(now=now, as_of=as_of)
    now = as_of or now
    first = parse(start, now).start if start else (span[0] if span else None)
    last = parse(end, now).end if end else (span[1] if span else None)
    if first is None or last is None:
        raise UsageProblem("there are no records yet: give both --from and --to")
    if first >= last:
        raise UsageProblem(f"nothing lies between {start or first} and {end or last}: the end comes before the start")
    return first, last
