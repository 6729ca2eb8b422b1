"""Net present value and internal rate of return of what was invested, from the months so far.

The flow of a month is its value less its cost, with the implementation cost where it was spent: whole in the month in
which its write-off begins, and not in the parts in which the statement writes it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyxirr

from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import write_off
from breakeven.ledger.timeline import Series

RATE = "discount_rate"
"""The assumption that says at what rate a year future money is worth less: 0.08, or 8 with the unit %."""
NO_RATE = f"no discount rate is stated: add an assumption {RATE} (unit %, value 8) to assumptions.yaml"
FEW = "fewer than two months are over"
_LAST = Decimal("1e-6")
LARGEST = 1_000_000
"""Percent a year above which a rate says nothing any more: the first months were almost nothing."""
TOO_LARGE = f"a rate above {LARGEST:,} % a year: what was spent first is almost nothing beside what came back"


class Flow(Result, frozen=True, kw_only=True):
    """What a complete month brought less what was spent in it."""

    month: date
    amount: Decimal


class Returns(Result, frozen=True, kw_only=True):
    """The discounted view of the months so far."""

    flows: tuple[Flow, ...]
    """From the first month with an amount to the last complete one."""
    rate_percent: Decimal | None
    """Discount rate a year."""
    npv: Decimal | None
    """Flows at their worth in the first month."""
    npv_reason: str | None
    irr_percent: Decimal | None
    """The rate a year at which the flows are worth nothing."""
    irr_reason: str | None


def returns(desk: Desk, until: date, projects: Sequence[str] | None = None) -> Returns:
    """Net present value and internal rate of return of the complete months before `until`.

    Raises UnknownName for a project.
    """
    scope = desk.check_projects(projects)
    flows = _flows(desk, desk.series(desk.monthly(projects=scope)), until, scope)
    rate = _rate(desk, flows)
    npv, npv_reason = _npv(flows, rate)
    irr, irr_reason = _irr(flows)
    return Returns(
        flows=flows, rate_percent=None if rate is None else tidy(rate * 100), npv=npv, npv_reason=npv_reason,
        irr_percent=irr, irr_reason=irr_reason,
    )  # fmt: skip


def _flows(desk: Desk, series: Series, until: date, scope: tuple[str, ...] | None) -> tuple[Flow, ...]:
    paid: dict[date, Decimal] = {}
    for project in desk.workspace.projects.values():
        if scope is not None and project.id not in scope:
            continue
        parts = write_off(project)
        if parts:
            first = min(parts)
            paid[first] = paid.get(first, Decimal(0)) - sum(parts.values(), Decimal(0))
            for month, part in parts.items():
                paid[month] = paid.get(month, Decimal(0)) + part
    points = [point for point in series.points(until) if point.complete]
    return tuple(Flow(month=one.month, amount=tidy(one.net + paid.get(one.month, Decimal(0)))) for one in points)


def _rate(desk: Desk, flows: Sequence[Flow]) -> Decimal | None:
    """The stated discount rate a year, as a share."""
    assumption = desk.workspace.assumptions.get(RATE)
    stated = assumption.on(flows[-1].month if flows else desk.reading.today) if assumption is not None else None
    if assumption is None or stated is None:
        return None
    return stated.value / 100 if assumption.unit == "%" else stated.value


def _npv(flows: Sequence[Flow], rate: Decimal | None) -> tuple[Decimal | None, str | None]:
    if rate is None:
        return None, NO_RATE
    if rate <= -1:
        return None, f"the discount rate of {tidy(rate * 100)} % a year takes everything away"
    if not flows:
        return None, "no month is complete yet"
    monthly = float(1 + rate) ** (1 / 12) - 1
    found = pyxirr.npv(monthly, [float(flow.amount) for flow in flows])
    if found is None:
        return None, "it cannot be computed from these amounts"
    return tidy(Decimal(repr(round(found, 2)))), None


def _irr(flows: Sequence[Flow]) -> tuple[Decimal | None, str | None]:
    amounts = [float(flow.amount) for flow in flows]
    if len(amounts) < 2:
        return None, FEW
    if min(amounts) >= 0:
        return None, "no month cost more than it brought: there is no investment that a rate could be of"
    if max(amounts) <= 0:
        return None, "no month brought more than it cost"
    monthly = pyxirr.irr(amounts, silent=True)
    if monthly is None or monthly <= -1:
        return None, "no rate makes these months worth nothing"
    if monthly > (1 + LARGEST / 100) ** (1 / 12) - 1:
        return None, TOO_LARGE
    yearly = Decimal(repr((1 + monthly) ** 12 - 1)) * 100
    return tidy(yearly.quantize(_LAST)), None
