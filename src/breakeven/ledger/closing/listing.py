"""The list of closings: every version of every month, and what came after the one that holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from breakeven.ledger.closing.late import after_close
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import LateFacts, Result
from breakeven.period import add_months
from breakeven.store.state_closings import Closing, chain


class Listed(Result, frozen=True, kw_only=True):
    """One link of the chain."""

    link: int
    period: str
    version: int
    holds: bool
    """Whether it is the month's latest version."""
    closed_at: datetime
    closed_by: str
    reason: str
    forced: bool
    methodology: str
    data_version: int
    hash: str
    late_records: int | None = None
    """Records of the month that came later; None for versions that no longer hold."""
    value_after: Decimal | None = None
    """What today's facts and methodology would change in its value."""
    cost_after: Decimal | None = None
    """The same of its cost."""
    late: tuple[LateFacts, ...] = ()


class Closings(Result, frozen=True, kw_only=True):
    """The chain, and the month that is next."""

    next: str | None
    """The month that can be closed next; None before the first close, which may be any month."""
    items: tuple[Listed, ...]


def listed(desk: Desk) -> Closings:
    """Every closing that existed at the desk's moment, in the order of the chain."""
    rows = chain(desk.state, desk.reading.as_of)
    holding = {row.period: row.version for row in rows}
    if not rows:
        return Closings(next=None, items=())
    months = list(desk.frozen.months)
    later = {one.period: one for one in after_close(desk, min(months), add_months(max(months), 1))}
    items = []
    for link, row in enumerate(rows, 1):
        holds, after = holding[row.period] == row.version, later.get(row.period)
        items.append(_listed(link, row, holds=holds, late=after.late if after else (),
                             sums=(after.value, after.cost) if after else (Decimal(0), Decimal(0))))  # fmt: skip
    return Closings(next=f"{add_months(max(months), 1):%Y-%m}", items=tuple(items))


def _listed(
    link: int, row: Closing, *, holds: bool, late: Sequence[LateFacts], sums: tuple[Decimal, Decimal]
) -> Listed:
    of_this = {
        "late_records": sum(one.added + one.corrected for one in late), "value_after": sums[0], "cost_after": sums[1],
        "late": tuple(late),
    }  # fmt: skip
    return Listed(
        link=link, period=row.period, version=row.version, holds=holds, closed_at=datetime.fromisoformat(row.closed_at),
        closed_by=row.who, reason=row.reason, forced=bool(row.forced), methodology=row.methodology,
        data_version=row.data_version, hash=row.hash, **(of_this if holds else {}),  # type: ignore[arg-type]
    )  # fmt: skip
