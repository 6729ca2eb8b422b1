"""Saved scenarios in short: the figures, the range and the goal of each, over the present data."""

from __future__ import annotations

from decimal import Decimal

from breakeven.errors import UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result
from breakeven.ledger.scenarios.amounts import amounts
from breakeven.ledger.scenarios.explore import DRAWS, SEED, drawn_of, goal_of, spread_of
from breakeven.ledger.scenarios.explored import Goal, Spread
from breakeven.ledger.scenarios.results import Scenario
from breakeven.ledger.scenarios.saved import changes_of
from breakeven.ledger.scenarios.scope import Scope, check_scope
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.scenarios.surface import surface


class Outcome(Result, frozen=True, kw_only=True):
    """What a saved scenario gives."""

    roi: Decimal | None = None
    net: Decimal | None = None
    payback: Decimal | None = None
    payback_reason: str | None = None
    spread: Spread | None = None
    goal: Goal | None = None
    reason: str | None = None
    """Why there is nothing, or why ROI is unknown."""


def outcome(desk: Desk, scenario: Scenario, scope: Scope, *, seed: int = SEED, draws: int = DRAWS) -> Outcome:
    """The outcome of one; a scenario that names what is there no more has a reason instead of figures.

    Raises UsageProblem and UnknownName for a scope as a statement does.
    """
    check_scope(desk, scope)
    try:
        changes = changes_of(desk, scenario)
    except UsageProblem as error:
        return Outcome(reason=str(error))
    found = amounts(SupposedDesk(desk, changes), scope)
    goal = goal_of(desk, amounts(desk, scope), found)
    drawn = drawn_of(surface(desk, scope, desk.headline(), changes), changes, seed, draws, found)
    return Outcome(
        roi=found.known["roi_percent"], net=found.known["net_value"], payback=found.known["payback_months"],
        payback_reason=found.reasons.get("payback_months"),
        spread=spread_of(drawn, found, goal), goal=goal, reason=found.reasons.get("roi_percent"),
    )  # fmt: skip
