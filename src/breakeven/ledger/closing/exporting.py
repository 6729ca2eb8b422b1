"""One export of the ledger: which months, in which format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from breakeven.errors import UnknownName
from breakeven.ledger.closing.beancount import as_beancount
from breakeven.ledger.closing.export import as_csv, as_parquet, rows, sealed_texts
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result
from breakeven.period import Period

FORMATS = ("csv", "parquet", "beancount", "sealed")
MEDIA_TYPES = {
    "csv": "text/csv", "parquet": "application/vnd.apache.parquet",
    "beancount": "text/plain", "sealed": "text/plain",
}  # fmt: skip
"""Media type of each format."""


class Export(Result, frozen=True, kw_only=True):
    """What was exported."""

    content: bytes
    months: int
    closed: int
    """Of these months; for `sealed` the number of texts."""
    entries: int


def export(desk: Desk, periods: Sequence[Period], form: str) -> Export:
    """Entries of the months that the periods touch (none: all months), or their sealed texts. Raises UnknownName."""
    if form not in FORMATS:
        raise UnknownName("format", form, FORMATS)
    months = _months(desk, periods)
    closed = [month for month in months if desk.frozen and month in desk.frozen.months]
    if form == "sealed":
        content = sealed_texts(desk, closed if periods else None)
        return Export(content=content, months=len(months), closed=content.count(b"\ndigests:"), entries=0)
    found = rows(desk, months)
    if form == "csv":
        content = as_csv(found)
    elif form == "parquet":
        content = as_parquet(found)
    else:
        content = as_beancount(found, f"{desk.workspace.name}: value and cost of AI")
    return Export(content=content, months=len(months), closed=len(closed), entries=len(found))


def _months(desk: Desk, periods: Sequence[Period]) -> list[date]:
    known = desk.book().months
    if not periods:
        return known
    wanted = {month for period in periods for month in period.months()}
    return [month for month in known if month in wanted]
