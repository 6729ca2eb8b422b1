"""An end of a bridge, from the text that a person writes."""

from __future__ import annotations

import re
from datetime import datetime

from breakeven.errors import UsageProblem
from breakeven.ledger.bridge import Side
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.window import window_of
from breakeven.period import Grain
from breakeven.views.asking.query import moment_of, period_of

FORMS = "2026-09, 2026-Q3, 2026, 2026-09@v1 (a closed version) or 2026-09@2026-10-05 (as known then)"
_VERSION = re.compile(r"[vV](\d{1,6})")


def end_of(ledger: Ledger, text: str, now: datetime) -> Side:
    """A period of whole months, one of its closed versions, or what was known of it at a day or time.

    Raises UsageProblem with the forms that can be written.
    """
    name, at, moment = (part.strip() for part in text.partition("@"))
    if at and not moment:
        raise UsageProblem(f"{text!r} does not say as of when: write {FORMS}")
    version = _VERSION.fullmatch(moment)
    as_of = moment_of(ledger, moment, now) if at and version is None else None
    calendar = ledger.workspace.calendar
    period = period_of(ledger, name, now, as_of)
    if not window_of(period, calendar).whole_months:
        raise UsageProblem(f"a bridge stands on whole months, {name} is not: write {FORMS}")
    if period.start > calendar.today(as_of or now):
        raise UsageProblem(f"{name} lies in the future{' of ' + moment if as_of else ''}: nothing is known of it")
    if version is not None and period.grain is not Grain.MONTH:
        raise UsageProblem(f"{text}: versions are of closed months, {name} is not a month")
    return Side(name=text.strip(), period=period, as_of=as_of, version=int(version[1]) if version else None)
