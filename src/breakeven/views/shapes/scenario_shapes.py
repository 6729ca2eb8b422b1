"""The JSON of ranges and scenarios: the fields by name, amounts as decimal strings, units spelt out."""

from __future__ import annotations

from typing import Any

import msgspec

from breakeven.ledger.scenarios.range_results import StatementRange
from breakeven.ledger.scenarios.results import Question
from breakeven.views.shapes.json_shapes import spelt_out

_UNITS = ("unit", "figure_unit")


def scenario_json(answer: Question | StatementRange) -> dict[str, Any]:
    """The answer's fields; `money` in a unit is the currency."""
    shape: dict[str, Any] = msgspec.to_builtins(answer)
    _spell_out(shape, answer.currency)
    return shape


def _spell_out(node: Any, currency: str) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _UNITS and isinstance(value, str):
                node[key] = spelt_out(value, currency)
            else:
                _spell_out(value, currency)
    elif isinstance(node, list | tuple):
        for item in node:
            _spell_out(item, currency)
