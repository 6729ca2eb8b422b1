"""The JSON of experiments and decay: one shape for the command line and for the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from breakeven.ledger.effects.decay_risk import Risk
from breakeven.ledger.effects.experiment_answers import Effect
from breakeven.views.shapes.json_shapes import spelt_out


def experiments_json(found: Sequence[Effect], currency: str) -> dict[str, Any]:
    """{"items": [experiment, …]}."""
    return {"items": [experiment_json(effect, currency) for effect in found], "next": None}


def experiment_json(effect: Effect, currency: str) -> dict[str, Any]:
    """The effect's fields by name; `others` are the other treatments in the same shape, without `others`."""
    shape: dict[str, Any] = msgspec.to_builtins(effect)
    for one in (shape, *shape["others"]):
        one["unit"] = spelt_out(one["unit"], currency)
    for one in shape["others"]:
        del one["others"]
    return shape


def decay_json(found: Sequence[Risk]) -> dict[str, Any]:
    """{"items": [what rests on what, and the money at risk], "next"}; units with the currency in them."""
    items: list[dict[str, Any]] = msgspec.to_builtins(found)
    for item in items:
        item["unit"] = spelt_out(item["unit"], item["currency"])
    return {"items": items, "next": None}
