"""Names of what is declared and asked for, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping

CATEGORIES: Mapping[str, str] = {
    "customer_service": "Customer service", "process_automation": "Process automation",
    "predictive_analytics": "Predictive analytics", "platform": "Platform",
}  # fmt: skip
"""Category of a project → its name."""
FILTERS: Mapping[str, str] = {
    "period": "Period", "compare": "Compared with", "project": "Projects", "category": "Category", "model": "Model",
    "team": "Team", "headline": "Headline", "currency": "Currency", "as_of": "As of",
}  # fmt: skip
"""Filter → its name, in the order of the bar."""
