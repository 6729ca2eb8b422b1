"""What a bridge answers with. Amounts are in the workspace's currency; `before` and `after` in the driver's unit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from breakeven.ledger.results import Result

Factor = Literal[
    "method", "late_data", "assumption", "currency", "allocation", "volume", "mix", "price", "quality"
]  # fmt: skip
FACTORS: dict[Factor, str] = {
    "method": "Method",
    "late_data": "Late data",
    "assumption": "Assumptions",
    "currency": "Currency",
    "allocation": "Allocation",
    "volume": "Volume",
    "mix": "Mix",
    "price": "Price",
    "quality": "Quality",
}
"""The parts of every bridge, in the order in which one after the other is switched, with what a page calls them."""


class Driver(Result, frozen=True, kw_only=True):
    """What a part comes from: one thing that changed in one project."""

    project: str | None
    """None: it is not of one project."""
    item: str
    """A value category, cost line, assumption, currency, pool or model."""
    label: str
    amount: Decimal
    """Its share of the part; 12 decimals."""
    before: Decimal | None = None
    """What changed, as it was; None where it was not there or is not known."""
    after: Decimal | None = None
    unit: str = "money"
    """Of before and after."""


class Part(Result, frozen=True, kw_only=True):
    """One part of the change."""

    name: Factor
    label: str
    amount: Decimal
    """Exact: the parts add up to the change to the last decimal."""
    drivers: tuple[Driver, ...]
    """The largest ones first."""
    others: Decimal
    """What the part has beyond the drivers that are named."""


class Uncompared(Result, frozen=True, kw_only=True):
    """An amount that is known on one side only: it is in no part, and the change does not have it."""

    figure: str
    project: str
    period: str
    """Month on the side where it is unknown."""
    before: Decimal | None
    after: Decimal | None
    reason: str
    """Why it is unknown on the other side."""


class End(Result, frozen=True, kw_only=True):
    """One end of a bridge."""

    name: str
    """As it was asked for: 2026-09, 2026-Q3, 2026-09@v1, 2026-09@2026-10-05."""
    start: date
    end: date
    """Day after the last."""
    amount: Decimal | None
    """As the statement shows it."""
    compared: Decimal | None
    """Without what is unknown on the other side; the change is the difference of the two compared amounts."""
    methodology: str
    data_version: int
    as_of: datetime | None = None
    """The instant whose knowledge it is; None: the present."""
    said: str | None = None
    """Who closed it, and when."""


class Bridge(Result, frozen=True, kw_only=True):
    """A change taken apart."""

    figure: str
    label: str
    scope: str
    """portfolio or a project's id."""
    currency: str
    made_at: datetime
    start: End
    end: End
    change: Decimal | None
    """`end.compared` less `start.compared`; None where one of them is unknown."""
    parts: tuple[Part, ...]
    """All nine, in their order; empty where the change is unknown."""
    uncompared: tuple[Uncompared, ...]
    notes: tuple[str, ...] = ()
    """What else a reader must know."""
    reason: str | None = None
    """Why the change is unknown."""
