"""A figure taken apart, as a tree to read: each node with its value, formula, source, records, owner and evidence."""

from __future__ import annotations

from typing import Literal

import msgspec

from breakeven.ledger.results import Explanation
from breakeven.period import Period
from breakeven.views.comparison import title
from breakeven.views.format import Shown, exact_quantity, percent
from breakeven.views.standing import GRADES
from breakeven.views.tiles import SIGNED

OPEN = 2
"""Levels of the tree that are unfolded at first."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the tree."""

    label: str
    where: str | None
    """Month and project, where it is not that of the whole."""
    value: Shown
    exact: str
    """The number with all its digits."""
    formula: str | None
    sentence: str | None
    reason: str | None
    """Why it is unknown, or what it does not include."""
    grade: Literal["measured", "estimated", "assumed"] | None
    grade_letter: str | None
    facts: tuple[str, ...]
    """Source, records and owner, in words."""
    note: str | None
    unfolded: bool
    inputs: tuple[Node, ...]


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """The Explain panel."""

    figure: str
    label: str
    period: str
    root: Node
    description: str
    methodology: str
    data_version: int
    command: str
    """What gives the same on the command line."""


def breakdown(
    found: Explanation, *, period: Period, currency: str, methodology: str, data_version: int, label: str | None = None
) -> Breakdown:
    """The panel for an explanation."""
    root = _node(found, currency, 0, found.period)
    return Breakdown(
        figure=found.name, label=label or found.label, period=title(period), root=root, description=found.note or "",
        methodology=methodology, data_version=data_version,
        command=f"breakeven explain {found.name} --period {period.name}",
    )  # fmt: skip


def _value(one: Explanation, currency: str) -> Shown:
    if one.name in SIGNED:
        return Shown(percent(one.value, 2, signed=True))
    return exact_quantity(one.value, one.unit, currency)


def _node(one: Explanation, currency: str, depth: int, around: str | None) -> Node:
    records = None if one.records is None else f"{one.records:,} {'record' if one.records == 1 else 'records'}"
    return Node(
        label=one.label, where=one.period if one.period != around and depth else None,
        value=_value(one, currency), exact="" if one.value is None else str(one.value),
        formula=one.formula, sentence=one.sentence, reason=one.reason,
        grade=GRADES.get(one.evidence or ""), grade_letter=one.evidence,  # type: ignore[arg-type]
        facts=tuple(part for part in (one.source, records, one.owner) if part),
        note=one.note if depth else None, unfolded=depth < OPEN,
        inputs=tuple(_node(part, currency, depth + 1, one.period) for part in one.inputs),
    )  # fmt: skip
