"""Invoices against meters of a period, added up by vendor: the months in which both are known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.ledger.invoicing.reconcile import Reconciled, Reconciliation
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.results import Result

_SHARE = Decimal("1e-6")


class VendorGap(Result, frozen=True, kw_only=True):
    """One vendor, or all of them."""

    vendor: str
    months: int
    """In which both are known; the amounts are of these."""
    metered: Decimal | None
    invoice: Decimal | None
    gap: Decimal | None
    """Invoice less meter."""
    gap_share: Decimal | None
    """Of the meter: how far the invoice is above it."""
    beyond: int
    """Months beyond the tolerance."""
    beyond_tolerance: bool
    """Whether the sum is beyond it."""
    waiting: int
    """Months that are metered and have no invoice yet."""
    unmetered: int
    """Months that are invoiced and not metered."""


class VendorGaps(Result, frozen=True, kw_only=True):
    """All vendors of a period."""

    vendors: tuple[VendorGap, ...]
    """The largest invoice first."""
    total: VendorGap
    to_reconcile: Decimal
    """Gaps of the vendors beyond the tolerance, whichever way."""
    tolerance: Decimal | None


def by_vendor(found: Reconciliation) -> VendorGaps:
    """The rows of a reconciliation by vendor, and all together."""
    rows: dict[str, list[Reconciled]] = {}
    for row in found.rows:
        rows.setdefault(row.vendor, []).append(row)
    vendors = [_added(vendor, mine, found.tolerance) for vendor, mine in rows.items()]
    vendors.sort(key=lambda one: (one.invoice is None, -(one.invoice or one.metered or Decimal(0)), one.vendor))
    off = (abs(one.gap) for one in vendors if one.beyond_tolerance and one.gap is not None)
    return VendorGaps(vendors=tuple(vendors), total=_added("", found.rows, found.tolerance),
                      to_reconcile=tidy(sum(off, Decimal(0))), tolerance=found.tolerance)  # fmt: skip


def _added(vendor: str, rows: Sequence[Reconciled], tolerance: Decimal | None) -> VendorGap:
    both = [row for row in rows if row.gap is not None]
    metered = sum((row.metered or Decimal(0) for row in both), Decimal(0)) if both else None
    invoice = sum((row.invoice or Decimal(0) for row in both), Decimal(0)) if both else None
    gap = invoice - metered if invoice is not None and metered is not None else None
    beyond = tolerance is not None and gap is not None and abs(gap) > tolerance * abs(invoice or Decimal(0))
    return VendorGap(
        vendor=vendor, months=len({row.month for row in both}), metered=tidy_or_none(metered),
        invoice=tidy_or_none(invoice), gap=tidy_or_none(gap),
        gap_share=(gap / metered).quantize(_SHARE) if gap is not None and metered else None,
        beyond=sum(row.beyond_tolerance for row in rows), beyond_tolerance=beyond,
        waiting=len({row.month for row in rows if row.invoice is None and row.metered is not None}),
        unmetered=len({row.month for row in rows if row.metered is None and row.invoice is not None}),
    )  # fmt: skip
