"""What a figure is made of in the end: kinds of fact, value categories, cost lines."""

from __future__ import annotations

from breakeven.ledger.books.closure import closure
from breakeven.ledger.books.evaluate import leaves
from breakeven.ledger.catalogue import Figure
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result
from breakeven.measures import MEASURES
from breakeven.workspace.builtins import COST_LINES

DECLARED = ("budget",)
"""Figures of the ledger that are stated, not made from records."""


class Behind(Result, frozen=True, kw_only=True):
    """What a figure rests on."""

    kinds: frozenset[str]
    """Kinds of the facts that it is taken from."""
    values: tuple[str, ...]
    """Value categories that it contains."""
    costs: tuple[str, ...]
    """Cost lines that it contains."""


NOTHING = Behind(kinds=frozenset(), values=(), costs=())


def behind(desk: Desk, one: Figure) -> Behind:
    """What a figure of the catalogue rests on; kept as long as the methodology is the same."""
    version = desk.workspace.methodology.version
    return desk.reading.cache.get(("behind", one.name), version, lambda: _behind(desk, one))


def _behind(desk: Desk, one: Figure) -> Behind:
    workspace = desk.workspace
    if one.name in DECLARED:
        return NOTHING
    if one.kind == "measure":
        return Behind(kinds=frozenset({MEASURES[one.name].relation}), values=(), costs=())
    if one.kind == "cost":
        return Behind(kinds=_kinds(desk, (one.name,)), values=(), costs=(one.name,))
    if one.kind == "timeline":
        values = tuple(made.name for made in workspace.methodology.values())
        if one.name == "budget_variance":
            values = ()
        return Behind(kinds=_kinds(desk, (*values, *COST_LINES)), values=values, costs=COST_LINES)
    needed = closure(workspace.methodology.definitions, [one.name])
    names = {name for definition in needed.values() for name in definition.expression.names}
    return Behind(
        kinds=_kinds(desk, (one.name,)),
        values=tuple(name for name, definition in needed.items() if definition.section == "value"),
        costs=tuple(line for line in COST_LINES if line in names),
    )


def _kinds(desk: Desk, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(MEASURES[leaf].relation for name in names for leaf in leaves(name, desk.workspace))
