"""Invoice against meter, by vendor and month, with the gap taken apart (see `ledger/invoicing/gap.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.billed import NOTHING, billed
from breakeven.ledger.invoicing.billing import NO_INVOICE, NO_TRAFFIC, Bill, billing
from breakeven.ledger.invoicing.gap import Part, Seen, parts_of
from breakeven.ledger.invoicing.meters import Metering, lines_of, meterings, traffic_of
from breakeven.ledger.invoicing.usage import (
    SILENCE,
    metered_by_day,
    metered_currencies,
    metered_usage,
    own_priced,
    unit_prices,
    usage_in_bill,
)
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import literal, relation
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.results import Result
from breakeven.ledger.window import Window, window
from breakeven.period import Grain, Period, add_months
from breakeven.workspace.meters import plain_name

UNPRICED = "metered without a known cost, no invoice yet"
MOST = 20
"""Vendors that are listed as not metered."""


class Reconciled(Result, frozen=True, kw_only=True):
    """One vendor in one month."""

    vendor: str
    meter: str
    """Name of the meter: as declared in allocation.yaml, or the provider's name."""
    providers: tuple[str, ...]
    month: date
    basis: Literal["invoice", "meter", "direct"]
    """What the statement uses: the invoice, the metered cost, or the invoice where its lines stand."""
    words: str
    """Why."""
    invoice: Decimal | None
    """In the workspace's currency; None: there is no bill, or its rate is unknown."""
    metered: Decimal | None
    """Known metered cost; None: none is known."""
    gap: Decimal | None
    """Invoice − metered."""
    gap_share: Decimal | None
    """Gap ÷ invoice."""
    beyond_tolerance: bool
    parts: tuple[Part, ...]
    """Known parts add up to the gap; none where there is no gap."""


class UnmeteredVendor(Result, frozen=True, kw_only=True):
    """A vendor on the bills that no meter is matched with."""

    vendor: str
    amount: Decimal | None


class Reconciliation(Result, frozen=True, kw_only=True):
    """Invoices against meters of a period."""

    period: str
    start: date
    end: date
    currency: str
    data_version: int
    methodology: str
    tolerance: Decimal | None
    """Share of the invoice; None: any gap is tolerated."""
    beyond_tolerance: int
    """Number of rows beyond it."""
    rows: tuple[Reconciled, ...]
    """By month and vendor."""
    not_metered: tuple[UnmeteredVendor, ...]
    """Vendors of usage on the bills of the period whose traffic is not metered; allocation.yaml can say whose it is."""


def tolerance_of(text: str) -> Decimal:
    """A share: 2%, 0.02. Raises UsageProblem."""
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        share = Decimal(number) / (100 if percent else 1)
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 <= share < 1:
        raise UsageProblem(f"{text!r} is no tolerance: write a share of the invoice such as 2% or 0.02")
    return share


def reconcile(
    desk: Desk, period: Period, vendor: str | None = None, tolerance: Decimal | None = None
) -> Reconciliation:
    """The invoices of a period of whole months against their meters.

    `tolerance`: share of the invoice that a gap may have. Raises UsageProblem for a period that is not of whole months,
    UnknownName for a vendor that no meter has.
    """
    span = desk.window(period.start, period.end)
    if not span.whole_months:
        raise UsageProblem(f"invoices are reconciled by whole months, {period.name} is not: name a month or a year")
    reading = desk.reading
    meters = _chosen(meterings(reading), vendor)
    gaps = _Gaps(reading, span, [one for one in meters if one.lines and one.providers])
    found = [_row(gaps, meter, bill, tolerance) for meter, bill in _bills(reading, meters, period, span)]
    return Reconciliation(
        period=period.name, start=period.start, end=period.end, currency=desk.workspace.currency,
        data_version=reading.moment.versions.data, methodology=desk.workspace.methodology.version, tolerance=tolerance,
        beyond_tolerance=sum(row.beyond_tolerance for row in found), rows=tuple(found),
        not_metered=_not_metered(reading, span, meters) if vendor is None else (),
    )  # fmt: skip


def _chosen(meters: Sequence[Metering], vendor: str | None) -> list[Metering]:
    if vendor is None:
        return list(meters)
    wanted = plain_name(vendor)
    found = [one for one in meters if wanted in (plain_name(one.name), plain_name(one.vendor))]
    if not found:
        raise UnknownName("vendor", vendor, [one.vendor for one in meters])
    return found


