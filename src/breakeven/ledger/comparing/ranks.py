"""Who stands where: projects in the order of their return, and what another rule for shared cost changes in it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocations import DECLARED, RuleTable


class Moved(Result, frozen=True, kw_only=True):
    """A project at another rank."""

    project: str
    before: int
    after: int


class RuleEffect(Result, frozen=True, kw_only=True):
    """What splitting the pools by one rule changes, against the rules as declared."""

    rule: str
    moved: tuple[Moved, ...]
    flips: tuple[str, ...]
    """Projects whose net value changes its sign."""
    unknown: tuple[str, ...]
    """Projects of which nothing can be said under it; they have no rank."""


def ranks(amounts: Mapping[str, Decimal | None]) -> dict[str, int]:
    """Name → place from the largest amount, 1 the first; equal amounts have the same place, unknown ones have none."""
    known = sorted((amount for amount in amounts.values() if amount is not None), reverse=True)
    place = {amount: known.index(amount) + 1 for amount in set(known)}
    return {name: place[amount] for name, amount in amounts.items() if amount is not None}


def rule_effects(table: RuleTable) -> tuple[RuleEffect, ...]:
    """Every rule that can be used against what is declared: by ROI, of the projects whose ROI both know."""
    found = []
    for place, use in enumerate(table.rules):
        if use.rule == DECLARED or use.unallocated is None:
            continue
        pairs = {one.project: (one.rules[0].roi_percent, one.rules[place].roi_percent) for one in table.projects}
        known = {name: pair for name, pair in pairs.items() if None not in pair}
        before = ranks({name: pair[0] for name, pair in known.items()})
        after = ranks({name: pair[1] for name, pair in known.items()})
        found.append(RuleEffect(
            rule=use.rule, flips=tuple(one.project for one in table.projects if one.rules[place].flips),
            moved=tuple(Moved(project=name, before=before[name], after=after[name])
                        for name in sorted(before, key=before.__getitem__) if before[name] != after[name]),
            unknown=tuple(name for name, pair in pairs.items() if pair[0] is not None and pair[1] is None),
        ))  # fmt: skip
    return tuple(found)
