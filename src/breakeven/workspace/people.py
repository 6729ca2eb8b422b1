"""How many people there are: one number, or one from each month on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from breakeven.workspace.definitions import Headcount
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields

_KEYS = ("start", "people")
_ZERO = Decimal(0)


def read_headcount(fields: Fields, key: str = "headcount") -> tuple[Headcount, ...]:
    """The headcount of a project or team, in order of start; empty where it is not stated."""
    node = fields.node(key)
    if node is None:
        return ()
    if not isinstance(node.value, list):
        people = fields.number(key, least=_ZERO)
        return () if people is None else (Headcount(people=people),)
    found: dict[date | None, Headcount] = {}
    for item in node.value:
        dated = _dated(item, fields)
        if dated is None:
            continue
        if dated.start in found:
            since = f"that start in {dated.start:%Y-%m}" if dated.start else "without a start"
            fields.problems.append(item.at.problem(f"two headcounts of {fields.what} {since}"))
        found[dated.start] = dated
    return tuple(sorted(found.values(), key=lambda one: one.start or date.min))


def _dated(item: Node, fields: Fields) -> Headcount | None:
    entry = Fields(item, f"a headcount of {fields.what}", _KEYS, fields.problems, required=("people",))
    start, people = entry.month("start"), entry.number("people", least=_ZERO)
    if people is None or (start is None and "start" in entry):
        return None
    return Headcount(people=people, start=start)
