"""The JSON of a bridge: one shape for the command line and for the API."""

from __future__ import annotations

from typing import Any

import msgspec

from breakeven.ledger.bridge import Bridge
from breakeven.views.shapes.json_shapes import spelt_out


def bridge_json(made: Bridge) -> dict[str, Any]:
    """The bridge's fields by name; amounts as decimal strings, units with the currency in them."""
    shape: dict[str, Any] = msgspec.to_builtins(made)
    for part in shape["parts"]:
        for driver in part["drivers"]:
            driver["unit"] = spelt_out(driver["unit"], made.currency)
    return shape
