"""From filters to a moment of the ledger: what a page is made from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec

from breakeven.ledger.desk import Desk
from breakeven.period import Period
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.query import moment_of, period_of
from breakeven.views.comparison import title
from breakeven.views.format import Display
from breakeven.web.services import Services


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    desk: Desk
    period: Period
    projects: tuple[str, ...] | None
    show: Display
    words: str

    def remarks(self, honours: Collection[str]) -> tuple[tuple[str, str], ...]:
        return ()


@contextmanager
def asked(services: Services, filters: Filters, now: datetime) -> Iterator[Asked]:
    ledger = services.ledger
    as_of = moment_of(ledger, filters.as_of or None, now)
    period = period_of(ledger, filters.period, now, as_of)
    with ledger.desk(now, as_of) as desk:
        projects = desk.check_projects(filters.project or None)
        yield Asked(desk=desk, period=period, projects=projects, show=Display(currency=desk.workspace.currency),
                    words=title(period))  # fmt: skip
