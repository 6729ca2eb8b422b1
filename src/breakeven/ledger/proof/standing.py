"""The state of an entry: forecast, realised, validated or disputed, by its month and by what finance said last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from breakeven.ledger.desk import Desk
from breakeven.money import CENT, cents
from breakeven.store.state_validations import Validation, last_validation, validations

EntryState = Literal["forecast", "realised", "validated", "disputed"]


def decisions(desk: Desk) -> Mapping[str, Validation]:
    """Entry → the last decision about it that this request may know: made until its present."""
    version, until, cache = desk.state.version, decided_until(desk), desk.reading.cache
    return cache.get(("decisions",), (version, until), lambda: validations(desk.state, until))


def decided_until(desk: Desk) -> datetime | None:
    """The present of a request if decisions were made after it; None: it may know all there are."""
    version, now = desk.state.version, desk.reading.now
    last = desk.reading.cache.get(("last decision",), version, lambda: last_validation(desk.state))
    return now if last is not None and last > now else None


def standing(decision: Validation | None, amount: Decimal, *, over: bool) -> tuple[EntryState, str | None]:
    """State of an entry and what is to be said of it; `over`: whether its month is over."""
    if not over:
        return "forecast", None
    if decision is None:
        return "realised", None
    said = f"by {decision.who} on {decision.at:%Y-%m-%d}"
    if decision.state == "validated" and not holds(decision, amount):
        return "realised", f"validated {money(decision.amount)} {said}; it is {money(amount)} now"
    verb = {"validated": "validated", "disputed": "disputed", "realised": "dispute settled"}[decision.state]
    return decision.state, f"{verb} {said}: {decision.note}"


def holds(decision: Validation, amount: Decimal) -> bool:
    """Whether a decision was about the amount that an entry has now."""
    return abs(amount - decision.amount) < CENT


def money(amount: Decimal) -> str:
    """An amount for a sentence."""
    return f"{cents(amount):,}"
