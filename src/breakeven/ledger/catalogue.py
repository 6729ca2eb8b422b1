"""All figures that can be asked for, from their four sources: measures, cost lines, the methodology, timelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from breakeven.errors import UnknownName
from breakeven.ledger.results import Result
from breakeven.measures import MEASURES
from breakeven.workspace.builtins import BUILTINS
from breakeven.workspace.definitions import Workspace

Kind = Literal["measure", "value", "metric", "cost", "timeline"]


class Figure(Result, frozen=True, kw_only=True):
    """One figure of the catalogue."""

    name: str
    unit: str
    label: str
    kind: Kind
    direction: str
    """up, down or neutral: which way is good."""
    description: str = ""
    decimals: int = 2
    """Digits shown."""
    refresh: str = "continuous"
    formula: str | None = None


def figures(workspace: Workspace) -> dict[str, Figure]:
    """All figures by name; those of the methodology first."""
    found = {
        made.name: Figure(
            name=made.name, unit=made.unit, label=made.label, kind="value" if made.section == "value" else "metric",
            direction=str(made.direction), description=made.description, decimals=made.decimals, refresh=made.refresh,
            formula=made.formula,
        )
        for made in workspace.methodology.definitions.values()
    }  # fmt: skip
    for builtin in BUILTINS.values():
        found[builtin.name] = Figure(
            name=builtin.name, unit=builtin.unit, label=builtin.label,
            kind="cost" if builtin.kind == "cost_line" else "timeline", direction=str(builtin.direction),
            description=builtin.description, refresh="hour",
        )  # fmt: skip
    for measure in MEASURES.values():
        whole = measure.unit not in ("money", "hour", "day", "ms")
        found[measure.name] = Figure(
            name=measure.name, unit=measure.unit, label=measure.label, kind="measure", direction=measure.direction,
            decimals=0 if whole else 2,
        )  # fmt: skip
    return found


def figure(name: str, known: Mapping[str, Figure]) -> Figure:
    """A figure by its name. Raises UnknownName with the valid ones."""
    if name not in known:
        raise UnknownName("metric", name, known)
    return known[name]
