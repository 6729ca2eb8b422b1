"""Figures against their targets."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Number, Status, TargetStatus
from breakeven.period import Grain
from breakeven.workspace.definitions import Target

WORDS: dict[Status, str] = {"green": "On track", "yellow": "Watch", "red": "Off track", "grey": "No data"}
MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
WATCH = Decimal("0.1")
"""How far beyond a target is still yellow where the target does not say."""


def judge(value: Number | None, target: Decimal, watch: Decimal, rule: Literal["at_least", "at_most"]) -> Status:
    """The colour of a value: green at the target, yellow as far as `watch`, red beyond."""
    if value is None:
        return "grey"
    exact = Decimal(str(value))
    if rule == "at_most":
        exact, target, watch = -exact, -target, -watch
    return "green" if exact >= target else "yellow" if exact >= watch else "red"


def against(
    target: Target, label: str, unit: str, value: Number | None, reason: str | None, months: Decimal
) -> TargetStatus:
    """A figure against its target; one that is stated per month, quarter or year is scaled to `months`."""
    rule: Literal["at_least", "at_most"] = "at_least" if target.at_least is not None else "at_most"
    stated = target.at_least if target.at_least is not None else target.at_most
    wanted = stated if stated is not None else Decimal(0)
    slack = WATCH * abs(wanted)
    watch = target.watch if target.watch is not None else wanted - slack if rule == "at_least" else wanted + slack
    if target.per is not None:
        factor = months / MONTHS[target.per]
        wanted, watch = ((amount * factor).quantize(Decimal("1e-6")) for amount in (wanted, watch))
    status = judge(value, wanted, watch, rule)
    if value is None and reason is None:
        reason = "not measured"
    return TargetStatus(
        metric=target.metric, label=label, unit=unit, value=value, reason=reason, target=tidy(wanted), rule=rule,
        status=status, word=WORDS[status],
    )  # fmt: skip
