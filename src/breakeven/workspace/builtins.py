"""Figures that the ledger computes itself, declared once: formulas, targets and key figures may name them.

A cost line is made per month and project from facts and the declared projects and pools, and may stand in a formula
like a measure. A timeline figure is made from the whole series of months and may not stand in a formula, because it
would depend on what it is part of.
"""

from __future__ import annotations

from typing import Literal

from breakeven.workspace.definitions import Direction, Record


class Builtin(Record, frozen=True, kw_only=True):
    """One figure that has no formula."""

    name: str
    unit: str
    label: str
    direction: Direction
    kind: Literal["cost_line", "timeline"]
    description: str = ""


def _cost_line(name: str, label: str, description: str) -> Builtin:
    return Builtin(
        name=name, unit="money", label=label, direction=Direction.DOWN, kind="cost_line", description=description
    )


def _timeline(name: str, unit: str, label: str, direction: Direction, description: str) -> Builtin:
    return Builtin(name=name, unit=unit, label=label, direction=direction, kind="timeline", description=description)


BUILTINS: dict[str, Builtin] = {
    figure.name: figure
    for figure in (
        _cost_line("cost_direct", "Direct cost", "Cost records of the project itself, pools left out"),
        _cost_line("cost_metered", "Metered cost", "Cost of the project's interactions, reported or priced from usage"),
        _cost_line("cost_allocated", "Allocated cost", "The project's share of shared pools"),
        _cost_line("cost_implementation", "Implementation", "The month's part of the project's implementation cost"),
        _timeline("roi_ytd", "money", "ROI year to date", Direction.UP, "Net value since the start of the fiscal year"),
        _timeline(
            "cumulative_roi_percent",
            "%",
            "Cumulative ROI",
            Direction.UP,
            "Net value of all months so far as a part of their investment",
        ),
        _timeline(
            "payback_months",
            "month",
            "Payback",
            Direction.DOWN,
            "Months from the first entry until the cumulative net value is zero or more and stays so",
        ),
        _timeline("run_rate", "money", "Monthly run rate", Direction.UP, "Net value of the last complete month"),
        _timeline("budget", "money", "Budget", Direction.NEUTRAL, "Budget of the projects in the period"),
        _timeline(
            "budget_variance",
            "money",
            "Budget variance",
            Direction.UP,
            "Budget minus investment: positive is under budget",
        ),
    )
}
"""All of them by name."""

COST_LINES: tuple[str, ...] = tuple(name for name, figure in BUILTINS.items() if figure.kind == "cost_line")
"""Names that a formula may use like a measure."""
