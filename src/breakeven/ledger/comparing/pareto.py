"""Which things nothing else beats: no other is both cheaper and better."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def unbeaten(things: Mapping[str, tuple[Decimal, Decimal]]) -> frozenset[str]:
    """Names of the things, each by cost and quality, that none is at least equal to in both and better in one."""
    found: set[str] = set()
    best: Decimal | None = None
    for name, (cost, quality) in sorted(things.items(), key=lambda one: (one[1][0], -one[1][1])):
        if best is None or quality > best:
            best = quality
            found.add(name)
        elif quality == best and any(things[other] == (cost, quality) for other in found):
            found.add(name)
    return frozenset(found)
