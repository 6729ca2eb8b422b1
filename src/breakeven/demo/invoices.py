"""Invoices of the model providers: one a provider and finished month, at their own count of tokens.

They differ from what the gateway meters, as invoices do: calls that passed the gateway by, a discount from spring on, a
minimum fee. `breakeven reconcile` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.demo.company import MONTHS
from breakeven.demo.timeline import Timeline
from breakeven.money import cents

Record = dict[str, Any]

PRICES = {
    "gpt-4o": (2.5, 1.25, 10.0),
    "gpt-4.1": (2.0, 0.5, 8.0),
    "gpt-4.1-mini": (0.4, 0.1, 1.6),
    "claude-sonnet-4-0": (3.0, 0.3, 15.0),
    "claude-sonnet-4-5": (3.0, 0.3, 15.0),
    "claude-haiku-4-5": (1.0, 0.1, 5.0),
}
"""List price in USD of a million input, cached input and output tokens."""
VENDORS = {"openai": "OpenAI", "anthropic": "Anthropic"}
MISSED = 1.023
"""Usage on the invoice for each unit that the gateway saw."""
DISCOUNT = (9, 0.95)
"""Month from which a discount is granted, and what is left of the price."""
ISSUED = timedelta(days=5)
"""How long after the end of a month its invoice comes."""


def invoices(timeline: Timeline, tables: Mapping[str, pa.Table]) -> list[Record]:
    """Invoices that have come by now; `tables` are the interactions by project."""
    found = []
    for provider, vendor in VENDORS.items():
        usage = _usage(timeline, tables, provider)
        for month in range(MONTHS):
            begins, ends = timeline.instant(month), timeline.instant(month + 1)
            if usage[month] <= 0 or ends + ISSUED > timeline.now:
                continue
            granted = DISCOUNT[1] if month >= DISCOUNT[0] else 1.0
            amount = cents(Decimal(f"{usage[month] * MISSED * granted:.6f}"))
            found.append({
                "id": f"{provider}-{month:02d}", "source": "finance", "start": begins, "end": ends,
                "category": "other", "amount": amount, "currency": "USD", "vendor": vendor, "service": "API usage",
                "invoice": f"{provider[:2].upper()}-{begins:%Y%m}",
            })  # fmt: skip
    return found


def _usage(timeline: Timeline, tables: Mapping[str, pa.Table], provider: str) -> list[float]:
    """USD at list price by month, for calls whose cost the gateway does not report itself."""
    total = np.zeros(MONTHS + 1)
    for table in tables.values():
        if "input_tokens" not in table.column_names or "cost" in table.column_names:
            continue
        rows = table.filter(pc.and_(pc.equal(table["provider"], provider), pc.is_valid(table["input_tokens"])))
        when = rows["time"].to_numpy()
        place = np.clip(timeline.position(when).astype(np.int64), 0, MONTHS)
        for model, (fresh, cached, written) in PRICES.items():
            chosen = rows["model"].to_numpy(zero_copy_only=False) == model
            read, stored, out = (rows[name].to_numpy()[chosen] for name in _TOKENS)
            cost = ((read - stored) * fresh + stored * cached + out * written) / 1e6
            total += np.bincount(place[chosen], weights=cost, minlength=MONTHS + 1)
    return [float(amount) for amount in total[:MONTHS]]


_TOKENS = ("input_tokens", "cached_tokens", "output_tokens")
