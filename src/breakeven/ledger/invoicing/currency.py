"""Constant currency: every amount converted at the exchange rates of one day.

The ordinary figures convert each amount at the rate of its own day. At constant currency all amounts take the rates in
force on one day, so that two periods differ by what happened and not by exchange rates. What is declared in the
workspace's own currency (budgets, assumptions, plans) is the same in both. A currency without a rate on that day stays
unknown. Closed months are made anew from the facts: their frozen amounts are at the rates of their days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from breakeven.errors import UsageProblem
from breakeven.ledger.cache import Cache
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import Reading
from breakeven.money import Rate
from breakeven.workspace.definitions import Workspace


def constant_currency(desk: Desk, day: date) -> Desk:
    """A desk over the same facts with the rates in force on a day for all of them."""
    return with_rates(desk, rates_on(desk.workspace, day), day)


def at_rates_of(desk: Desk, day: date | None) -> Desk:
    """The desk itself, or one at the rates of a day."""
    return desk if day is None else constant_currency(desk, day)


def with_rates(desk: Desk, rates: Iterable[Rate], rates_of: date | None = None) -> Desk:
    """A desk over the same facts with other rates, months as if none were closed; its answers are kept apart.

    `rates_of`: the day that the rates are of, said where one is missing.
    """
    reading, chosen = desk.reading, tuple(rates)
    workspace = msgspec.structs.replace(reading.workspace, rates=chosen)
    cache = reading.cache.get(("rates", chosen, rates_of), None, Cache)
    other = Reading(reading.moment, workspace, cache, reading.now, reading.as_of, rates_of)
    return Desk(other, desk.evaluator, desk.state, sealed=False)


def rates_on(workspace: Workspace, day: date) -> tuple[Rate, ...]:
    """The rate of each currency in force on a day, for all time; none for a currency whose rates begin later."""
    found: dict[str, Rate] = {}
    for rate in sorted(workspace.rates, key=lambda rate: rate.start):
        if rate.start <= day:
            found[rate.currency] = rate
    return tuple(msgspec.structs.replace(rate, start=date.min) for _, rate in sorted(found.items()))


def rates_day(workspace: Workspace, text: str, now: datetime) -> date:
    """The day that a person means: a date, or the first day of a period. Raises UsageProblem."""
    day = workspace.calendar.parse(text, now).start
    if day > workspace.calendar.today(now):
        raise UsageProblem(f"{text} lies in the future: its exchange rates are not known")
    return day
