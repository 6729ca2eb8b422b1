"""The amounts of a statement without what surrounds them (targets, evidence): what scenarios compare."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from breakeven.ledger.books.evaluate import Ask, Level
from breakeven.ledger.catalogue import figures
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk, headline_columns
from breakeven.ledger.numbers import tidy_or_none
from breakeven.ledger.reasons import gap
from breakeven.ledger.scenarios.scope import Scope, check_scope
from breakeven.ledger.statement import costs_of, returns_of
from breakeven.ledger.timeline import cumulative_roi, payback, run_rate
from breakeven.period import Grain, add_months
from breakeven.workspace.definitions import Workspace

TOTALS = {"total_value": VALUE, "investment": INVESTMENT, "net_value": NET, "roi_percent": ROI}
"""What a statement calls its totals → the figure of the methodology."""
TIMELINE = ("cumulative_roi_percent", "payback_months", "run_rate")
_WORDS = {VALUE: ("Value", "money"), INVESTMENT: ("Investment", "money"), NET: ("Net value", "money"),
          ROI: ("ROI", "%"), "cost_unallocated": ("Unallocated cost", "money")}  # fmt: skip
"""Label and unit of what a methodology may not define."""


class Amounts(msgspec.Struct, frozen=True):
    """Amounts by the names that a statement has for them; cost lines begin with cost_."""

    known: Mapping[str, Decimal | None]
    reasons: Mapping[str, str]
    """Why an amount is unknown."""


def headline_level(desk: Desk, scope: Scope) -> Level:
    """The level that a statement of the scope is headed by, one row."""
    span = desk.window(scope.period.start, scope.period.end)
    names, projects = desk.headline(), check_scope(desk, scope)
    return desk.level(Ask(names=names, span=span, grain=Grain.ALL, projects=projects, name=scope.period.name))


def amounts(desk: Desk, scope: Scope) -> Amounts:
    """The amounts of the statement of a scope. Raises UsageProblem and UnknownName as `statement` does."""
    level, projects = headline_level(desk, scope), check_scope(desk, scope)
    value, investment = (column[0] for column in headline_columns(level))
    net, roi = returns_of(level, value, investment, partly=False)
    series = desk.series(desk.monthly(projects=projects))
    until = min(scope.period.end, add_months(desk.reading.open_month, 1))
    known = {made.name: level.sheet.value(made.name, 0) for made in desk.workspace.methodology.values()}
    reasons = {name: gap(level, name, 0) for name, amount in known.items() if amount is None}
    known |= {f"cost_{name}": amount for name, amount in costs_of(desk, level, scope.period, projects).items()}
    paid, total, rate = payback(series, until), cumulative_roi(series, until), run_rate(series, until)
    known |= {"total_value": value, "investment": investment, "net_value": net[0], "roi_percent": roi[0],
              "cumulative_roi_percent": total[0], "payback_months": paid.months, "run_rate": rate[0]}  # fmt: skip
    reasons |= {
        "total_value": "no value is known", "investment": "no cost is known", "net_value": net[1],
        "roi_percent": roi[1], "cumulative_roi_percent": total[1], "payback_months": paid.reason, "run_rate": rate[1],
    }  # fmt: skip
    return Amounts(
        {name: tidy_or_none(amount) for name, amount in known.items()},
        {name: reason for name, reason in reasons.items() if reason and known[name] is None},
    )


def labels(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Label and unit of everything in `Amounts`."""
    known = _WORDS | {name: (figure.label, figure.unit) for name, figure in figures(workspace).items()}
    return known | {name: known[figure] for name, figure in TOTALS.items()}
