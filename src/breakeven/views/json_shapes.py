"""The JSON of figures: one shape for the command line and for the API.

Money is a decimal string, counts are whole numbers, an unknown value is null with its reason.
"""

from __future__ import annotations

from typing import Any

import msgspec

from breakeven.ledger.results import Explanation, MetricTable, Statement


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
        "unit": table.unit,
        "label": table.label,
        "data_version": table.data_version,
        "methodology": table.methodology,
        "rows": rows,
    }


def statement_json(statement: Statement) -> dict[str, Any]:
    """The statement's fields by name; money as decimal strings."""
    shape: dict[str, Any] = msgspec.to_builtins(statement)
    return shape


def explain_json(explanation: Explanation) -> dict[str, Any]:
    """The tree: each node with its inputs."""
    shape: dict[str, Any] = msgspec.to_builtins(explanation)
    return shape
