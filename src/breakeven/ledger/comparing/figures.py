"""The headline figures of some rows of a level, as projects are compared by them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from breakeven.ledger.books.evaluate import Level
from breakeven.ledger.desk import Desk, headline_columns
from breakeven.ledger.numbers import tidy_or_none
from breakeven.ledger.results import Result
from breakeven.ledger.statement import returns_of
from breakeven.ledger.timeline import Series
from breakeven.workspace.builtins import COST_LINES

SHARED = "cost_allocated"


class Headline(Result, frozen=True, kw_only=True):
    """What some months brought and cost."""

    value: Decimal | None
    direct: Decimal | None
    """Cost that is its own: billed, metered, written off."""
    shared: Decimal | None
    """Its part of the pools; for what no project can be given, all of it."""
    investment: Decimal | None
    net_value: Decimal | None
    roi_percent: Decimal | None
    reason: str | None
    """Why net value is unknown, or what it does not include."""
    roi_reason: str | None
    """Why ROI is unknown."""


NOTHING = Headline(value=None, direct=None, shared=None, investment=None, net_value=None, roi_percent=None,
                   reason="nothing is recorded", roi_reason="nothing is recorded")  # fmt: skip


class Headlines:
    """The rows of one level."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._value, self._cost = headline_columns(level)
        self._own = [level.sheet.columns[line].to_pylist() for line in COST_LINES if line != SHARED]
        self._shared = level.sheet.columns[SHARED].to_pylist()

    def row(self, row: int) -> Headline:
        """One row."""
        value, cost = self._value[row], self._cost[row]
        net, roi = returns_of(self._level, value, cost, row)
        return Headline(
            value=tidy_or_none(value), direct=tidy_or_none(_known([line[row] for line in self._own])),
            shared=tidy_or_none(self._shared[row]), investment=tidy_or_none(cost), net_value=tidy_or_none(net[0]),
            roi_percent=tidy_or_none(roi[0]), reason=net[1] or _unknown(value, cost), roi_reason=roi[1],
        )  # fmt: skip

    def by_project(self) -> dict[str, Headline]:
        """Every row of a level that is cut by project and has one period."""
        keys = self._level.grid.keys
        return {str(keys[key][0]): self.row(row) for row, (_, key) in enumerate(self._level.grid.rows)}


def _known(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _unknown(value: Decimal | None, cost: Decimal | None) -> str | None:
    if value is None:
        return "no value is known"
    return "no cost is known" if cost is None else None


def series_by_project(desk: Desk, projects: tuple[str, ...] | None = None) -> Mapping[str, Series]:
    """Value and cost of every project, month by month, in one pass over the months of the book."""
    level = desk.monthly(("project",), projects)
    return dict(zip((str(key[0]) for key in level.grid.keys), desk.every_series(level), strict=True))
