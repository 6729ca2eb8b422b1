"""All panels by name: what an audience's page is put together from, and what views.yaml may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from breakeven.views.content import Panel
from breakeven.views.panels.portfolio import strip
from breakeven.views.panels.said import decisions, highlights, priorities
from breakeven.views.panels.way import trend_panel
from breakeven.views.question import Question

Maker = Callable[[Question], Panel | None]
"""A panel for a question; None: there is nothing to say, and the panel is left out."""

PANELS: Mapping[str, Maker] = {
    "trend": trend_panel,
    "highlights": highlights,
    "priorities": priorities,
    "decisions": decisions,
    "portfolio": strip,
}
"""Every panel by its name."""
