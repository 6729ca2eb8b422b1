"""What a person asks for, as text, into periods: the same on the command line, in the API and in page addresses."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from breakeven.errors import UsageProblem
from breakeven.ledger.ledger import Ledger
from breakeven.period import Period, add_months


def period_of(ledger: Ledger, text: str, now: datetime) -> Period:
    """The period that is meant; `all` is the months from the first record to the last. Raises UsageProblem."""
    span = ledger.facts_span(now=now) if text.strip().lower() == "all" else None
    if span is not None:
        span = span[0].replace(day=1), add_months(span[1] - timedelta(days=1), 1)
    return ledger.workspace.calendar.parse(text, now, span)


def window_of(ledger: Ledger, start: str | None, end: str | None, now: datetime) -> tuple[date, date] | None:
    """First day and day after the last of what lies between two periods, both included; None where neither is given.

    Where only one is given, the other end is that of the records. Raises UsageProblem.
    """
    if start is None and end is None:
        return None
    parse = ledger.workspace.calendar.parse
    span = None if start and end else ledger.facts_span(now=now)
    first = parse(start, now).start if start else (span[0] if span else None)
    last = parse(end, now).end if end else (span[1] if span else None)
    if first is None or last is None:
        raise UsageProblem("there are no records yet: give both --from and --to")
    if first >= last:
        raise UsageProblem(f"nothing lies between {start or first} and {end or last}: the end comes before the start")
    return first, last