def _bills(reading: Reading, meters: Sequence[Metering], period: Period, span: Window) -> list[tuple[Metering, Bill]]:
    """What the ledger does with each meter and month, in order; those never billed among them."""
    both = {one.name: one for one in meters if one.lines and one.providers}
    found = [(both[bill.meter], bill) for bill in billing(reading, period.months(), span).bills if bill.meter in both]
    never = [one for one in meters if not one.lines]
    idle = [one for one in meters if not one.providers]
    counted = [part for part in traffic_of(reading, span, never) if part.cost is not None or part.unknown_tokens]
    found += _sums(never, [(part.meter, part.month, part.cost) for part in counted], "meter")
    found += _sums(idle, [(part.meter, part.month, part.amount) for part in lines_of(reading, span, idle)], "direct")
    return sorted(found, key=lambda one: (one[1].month, one[1].vendor.lower(), one[1].meter))


def _sums(
    meters: Sequence[Metering], amounts: Sequence[tuple[str, date, Decimal | None]], basis: Literal["meter", "direct"]
) -> list[tuple[Metering, Bill]]:
    """What has only a meter, or only bills."""
    sums: dict[tuple[str, date], Decimal | None] = {}
    for name, month, amount in amounts:
        known = sums.get((name, month))
        sums[name, month] = known if amount is None else amount + (known or Decimal(0))
    by_name, found = {one.name: one for one in meters}, []
    for (name, month), amount in sums.items():
        one, metered = by_name[name], basis == "meter"
        found.append((one, Bill(
            meter=name, vendor=one.vendor, providers=one.providers, month=month, basis=basis,
            invoice=None if metered else amount, metered=amount if metered else None,
            words=NO_TRAFFIC if not metered else NO_INVOICE if amount is not None else UNPRICED,
        )))  # fmt: skip
    return found


def _row(gaps: _Gaps, meter: Metering, bill: Bill, tolerance: Decimal | None) -> Reconciled:
    gap = bill.invoice - bill.metered if bill.invoice is not None and bill.metered is not None else None
    share = (gap / bill.invoice).quantize(Decimal("0.000001")) if gap is not None and bill.invoice else None
    beyond = tolerance is not None and gap is not None and abs(gap) > tolerance * abs(bill.invoice or Decimal(0))
    parts = gaps.parts(meter, bill.month, gap) if gap is not None else ()
    return Reconciled(
        vendor=bill.vendor, meter=bill.meter, providers=bill.providers, month=bill.month, basis=bill.basis,
        words=bill.words, invoice=tidy_or_none(bill.invoice), metered=tidy_or_none(bill.metered),
        gap=tidy_or_none(gap), gap_share=share, beyond_tolerance=beyond, parts=parts,
    )  # fmt: skip


class _Gaps:
    """What is known of all meters and months of a period, read at once."""

    def __init__(self, reading: Reading, span: Window, meters: Sequence[Metering]) -> None:
        self._reading = reading
        self._bills = billed(reading, span, meters)
        self._usage = metered_usage(reading, span, meters)
        self._currencies = metered_currencies(reading, span, meters)

    def parts(self, meter: Metering, month: date, gap: Decimal) -> tuple[Part, ...]:
        """The parts of one gap."""
        reading, place = self._reading, (meter.name, month)
        span = window(month, add_months(month, 1), reading.workspace.calendar)
        bill, usage = self._bills.get(place, NOTHING), self._usage.get(place, SILENCE)
        seen = Seen(
            currency=reading.workspace.currency, bill=bill, month=usage,
            cut=usage_in_bill(reading, meter, span, bill, usage),
            prices=lambda counted: unit_prices(reading, counted, span),
            own_prices=lambda: own_priced(reading, usage, span), rates=reading.workspace.rates,
            by_day=lambda: metered_by_day(reading, meter, span), metered_in=self._currencies.get(place, set()),
        )  # fmt: skip
        return tuple(_tidy(part) for part in parts_of(seen, gap))


def _tidy(part: Part) -> Part:
    amount = None if part.amount is None else tidy(part.amount)
    return Part(name=part.name, label=part.label, amount=amount, rule=part.rule, reason=part.reason)


def _not_metered(reading: Reading, span: Window, meters: Sequence[Metering]) -> tuple[UnmeteredVendor, ...]:
    """Vendors of compute on the bills whose traffic no meter counts."""
    metered = [literal(vendor) for one in meters for vendor, _ in one.lines]
    without = f"AND vendor NOT IN ({', '.join(metered)})" if metered else ""
    rows = reading.moment.query(f"""
        SELECT vendor, sum(amount) AS amount FROM ({relation("cost", span, Grain.MONTH, reading.setting("cost"))})
        WHERE vendor IS NOT NULL AND category = 'compute' {without}
        GROUP BY vendor ORDER BY abs(coalesce(sum(amount), 0)) DESC, vendor LIMIT {MOST}
    """)
    return tuple(UnmeteredVendor(vendor=row["vendor"], amount=tidy_or_none(row["amount"])) for row in rows.to_pylist())
