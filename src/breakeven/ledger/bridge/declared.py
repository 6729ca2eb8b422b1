"""What is declared and differs between the months of two ends: assumptions, exchange rates, the split of pools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext

import msgspec
import pyarrow as pa

from breakeven.ledger.bridge.rows import Ends
from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.billing import billing
from breakeven.ledger.invoicing.currency import with_rates
from breakeven.ledger.measuring.grid import assumption_day, prorated
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.measuring.relations import AMOUNTS
from breakeven.ledger.numbers import EXACT
from breakeven.ledger.sharing.pools import pools_of, shares
from breakeven.ledger.window import Cell
from breakeven.money import Rate
from breakeven.period import add_months
from breakeven.workspace.definitions import Assumption

LAST = Decimal("1e-12")


# --- assumptions


def assumed(desk: Desk, name: str, one: Ends, other: Ends) -> pa.Array:
    """An assumption in the rows of one end with the values that hold in the months of the other.

    The last month of the other end holds where it has fewer. An amount per month keeps the elapsed share of its own
    month: that time has passed is no change of what is assumed.
    """
    assumption = desk.workspace.assumptions[name]
    values: list[Decimal | None] = one.book.sheet.columns[name].to_pylist()
    after: list[Decimal | None] = other.book.sheet.columns[name].to_pylist() if name in other.book.sheet.columns else []
    last = len(other.months) - 1
    for (place, project), row in one.rows.items():
        month = other.months[min(place, last)]
        if assumption.per == "month":
            values[row] = _planned(desk, assumption, project, month, one.months[place])
            continue
        twin = other.rows.get((min(place, last), project))
        if twin is not None and after:
            values[row] = after[twin]
    return pa.array(values, DECIMAL)


def _planned(desk: Desk, assumption: Assumption, project: str, month: date, own: date) -> Decimal | None:
    end = add_months(month, 1)
    cell = Cell("", desk.reading.now.replace(tzinfo=None), month, end)
    day = assumption_day(cell, desk.reading.today)
    found = assumption.on(day, project) or assumption.on(end - timedelta(days=1), project)
    return None if found is None else prorated(found.value, own, desk.reading)


# --- exchange rates


def foreign(desk: Desk) -> list[str]:
    """Currencies of amounts that are not the workspace's."""
    found = {currency for kind in AMOUNTS for currency in desk.reading.presence(kind).currencies}
    return sorted(found)


def with_rates_of(desk: Desk, currency: str, months: Sequence[date], others: Sequence[date]) -> Desk:
    """The desk with the rates that one currency had in other months; the same desk where they are the same."""
    rates = [rate for rate in desk.workspace.rates if rate.currency == currency]
    rest = tuple(rate for rate in desk.workspace.rates if rate.currency != currency)
    moved = tuple(_moved(rates, months, others))
    if not moved or _in_force(moved, months) == _in_force(rates, months):
        return desk
    return with_rates(desk, (*rest, *moved))


def rate_on(desk: Desk, currency: str, day: date) -> Decimal | None:
    """The rate in force on a day."""
    found = _on([rate for rate in desk.workspace.rates if rate.currency == currency], day)
    return found.rate if found is not None else None


def _moved(rates: Sequence[Rate], months: Sequence[date], others: Sequence[date]) -> Iterator[Rate]:
    """The rates, in the months those of the other months: of the same day of the month at the same place."""
    end = add_months(months[-1], 1)
    yield from (rate for rate in rates if not months[0] <= rate.start < end)
    for place, month in enumerate(months):
        other = others[min(place, len(others) - 1)]
        before = _on(rates, other)
        if before is not None:
            yield msgspec.structs.replace(before, start=month)
        for rate in rates:
            if other < rate.start < add_months(other, 1):
                last = add_months(month, 1) - timedelta(days=1)
                yield msgspec.structs.replace(rate, start=min(month + (rate.start - other), last))
    after = _on(rates, end)
    if after is not None and after.start < end:
        yield msgspec.structs.replace(after, start=end)


def _on(rates: Sequence[Rate], day: date) -> Rate | None:
    known = [rate for rate in rates if rate.start <= day]
    return max(known, key=lambda rate: rate.start) if known else None


def _in_force(rates: Sequence[Rate], months: Sequence[date]) -> list[Decimal | None]:
    """The rate of each day of some months."""
    days = (date.fromordinal(n) for n in range(months[0].toordinal(), add_months(months[-1], 1).toordinal()))
    return [found.rate if (found := _on(rates, day)) is not None else None for day in days]


# --- pools

Parts = dict[str, dict[tuple[int, str], Decimal]]
"""Pool → (place of the month, project) → its part."""


Pooled = tuple[str, str]
"""Pool, and project."""


def allocated(
    desk: Desk, one: Ends, other_desk: Desk, other: Ends
) -> tuple[pa.Array, Mapping[Pooled, tuple[Decimal, Decimal]]]:
    """Allocated cost of one end's rows with the other end's shares of each pool's amount, and what each pool gives.

    A pool that has no cost on one of the ends in a month is left as it is: there is no share to compare with.
    """
    before, after = _parts(desk, one), _parts(other_desk, other)
    changes: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    given: defaultdict[Pooled, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    last = len(other.months) - 1
    with localcontext(EXACT):
        for pool in sorted(before.keys() & after.keys()):
            for place in range(len(one.months)):
                old, shares_of = _at(before[pool], place), _at(after[pool], min(place, last))
                new = _as(shares_of, sum(old.values(), Decimal(0))) or old
                for name in dict.fromkeys((*old, *new)):
                    was, now = old.get(name, Decimal(0)), new.get(name, Decimal(0))
                    changes[place, name] += now - was
                    given[pool, name][0] += was
                    given[pool, name][1] += now
        values: list[Decimal | None] = one.book.sheet.columns["cost_allocated"].to_pylist()
        for key, row in one.rows.items():
            if changes.get(key):
                values[row] = (values[row] or Decimal(0)) + changes[key]
    return pa.array(values, DECIMAL), {name: (was, now) for name, (was, now) in given.items()}


def _at(parts: Mapping[tuple[int, str], Decimal], place: int) -> dict[str, Decimal]:
    return {name: part for (at, name), part in parts.items() if at == place}


def _as(shares: Mapping[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
    """An amount in the proportions of some parts; they add up to it to the last decimal."""
    whole = sum(shares.values(), Decimal(0))
    if not whole:
        return {}
    made = {name: (amount * part / whole).quantize(LAST) for name, part in shares.items()}
    largest = max(made, key=lambda name: (abs(made[name]), name))
    made[largest] += amount - sum(made.values(), Decimal(0))
    return made


def _parts(desk: Desk, one: Ends) -> Parts:
    """What each pool gives to each project in the months of an end."""
    book, reading = desk.live_book(), desk.reading
    span = desk.window(book.months[0], add_months(book.months[-1], 1))
    pooled = pools_of(reading, span)
    if not any(pooled.values()):
        return {}
    for name, change in billing(reading, book.months, span).pooled.items():
        pooled[name] = pooled.get(name, Decimal(0)) + change
    place = {month: i for i, month in enumerate(one.months)}
    found: Parts = {}
    for pool in sorted({pool for month, pool in pooled if month in place}):
        alone = {key: amount for key, amount in pooled.items() if key[1] == pool and key[0] in place}
        made = shares(reading, book.sheet, book.months, span, alone)
        found[pool] = {(place[month], project): part for (month, project), part in made.items()}
    return found
