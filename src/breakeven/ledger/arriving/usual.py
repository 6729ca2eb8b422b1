"""What is usual for a source, and whether the present is: robust statistics, and unknown where there is too little.

Volume is compared with the same weekday (and hour) of the eight weeks before: median ± 3 scaled median absolute
deviations (1.4826 × MAD estimates a standard deviation; Iglewicz and Hoaglin 1993), at least ± 10 % of the median and
± 2 roots of it, the noise of counting; a rise to fewer than 20 records is none. A day without records counts as 0 from
the source's first day on. What comes in batches for days long past (bills, reports, hours) has no usual day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median

from breakeven.ledger.arriving.pauses import LEAST_WEEKS
from breakeven.ledger.arriving.results import Change, Delay, Drift, Verdict, Volume
from breakeven.measures import MEASURES
from breakeven.store.intake import EVERY

LEAST_RECORDS = 20
"""Records of a day of which the shares of its fields are compared, and below which no number is too high."""
LEAST_DAYS = 7
STEP = Decimal("0.2")
"""Least change of a share that is told."""
_SCALE = 1.4826


def volume(since: datetime, records: int, before: Sequence[int]) -> Volume:
    """One number against those of the same weekday before, zeros included."""
    if len(before) < LEAST_WEEKS:
        words = f"{len(before)} of {LEAST_WEEKS} weeks of history are there"
        return Volume(since=since, records=records, usual=None, low=None, high=None, verdict="unknown", words=words)
    middle = median(before)
    spread = _SCALE * median(abs(one - middle) for one in before)
    reach = max(3 * spread, 0.1 * middle, 2 * middle**0.5)
    low, high = max(0.0, middle - reach), max(middle + reach, float(LEAST_RECORDS))
    verdict: Verdict = "low" if records < low else "high" if records > high else "usual"
    said = {"low": "less than usual", "high": "more than usual", "usual": "as usual"}[verdict]
    return Volume(
        since=since, records=records, usual=_round(middle), low=_round(low), high=_round(high), verdict=verdict,
        words=f"{said}: {records:,} ({low:,.0f} to {high:,.0f})",
    )  # fmt: skip


def weekdays_before(day: date, first: date, days: Mapping[date, int], weeks: int) -> list[int]:
    """Records of the same weekday in the weeks before, from the source's first day on."""
    back = (day - timedelta(days=7 * week) for week in range(1, weeks + 1))
    return [days.get(one, 0) for one in back if one >= first]


def delay_of(found: Mapping[str, int] | None) -> Delay | None:
    """Delay of what arrived of late; None: nothing did."""
    if found is None:
        return None
    return Delay(
        records=found["records"], late=found["late"], share=share(found["late"], found["records"]),
        median_hours=found["median"], p95_hours=found["p95"],
    )  # fmt: skip


def share(part: int, whole: int) -> Decimal | None:
    """A share to four digits; None of nothing."""
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001")) if whole else None


def drift(kind: str, fields: Mapping[str, Mapping[date, int]]) -> tuple[Drift, ...] | None:
    """Fields that the last day fills otherwise than the days before; None: too few days with enough records."""
    every = {day: n for day, n in sorted(fields[EVERY].items()) if n >= LEAST_RECORDS}
    if len(every) <= LEAST_DAYS:
        return None
    found = []
    for field, filled in sorted(fields.items()):
        if field != EVERY:
            shares = [(day, Decimal(filled.get(day, 0)) / n) for day, n in every.items()]
            changed = _changed(kind, field, shares)
            found += [changed] if changed is not None else []
    return tuple(found)


def _changed(kind: str, field: str, shares: Sequence[tuple[date, Decimal]]) -> Drift | None:
    *before, (since, now) = shares
    usual = median(one for _, one in before)
    spread = median(abs(one - usual) for _, one in before)
    limit = max(STEP, 4 * spread)
    if abs(now - usual) < limit and not (now > 0 and all(one == 0 for _, one in before)):
        return None
    for day, one in reversed(before):
        if abs(one - usual) < min(limit, abs(now - usual)):
            break
        since = day
    change: Change = "appeared" if usual == 0 else "vanished" if now == 0 else "more" if now > usual else "less"
    return Drift(
        field=field, change=change, share=now.quantize(Decimal("0.0001")), usual=usual.quantize(Decimal("0.0001")),
        since=since, measures=readers(kind, field),
    )  # fmt: skip


def readers(kind: str, field: str) -> tuple[str, ...]:
    """Labels of the measures that read a field of a kind."""
    return tuple(
        one.label for one in MEASURES.values()
        if one.relation == kind and field in f"{one.expression} {one.reported_by} {one.missing}"
    )  # fmt: skip


def _round(value: float) -> Decimal:
    return Decimal(str(round(value, 1)))
