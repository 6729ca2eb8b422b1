"""Values as columns want them, and the columns that say what a row was made from."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import EXACT
from breakeven.ledger.results import Number
from breakeven.views.dataout.tables import TEXT, WHOLE, Column

_LAST = Decimal("1e-12")

MADE_FROM = (
    Column("currency", TEXT, "Currency of amounts, the workspace's."),
    Column("methodology", TEXT, "Methodology version: hash of the workspace's formulas and assumptions."),
    Column("data_version", WHOLE, "Data version of the facts that it was made from."),
)


def exact(value: Number | None) -> Decimal | None:
    """A figure with twelve decimals; None stays unknown. Floats are taken by their shortest spelling."""
    return None if value is None else Decimal(str(value)).quantize(_LAST, context=EXACT)


def made_from(desk: Desk) -> dict[str, object]:
    """The values of MADE_FROM."""
    workspace = desk.workspace
    return {"currency": workspace.currency, "methodology": workspace.methodology.version,
            "data_version": desk.reading.moment.versions.data}  # fmt: skip
