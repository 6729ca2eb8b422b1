"""The state of an entry: forecast, realised, validated or disputed, by its month and by what finance said last."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from breakeven.ledger.desk import Desk
from breakeven.money import CENT, cents
from breakeven.store.state_validations import Validation, validations

EntryState = Literal["forecast", "realised", "validated", "disputed"]


def decisions(desk: Desk) -> Mapping[str, Validation]:
    """Entry → the last decision about it that this request may know: made until its present."""
    version = (desk.state.version, desk.reading.now)
    return desk.reading.cache.get(("decisions",), version, lambda: validations(desk.state, desk.reading.now))


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
