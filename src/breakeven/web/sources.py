"""The route of the pulled sources."""

from __future__ import annotations

import msgspec
from litestar import get

from breakeven.views.trust.pulls import PullStatus, pull_statuses
from breakeven.web.filters import Given


class SourceList(msgspec.Struct, frozen=True, kw_only=True):
    """Every source that is pulled."""

    items: list[PullStatus]
    next: None = None


@get("/sources", sync_to_thread=True)
def source_list(services: Given) -> SourceList:
    """Sources that are pulled: last and next run, records, lag, errors, and what is wrong with them."""
    return SourceList(items=pull_statuses(services.workspace, services.ledger.state, services.clock()))
