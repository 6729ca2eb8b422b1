"""The shapes of a business case: plan, actual and forecast, month by month and as a whole."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from breakeven.ledger.results import Payback, Result

Status = Literal["no plan", "not started", "not known", "as planned", "ahead of plan", "behind plan"]


class CaseMonth(Result, frozen=True, kw_only=True):
    """One month of a business case."""

    month: date
    phase: Literal["over", "open", "ahead"]
    plan_cost: Decimal
    plan_benefit: Decimal
    plan_net: Decimal
    plan_cumulative: Decimal
    actual_cost: Decimal | None
    """None: not known, or the month lies ahead."""
    actual_benefit: Decimal | None
    actual_net: Decimal | None
    actual_cumulative: Decimal | None
    """Of what is known so far; None where the month lies ahead."""
    variance: Decimal | None
    """Actual net less planned net, of a month that is over: below 0 is worse than planned."""
    forecast_cost: Decimal
    """Actual of a month that is over, else the plan times the index."""
    forecast_benefit: Decimal
    forecast_net: Decimal
    forecast_cumulative: Decimal


class CaseSide(Result, frozen=True, kw_only=True):
    """Cost or benefit of a business case."""

    planned: Decimal
    """Over the whole horizon."""
    planned_to_date: Decimal
    """Of the months that are over and whose actual is known."""
    actual_to_date: Decimal | None
    variance: Decimal | None
    """Actual less plan of the same months."""
    index: Decimal | None
    """Actual ÷ plan of the same months; None: it cannot be said, and the rest of the plan stands."""
    at_completion: Decimal
    """Estimate at the end of the horizon."""
    variance_at_completion: Decimal
    """Estimate less plan."""
    reason: str | None
    """What is left out, or why there is no index."""


class Case(Result, frozen=True, kw_only=True):
    """The business case of a project against what happened."""

    project: str
    name: str
    currency: str
    status: Status
    words: str
    """The status in a sentence, or why there is no plan."""
    plan: Literal["approved", "declared"] | None
    """approved: frozen; declared: as projects.yaml says today."""
    version: int | None
    approved_by: str | None
    approved_at: datetime | None
    note: str | None
    declared_approval: date | None
    """The date of approval that projects.yaml states."""
    changes: tuple[str, ...]
    """What projects.yaml says otherwise than the approved plan."""
    months: tuple[CaseMonth, ...]
    cost: CaseSide | None
    benefit: CaseSide | None
    planned_roi_percent: Decimal | None
    forecast_roi_percent: Decimal | None
    planned_payback: Payback | None
    forecast_payback: Payback | None
    method: str
    data_version: int
    methodology: str
    made_at: datetime
