"""What amounts rest on: measured, estimated or assumed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from breakeven.ledger.results import Entry
from breakeven.money import split

GRADES = {"A": "measured", "B": "measured", "C": "measured", "D": "estimated", "E": "assumed"}
"""Evidence in three words: seen, reported by people, stated."""


class Evidence(msgspec.Struct, frozen=True):
    """What the value rests on, in whole percent that add up to 100."""

    measured: int
    estimated: int
    assumed: int


Known = Mapping[tuple[str, str], Decimal]
"""(Category, measured, estimated or assumed) → amount."""


def known_by(entries: Iterable[Entry]) -> Known:
    """The amounts by what they are known by: of value what counts, of both sides what is above 0."""
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in entries:
        if entry.counted > 0:
            sums[entry.category, GRADES[entry.evidence]] += entry.counted
    return dict(sums)


def mix(known: Known, categories: Collection[str]) -> Evidence | None:
    """Shares of some categories together; None without an amount."""
    sums = dict.fromkeys(("measured", "estimated", "assumed"), Decimal(0))
    for (category, grade), amount in known.items():
        if category in categories:
            sums[grade] += amount
    if not any(sums.values()):
        return None
    measured, estimated, assumed = (int(part) for part in split(Decimal(100), list(sums.values()), Decimal(1)))
    return Evidence(measured, estimated, assumed)


def evidence(entries: Sequence[Entry]) -> Evidence | None:
    """What the value of some entries rests on; None without value."""
    known = known_by(entry for entry in entries if entry.side == "value")
    return mix(known, {category for category, _ in known})
