"""Cost truth: the invoice is the truth, the meter is the key.

Where a bill covers a month, its amount takes the place of the metered cost of the same traffic and is distributed over
projects in proportion to it; its lines leave the direct cost and the pools they stood in, so that nothing is counted
twice. Where there is no such bill, the metered cost stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec

from breakeven.ledger.invoicing.meters import (
    Lines,
    Metering,
    Traffic,
    lines_of,
    metered_days,
    meterings,
    never_billed,
    traffic_of,
)
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.window import Window
from breakeven.money import cents, split
from breakeven.period import add_months

NEAR = timedelta(days=1)
"""A bill reaches a day if it ends at most this long before it: bills are cut in UTC, and often before the last call."""
NO_INVOICE = "metered, no invoice yet"
NO_TRAFFIC = "an invoice without metered traffic: it stays where its lines stand"
Basis = Literal["invoice", "meter", "direct"]
Part = TypeVar("Part", Lines, Traffic)


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger does with one meter in one month."""

    meter: str
    vendor: str
    providers: tuple[str, ...]
    month: date
    basis: Basis
    """invoice: the invoice, distributed by the meter; meter: the metered cost; direct: the lines stay where they
    are."""
    invoice: Decimal | None
    """What the lines of the month add up to, as far as it is known; None: there are none."""
    metered: Decimal | None
    """Known metered cost; None: none is known."""
    words: str
    """Why."""


class Billing(msgspec.Struct, frozen=True, kw_only=True):
    """What invoices change in the cost lines; nothing where nothing is invoiced."""

    direct: Mapping[tuple[date, str], Decimal]
    """(Month, project) → change of the direct cost."""
    metered: Mapping[tuple[date, str], Decimal]
    """(Month, project) → change of the metered cost."""
    pooled: Mapping[tuple[date, str], Decimal]
    """(Month, pool) → change of the pool."""
    notes: Mapping[tuple[date, str], str]
    """(Month, project) → what the metered cost is: invoiced, or metered without an invoice."""
    invoiced: Mapping[tuple[date, str, str], Decimal]
    """(Month, meter, project) → part of the invoice, where it stands in place of the meter."""
    bills: tuple[Bill, ...]
    """By month and meter."""
    categories: Mapping[tuple[date, str, bool, str], Decimal] = {}
    """(Month, project or pool, whether it is a pool, category) → change: `direct` and `pooled` by category."""


def billing(reading: Reading, months: Sequence[date], span: Window) -> Billing:
    """Invoices against meters in some months; `span` is their window. Kept until cost or traffic changes."""
    versions = reading.moment.versions.by_kind
    version = versions.get("cost", 0), versions.get("interaction", 0), reading.today
    return reading.cache.get(("billing", span), version, lambda: _billing(reading, months, span))


def _billing(reading: Reading, months: Sequence[date], span: Window) -> Billing:
    every = meterings(reading)
    meters = [one for one in every if one.lines and one.providers]
    made = _Made(reading)
    if meters:
        version = reading.moment.versions.by_kind.get("cost", 0), tuple(meters)
        lines = reading.cache.get(("lines", span), version, lambda: lines_of(reading, span, meters))
        traffic = traffic_of(reading, span, meters)
        days = metered_days(reading, span, meters)
        by_lines, by_traffic = _grouped(lines), _grouped(traffic)
        for month in months:
            for meter in meters:
                key = meter.name, month
                if key in by_lines or key in by_traffic:
                    made.settle(meter, month, by_lines.get(key, []), by_traffic.get(key, []), days.get(key))
    for place, providers in never_billed(reading, span, every).items():
        made.notes[place].append(f"{providers}: {NO_INVOICE}")
    return Billing(direct=made.direct, metered=made.metered, pooled=made.pooled, invoiced=made.invoiced,
                   categories=made.categories, notes={name: "; ".join(words) for name, words in made.notes.items()},
                   bills=tuple(made.bills))  # fmt: skip


def _grouped(parts: Sequence[Part]) -> dict[tuple[str, date], list[Part]]:
    found: defaultdict[tuple[str, date], list[Part]] = defaultdict(list)
    for part in parts:
        found[part.meter, part.month].append(part)
    return found


