"""The route of the reconciliation."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from breakeven.ledger.invoicing.reconcile import Reconciliation, reconcile, tolerance_of
from breakeven.web import filters
from breakeven.web.filters import Given

VendorText = Annotated[str | None, QueryParameter(name="vendor", description="Only this vendor or meter.")]
ToleranceText = Annotated[
    str | None, QueryParameter(description="Gap that is tolerated, as a share of the invoice: 2% or 0.02.")
]


@get("/reconcile", sync_to_thread=True)
def reconciliation(
    services: Given, period: filters.PeriodText = "last-month", vendor: VendorText = None,
    tolerance: ToleranceText = None,
) -> Reconciliation:  # fmt: skip
    """Invoices against meters by vendor and month, each gap taken apart."""
    now = services.clock()
    span, most = filters.period(services, period, now), None if tolerance is None else tolerance_of(tolerance)
    with services.ledger.desk(now) as desk:
        return reconcile(desk, span, vendor, most)
