"""One plan beside what happened: variance, forecast to complete, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from breakeven.ledger.cases.plan import Plan
from breakeven.ledger.cases.results import CaseMonth, CaseSide, Status
from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import EXACT, tidy, tidy_or_none
from breakeven.ledger.results import Payback
from breakeven.ledger.timeline import Series, payback
from breakeven.money import cents
from breakeven.period import add_months

TOLERANCE = Decimal("0.1")
"""Part of the larger of planned cost and benefit so far within which the net value is as planned."""
_FINEST = Decimal("1e-12")


class Comparison:
    """One plan beside the book."""

    def __init__(self, desk: Desk, project: str, plan: Plan) -> None:
        self.desk, self.plan = desk, plan
        self.open_month = desk.reading.open_month
        series = desk.series(desk.monthly(projects=(project,)))
        known = dict(zip(series.months, zip(series.value, series.cost, strict=True), strict=True))
        first = min([min(plan), *(month for month, (value, cost) in known.items() if value or cost)])
        self.span: list[date] = []
        while not self.span or self.span[-1] < max(plan):
            self.span.append(first if not self.span else add_months(self.span[-1], 1))
        self.actual_benefit = {month: known.get(month, (None, None))[0] for month in self.span}
        self.actual_cost = {month: known.get(month, (None, None))[1] for month in self.span}
        self.plan_benefit = {month: plan[month].benefit if month in plan else Decimal(0) for month in self.span}
        self.plan_cost = {month: plan[month].cost if month in plan else Decimal(0) for month in self.span}
        self.cost = self._side("cost", self.plan_cost, self.actual_cost)
        self.benefit = self._side("benefit", self.plan_benefit, self.actual_benefit)
        self.forecast_cost = self._forecast(self.cost, self.plan_cost, self.actual_cost)
        self.forecast_benefit = self._forecast(self.benefit, self.plan_benefit, self.actual_benefit)

    def _over(self, month: date) -> bool:
        return month < self.open_month

    def _side(
        self, name: str, plan: Mapping[date, Decimal], actual: Mapping[date, Decimal | None]
    ) -> CaseSide:  # fmt: skip
        over = [month for month in self.span if self._over(month)]
        unknown = [month for month in over if actual[month] is None and month in self.plan]
        known = [month for month in over if actual[month] is not None]
        so_far = sum((actual[month] or Decimal(0) for month in known), Decimal(0))
        planned = sum((plan[month] for month in known), Decimal(0))
        index, reason = self._index(name, so_far, planned, over=bool(known))
        if unknown:
            named = ", ".join(f"{month:%Y-%m}" for month in unknown[:3]) + (" …" if len(unknown) > 3 else "")
            said = f"without {len(unknown)} months whose {name} is not known: {named}"
            reason = f"{reason}; {said}" if reason else said
        rest = sum((plan[month] for month in self.span if not self._over(month)), Decimal(0))
        whole = sum(plan.values(), Decimal(0))
        end = so_far + _times(rest, index)
        return CaseSide(
            planned=tidy(whole), planned_to_date=tidy(planned), actual_to_date=tidy(so_far) if known else None,
            variance=tidy(so_far - planned) if known else None, index=tidy_or_none(index), at_completion=tidy(end),
            variance_at_completion=tidy(end - whole), reason=reason,
        )  # fmt: skip

    def _index(self, name: str, so_far: Decimal, planned: Decimal, *, over: bool) -> tuple[Decimal | None, str | None]:
        if not over:
            return None, "no month of the plan is over: the forecast is the plan"
        if not planned:
            return None, f"no {name} was planned so far: the rest of the plan stands"
        if not so_far and name == "cost":
            return None, "no cost so far: the rest of the plan stands"
        return EXACT.divide(so_far, planned).quantize(_FINEST, context=EXACT), None

    def _forecast(
        self, side: CaseSide, plan: Mapping[date, Decimal], actual: Mapping[date, Decimal | None]
    ) -> dict[date, Decimal]:
        """Actual of the months that are over, the plan times the index after them."""
        return {
            month: (actual[month] or Decimal(0)) if self._over(month) else _times(plan[month], side.index)
            for month in self.span
        }

    def months(self) -> tuple[CaseMonth, ...]:
        """Month by month."""
        found, planned, actual, expected = [], Decimal(0), Decimal(0), Decimal(0)
        for month in self.span:
            over, ahead = self._over(month), month > self.open_month
            cost, benefit = (None, None) if ahead else (self.actual_cost[month], self.actual_benefit[month])
            net = None if cost is None or benefit is None else benefit - cost
            plan_net = self.plan_benefit[month] - self.plan_cost[month]
            forecast_net = self.forecast_benefit[month] - self.forecast_cost[month]
            planned, expected = planned + plan_net, expected + forecast_net
            actual += (benefit or Decimal(0)) - (cost or Decimal(0))
            found.append(CaseMonth(
                month=month, phase="over" if over else "ahead" if ahead else "open",
                plan_cost=tidy(self.plan_cost[month]), plan_benefit=tidy(self.plan_benefit[month]),
                plan_net=tidy(plan_net), plan_cumulative=tidy(planned), actual_cost=tidy_or_none(cost),
                actual_benefit=tidy_or_none(benefit), actual_net=tidy_or_none(net),
                actual_cumulative=None if ahead else tidy(actual),
                variance=tidy(net - plan_net) if over and net is not None else None,
                forecast_cost=tidy(self.forecast_cost[month]), forecast_benefit=tidy(self.forecast_benefit[month]),
                forecast_net=tidy(forecast_net), forecast_cumulative=tidy(expected),
            ))  # fmt: skip
        return tuple(found)

    @property
    def planned_payback(self) -> Payback:
        """When the plan has its money back."""
        return self._payback(self.plan_benefit, self.plan_cost)

    @property
    def forecast_payback(self) -> Payback:
        """When actual and forecast together have it."""
        return self._payback(self.forecast_benefit, self.forecast_cost)

    def _payback(self, benefit: Mapping[date, Decimal], cost: Mapping[date, Decimal]) -> Payback:
        end = add_months(self.span[-1], 1)
        series = Series(self.span, [benefit[month] for month in self.span], [cost[month] for month in self.span],
                        self.desk.workspace.calendar, datetime.combine(add_months(end, 1), time(), UTC))  # fmt: skip
        return payback(series, end)

    def judged(self) -> tuple[Status, str]:
        """The status of the months that are over, in a word and in a sentence."""
        over = [month for month in self.span if self._over(month)]
        if not over:
            return "not started", f"no month of the plan is over; it starts in {min(self.plan):%Y-%m}"
        cost, benefit = self.cost, self.benefit
        if cost.actual_to_date is None or benefit.actual_to_date is None:
            missing = "cost" if cost.actual_to_date is None else "benefit"
            return "not known", f"nothing can be compared: no {missing} is known of the months that are over"
        planned = benefit.planned_to_date - cost.planned_to_date
        actual = benefit.actual_to_date - cost.actual_to_date
        room = TOLERANCE * max(cost.planned_to_date, abs(benefit.planned_to_date))
        status: Status = "as planned"
        if abs(actual - planned) > room:
            status = "ahead of plan" if actual > planned else "behind plan"
        said = f"net {cents(actual):,} after {len(over)} months, planned {cents(planned):,}"
        return status, f"{said}{self._dip(planned, actual, status)}; {self._returns()}"

    def _dip(self, planned: Decimal, actual: Decimal, status: Status) -> str:
        """What a negative net value means: the plan invests first."""
        if actual >= 0:
            return ""
        if planned >= 0 or status == "behind plan":
            return ", below what the plan foresees" if planned < 0 else ", where the plan had its money back already"
        deepest, total, lowest = self.span[0], Decimal(0), Decimal(0)
        for month in self.span:
            total += self.plan_benefit[month] - self.plan_cost[month]
            if total < lowest:
                lowest, deepest = total, month
        return f": the plan invests first and is lowest in {deepest:%Y-%m} at {cents(lowest):,}"

    def _returns(self) -> str:
        return f"payback planned {_when(self.planned_payback)}, forecast {_when(self.forecast_payback)}"


def _when(found: Payback) -> str:
    if found.reached_on is not None:
        return f"in {found.reached_on:%Y-%m}"
    return "not needed" if (found.reason or "").startswith("no payback needed") else "not within the horizon"


def _times(amount: Decimal, index: Decimal | None) -> Decimal:
    return amount if index is None else EXACT.multiply(amount, index).quantize(_FINEST, context=EXACT)
