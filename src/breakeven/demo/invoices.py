"""Invoices of the model providers: a line a model and sort of token, for every finished month, at their own count.

They differ from what the gateway meters, as invoices do: calls that passed the gateway by, and a discount from spring
on. `breakeven reconcile` takes the gap apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.demo.company import MONTHS
from breakeven.demo.timeline import Timeline
from breakeven.money import cents

Record = dict[str, Any]

PRICES: dict[str, tuple[str, str, str]] = {
    "gpt-4o": ("2.50", "1.25", "10.00"),
    "gpt-4.1": ("2.00", "0.50", "8.00"),
    "gpt-4.1-mini": ("0.40", "0.10", "1.60"),
    "claude-sonnet-4-0": ("3.00", "0.30", "15.00"),
    "claude-sonnet-4-5": ("3.00", "0.30", "15.00"),
    "claude-haiku-4-5": ("1.00", "0.10", "5.00"),
    "claude-opus-4-1": ("15.00", "1.50", "75.00"),
}
"""List price in USD of a million input, cached input and output tokens."""
SORTS = ("input", "cached", "output")
VENDORS = {"openai": "OpenAI", "anthropic": "Anthropic"}
MISSED = 1.023
"""Usage on the invoice for each unit that the gateway saw."""
DISCOUNT = (9, Decimal("0.95"))
"""Month from which a discount is granted, and what is left of the price."""
ISSUED = timedelta(days=5)
"""How long after the end of a month its invoice comes."""


def invoices(timeline: Timeline, tables: Mapping[str, pa.Table]) -> list[Record]:
    """Lines of the invoices that have come by now; `tables` are the interactions by project."""
    return [
        line
        for provider in VENDORS
        for model, tokens in _tokens(timeline, tables, provider).items()
        for line in _lines(timeline, provider, model, tokens)
    ]


def _lines(timeline: Timeline, provider: str, model: str, tokens: npt.NDArray[np.float64]) -> Iterator[Record]:
    for month in range(MONTHS):
        begins, ends = timeline.instant(month), timeline.instant(month + 1)
        if ends + ISSUED > timeline.now:
            return
        granted = DISCOUNT[1] if month >= DISCOUNT[0] else Decimal(1)
        for sort, price, seen in zip(SORTS, PRICES[model], tokens[:, month], strict=True):
            quantity = round(seen * MISSED)
            listed = cents(quantity * Decimal(price) / 1_000_000)
            if not listed:
                continue
            paid = Decimal(price) * granted
            said = {"quantity": str(quantity), "unit": "tokens", "unit_price": f"{paid / 1_000_000:f}",
                    "token_type": sort, "model": model}  # fmt: skip
            yield {
                "id": f"{provider}-{month:02d}-{model}-{sort}", "source": "finance", "start": begins, "end": ends,
                "category": "other", "amount": cents(quantity * paid / 1_000_000), "list_amount": listed,
                "currency": "USD", "vendor": VENDORS[provider], "service": "API usage",
                "invoice": f"{provider[:2].upper()}-{begins:%Y%m}", "labels": json.dumps(said),
            }  # fmt: skip


def _tokens(
    timeline: Timeline, tables: Mapping[str, pa.Table], provider: str
) -> dict[str, npt.NDArray[np.float64]]:  # fmt: skip
    """Model → tokens of each sort (3) in each month."""
    found: dict[str, npt.NDArray[np.float64]] = {}
    for table in tables.values():
        if "input_tokens" not in table.column_names:
            continue
        rows = table.filter(pc.and_(pc.equal(table["provider"], provider), pc.is_valid(table["input_tokens"])))
        month = np.clip(timeline.position(rows["time"].to_numpy()).astype(np.int64), 0, MONTHS - 1)
        names = rows["model"].to_numpy(zero_copy_only=False)
        read, stored, written = (rows[name].to_numpy() for name in ("input_tokens", "cached_tokens", "output_tokens"))
        for model in PRICES:
            chosen = names == model
            if not chosen.any():
                continue
            counts = [
                np.bincount(month[chosen], weights=part[chosen], minlength=MONTHS)
                for part in (read - stored, stored, written)
            ]
            found[model] = found.get(model, np.zeros((len(SORTS), MONTHS))) + np.array(counts)
    return found
