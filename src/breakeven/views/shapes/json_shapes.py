"""The JSON of figures: one shape for the command line and for the API.

Money is a decimal string, counts are whole numbers, an unknown value is null with its reason.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from breakeven.ledger.results import Explanation, MetricTable, Statement

_MONEY = re.compile(r"\bmoney\b")


def metric_json(table: MetricTable) -> dict[str, Any]:
    """{"metric", "unit", "data_version", "methodology", "rows": [{"period", "project", "model", "value", "reason"}]}.

    Rows have "dimension" beside these where another dimension was asked for.
    """
    rows = [msgspec.structs.asdict(row) for row in table.rows]
    if not any(row["dimension"] is not None for row in rows):
        for row in rows:
            del row["dimension"]
    return {
        "metric": table.metric,
        "unit": spelt_out(table.unit, table.currency),
        "label": table.label,
        "data_version": table.data_version,
        "methodology": table.methodology,
        "rows": rows,
    }


def statement_json(statement: Statement) -> dict[str, Any]:
    """The statement's fields by name; money as decimal strings."""
    shape: dict[str, Any] = msgspec.to_builtins(statement)
    for target in shape["targets"]:
        target["unit"] = spelt_out(target["unit"], statement.currency)
    return shape


def explain_json(explanation: Explanation, currency: str) -> dict[str, Any]:
    """The tree: each node with its inputs."""
    shape: dict[str, Any] = msgspec.to_builtins(explanation)
    _spell_out(shape, currency)
    return shape


def _spell_out(node: dict[str, Any], currency: str) -> None:
    node["unit"] = spelt_out(node["unit"], currency)
    for part in (*node["inputs"], *node["parts"]):
        _spell_out(part, currency)


def spelt_out(unit: str, currency: str) -> str:
    """A unit with the currency in it: USD/hour for money/hour."""
    return _MONEY.sub(currency, unit)
