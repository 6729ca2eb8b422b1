"""The JSON of business cases: one shape for the command line and for the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from breakeven.ledger.cases.results import Case


def case_json(one: Case) -> dict[str, Any]:
    """The case's fields by name; amounts as decimal strings, months as their first day."""
    shape: dict[str, Any] = msgspec.to_builtins(one)
    return shape


def cases_json(found: Sequence[Case]) -> dict[str, Any]:
    """{"items": [case without its months…], "next"}."""
    items = [case_json(one) for one in found]
    for item in items:
        del item["months"]
    return {"items": items, "next": None}
