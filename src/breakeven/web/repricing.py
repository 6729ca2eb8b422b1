"""POST /v1/reprice: what other prices change, and applying it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import Body

from breakeven.errors import UsageProblem
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.repricing import Approval, Ask, RepriceReport, reprice
from breakeven.pricing import Prices
from breakeven.web.filters import Given
from breakeven.web.services import Services
from breakeven.workspace.price_list import price_text

PRICES = "prices of the request"
"""What they are called in messages, in the answer and in the audit log."""
_NUMBERS = msgspec.json.Encoder(decimal_format="number")


class PriceGiven(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A dated price, as in prices.yaml; money per million tokens."""

    model: str
    """* at the end matches any rest."""
    input_per_million: Decimal
    output_per_million: Decimal
    cached_per_million: Decimal | None = None
    """None: cached tokens cost what input costs."""
    provider: str | None = None
    start: date | None = None
    currency: str | None = None
    source: str | None = None


class RepriceRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which interactions are priced again, and at what."""

    start: str = msgspec.field(name="from")
    """First period: a day, month, quarter or year."""
    end: str | None = msgspec.field(name="to", default=None)
    """Last period, included; null: all since."""
    project: str | None = None
    include_reported: bool = False
    """Also costs that their source reported."""
    prices: list[PriceGiven] = []
    """These go before the workspace's own."""
    apply: bool = False
    """false tells what would change and writes nothing."""
    by: str = ""
    """Who applies it; stands in the audit log."""
    note: str = ""
    """Why it is applied; stands in the audit log."""


@post("/reprice", sync_to_thread=True, status_code=200)
def reprice_route(services: Given, data: Annotated[RepriceRequest, Body(title="What to price again")]) -> RepriceReport:
    """Price interactions again: a preview by month and project, or with `apply` for good."""
    approval = Approval(by=data.by, note=data.note) if data.apply else None
    if not data.apply and (data.by or data.note):
        raise UsageProblem("by and note go with apply: without it nothing is written")
    given = _prices(services, data.prices)
    ask = Ask(
        start=data.start, end=data.end, project=data.project, include_reported=data.include_reported, prices=given,
        prices_name="prices of the workspace" if given is None else PRICES,
    )  # fmt: skip
    report = reprice(
        services.workspace, services.store, services.ledger.state, ask, now=services.clock(), approval=approval
    )
    if report.applied:
        services.hub.committed(Outcome(accepted=report.changed))
    return report


def _prices(services: Services, given: list[PriceGiven]) -> Prices | None:
    """Checked as the file would be. Raises WorkspaceInvalid."""
    if not given:
        return None
    return price_text(_NUMBERS.encode({"prices": given}).decode(), PRICES, services.workspace)