class _Made:
    """The changes, while they are made."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.direct: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
        self.metered: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
        self.pooled: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
        self.categories: defaultdict[tuple[date, str, bool, str], Decimal] = defaultdict(Decimal)
        self.notes: defaultdict[tuple[date, str], list[str]] = defaultdict(list)
        self.invoiced: dict[tuple[date, str, str], Decimal] = {}
        self.bills: list[Bill] = []

    def settle(
        self, meter: Metering, month: date, lines: Sequence[Lines], traffic: Sequence[Traffic],
        days: tuple[date, date] | None,
    ) -> None:  # fmt: skip
        """Decide what one month of one meter costs."""
        keys = weights(traffic)
        basis, words = self._basis(month, lines, keys, days)
        known = {part.project: part.cost for part in traffic if part.cost is not None}
        amounts = [line.amount for line in lines if line.amount is not None]
        self.bills.append(Bill(
            meter=meter.name, vendor=meter.vendor, providers=meter.providers, month=month, basis=basis,
            invoice=sum(amounts, Decimal(0)) if amounts else None,
            metered=sum(known.values(), Decimal(0)) if known else None, words=words,
        ))  # fmt: skip
        if basis == "direct":
            return
        named, shared = self._take_out(month, lines, keys)
        if basis == "invoice":
            self._put_in(meter, month, distributed(named, shared, keys), known)
        else:
            for project in known:
                self.notes[month, project].append(f"{meter.vendor}: {words}")

    def _basis(
        self, month: date, lines: Sequence[Lines], keys: Mapping[str, Decimal],
        days: tuple[date, date] | None,
    ) -> tuple[Basis, str]:  # fmt: skip
        if not lines:
            return "meter", NO_INVOICE
        if not any(keys.values()):
            return "direct", NO_TRAFFIC
        if not any(line.regular for line in lines):
            return "direct", "a credit or correction without an invoice: it stays where it stands"
        lost = next((line.no_rate for line in lines if line.no_rate), None)
        if lost is not None:
            return "meter", f"metered, the invoice is not known: {lost}"
        gap = uncovered(lines, month, self._reading.open_month, days)
        if gap is not None:
            return "meter", f"metered, the bill {gap}"
        return "invoice", "the invoice, distributed by the meter"

    def _take_out(
        self, month: date, lines: Sequence[Lines], keys: Mapping[str, Decimal]
    ) -> tuple[dict[str, Decimal], Decimal]:
        """Take the lines out of direct cost and pools: amounts by project that they name, and what is to be shared."""
        named: dict[str, Decimal] = {}
        shared = Decimal(0)
        for line in lines:
            amount = line.amount or Decimal(0)
            own = line.pool is None and line.project in self._reading.workspace.projects
            if own and line.project not in keys:
                continue  # the project has no metered traffic: its line is no invoice for any
            if own:
                named[line.project] = named.get(line.project, Decimal(0)) + amount
            else:
                shared += amount
            if line.pool is None:
                self.direct[month, line.project] -= amount
            else:
                self.pooled[month, line.pool] -= amount
            self.categories[month, line.pool or line.project, line.pool is not None, line.category] -= amount
        return named, shared

    def _put_in(self, meter: Metering, month: date, parts: Mapping[str, Decimal], known: Mapping[str, Decimal]) -> None:
        for project, part in parts.items():
            metered = known.get(project)
            self.metered[month, project] += part - (metered or Decimal(0))
            self.invoiced[month, meter.name, project] = part
            instead = "unknown" if metered is None else f"{cents(metered)}"
            self.notes[month, project].append(f"{meter.vendor}: invoiced {cents(part)}, metered {instead}")


def weights(traffic: Sequence[Traffic]) -> dict[str, Decimal]:
    """Project → what it counts for in the distribution of an invoice.

    Its known metered cost, and for its calls without a known cost their tokens at the average cost of a token of the
    calls with one. Where no cost is known at all, the tokens alone.
    """
    tokens = sum(part.tokens for part in traffic if part.cost is not None)
    cost = sum((part.cost for part in traffic if part.cost is not None and part.tokens), Decimal(0))
    price = cost / tokens if tokens and cost > 0 else None
    if not any(part.cost for part in traffic):
        price = Decimal(1)
    return {
        part.project: (part.cost or Decimal(0)) + part.unknown_tokens * (price or Decimal(0)) for part in traffic
    }  # fmt: skip


def distributed(named: Mapping[str, Decimal], shared: Decimal, keys: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The invoice by project: lines that name one, the rest in proportion to the meters of the others.

    Where every metered project has lines of its own, the rest is shared by all of them. Whole cents by largest
    remainder; what the amount has beyond cents goes to the largest part.
    """
    others = {project: weight for project, weight in keys.items() if project not in named}
    parts = _in_cents(shared, others if any(others.values()) else keys)
    return {project: named.get(project, Decimal(0)) + parts.get(project, Decimal(0)) for project in keys}


def _in_cents(amount: Decimal, keys: Mapping[str, Decimal]) -> dict[str, Decimal]:
    names = sorted(project for project, weight in keys.items() if weight > 0)
    parts = dict(zip(names, split(amount, [keys[name] for name in names]), strict=True))
    parts[max(names, key=lambda name: keys[name])] += amount - cents(amount)
    return parts


def uncovered(lines: Sequence[Lines], month: date, open_month: date, days: tuple[date, date] | None) -> str | None:
    """What of a month its bill does not reach, in words; None: it covers the month.

    A month that is not over is covered by lines whose spans reach from its first to its last day. One that is over is
    covered by a line without a span, or if no metered day lies more than a day outside the spans of the lines.
    """
    firsts = [line.first for line in lines if line.first is not None]
    lasts = [line.last for line in lines if line.last is not None]
    first, last = min(firsts), max(lasts)
    is_open = month >= open_month
    if is_open:
        need = month, add_months(month, 1) - timedelta(days=1)
    elif any(line.moment for line in lines) or days is None:
        return None
    else:
        need = days
    if first - NEAR > need[0]:
        return f"begins only on {first}"
    if last + NEAR < need[1]:
        return f"reaches only to {last}"
    return None
