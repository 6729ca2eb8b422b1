"""What the metered cost of a period stands on: invoices, or meters without one."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.billing import NO_INVOICE, billing
from breakeven.ledger.invoicing.meters import meterings, traffic_of
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import MeteredCost
from breakeven.ledger.window import Window
from breakeven.period import Period, add_months


def cost_basis(desk: Desk, period: Period, scope: tuple[str, ...] | None = None) -> tuple[MeteredCost, ...]:
    """The metered cost of some whole months by vendor and basis, closed months left out; kept until a fact changes."""
    reading, span = desk.reading, desk.window(period.start, period.end)
    versions = reading.moment.versions.by_kind
    version = versions.get("interaction", 0), versions.get("cost", 0), desk.state.version, reading.today
    question = "cost basis", span, scope, desk.sealed
    return reading.cache.get(question, version, lambda: _cost_basis(desk, period, span, scope))


def _cost_basis(desk: Desk, period: Period, span: Window, scope: tuple[str, ...] | None) -> tuple[MeteredCost, ...]:
    reading, months = desk.reading, desk.book().months
    closed = {one.seal.period for one in desk.frozen.within(period.start, period.end)} if desk.sealed else set()
    meters = {one.name: one for one in meterings(reading)}
    billed = billing(reading, months, desk.window(months[0], add_months(months[-1], 1)))
    bills = {(bill.meter, bill.month): bill for bill in billed.bills}
    sums: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    touched: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for part in traffic_of(reading, span, tuple(meters.values())):
        name = f"{part.month:%Y-%m}"
        if name in closed or (scope is not None and part.project not in scope):
            continue
        amount = billed.invoiced.get((part.month, part.meter, part.project))
        bill = bills.get((part.meter, part.month))
        words = NO_INVOICE if bill is None else bill.words
        key = meters[part.meter].vendor, "meter" if amount is None else "invoice", words
        if amount is None and not part.cost:
            continue
        sums[key] += part.cost or Decimal(0) if amount is None else amount
        touched[key].add(name)
    return tuple(
        MeteredCost(vendor=vendor, basis="invoice" if basis == "invoice" else "meter", amount=tidy(amount),
                    months=tuple(sorted(touched[vendor, basis, words])), words=words)
        for (vendor, basis, words), amount in sorted(sums.items())
    )  # fmt: skip
