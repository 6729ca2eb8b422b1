"""What ranges answer with. Percentiles are statistics: money to the cent, the rest to 6 decimals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from breakeven.ledger.results import Result


class RangeLine(Result, frozen=True, kw_only=True):
    """A figure with its range."""

    label: str
    unit: str
    value: Decimal | None
    """As the statement has it: every assumption at its value."""
    p10: Decimal | None
    """One in ten draws lies below it."""
    p50: Decimal | None
    p90: Decimal | None
    """One in ten draws lies above it."""
    mean: Decimal | None
    reason: str | None = None
    """Why there is no range."""


class UncertainInput(Result, frozen=True, kw_only=True):
    """An input that is drawn."""

    name: str
    scopes: int
    """How many values are drawn on their own: the common one and those of single projects."""
    distributions: tuple[str, ...]
    source: Literal["assumption", "experiment", "survey"]
    """What its spread follows from."""


class StatementRange(Result, frozen=True, kw_only=True):
    """A statement's figures with their ranges."""

    period: str
    start: date
    end: date
    """Day after the last."""
    scope: str
    """portfolio or a project's id."""
    currency: str
    data_version: int
    methodology: str
    made_at: datetime
    seed: int
    draws: int
    lines: Mapping[str, RangeLine]
    """Value categories, cost lines, value, investment, net value and ROI, by name."""
    chance_of_return: Decimal | None
    """Share of the draws in which ROI is above 0."""
    uncertain: tuple[UncertainInput, ...]
    """What was drawn."""
    exact: tuple[str, ...]
    """Assumptions that the figures use and that have no range: they count as exactly known."""
