"""What some readers may see: read from access.yaml by `access.py`."""

from __future__ import annotations

from typing import get_args, get_type_hints

import msgspec

from breakeven.facts import Cost

COST = "cost."
"""Beginning of the name of a cost category, as it is hidden: cost.people."""
COST_CATEGORIES: tuple[str, ...] = get_args(get_type_hints(Cost)["category"])
"""What money is spent on, as cost records say it."""


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What some readers may see."""

    name: str
    hides: tuple[str, ...] = ()
    """Figures, assumptions and cost categories (cost.people) that they may not see."""
    projects: tuple[str, ...] | None = None
    """The only ones that they may see; None: all."""
