"""The order in which pools that feed each other are split, and where they give in a circle."""

from __future__ import annotations

from collections.abc import Collection, Mapping

Feeds = Mapping[str, Collection[str]]
"""Pool → the pools that get a part of it; every pool is a key."""


def stages(feeds: Feeds) -> list[tuple[str, ...]]:
    """The pools in groups, givers before receivers; a group of several gives in a circle."""
    reached = {pool: {pool, *_reached(pool, feeds)} for pool in feeds}
    # A pool reaches all that its receivers reach, and itself: what reaches more comes earlier.
    ordered = sorted(feeds, key=lambda pool: (-len(reached[pool]), pool))
    groups: dict[frozenset[str], list[str]] = {}
    for pool in ordered:
        groups.setdefault(frozenset(q for q in reached[pool] if pool in reached[q]), []).append(pool)
    return [tuple(group) for group in groups.values()]


def circle(pool: str, feeds: Feeds) -> list[str] | None:
    """The shortest way from a pool back to itself: platform, network, platform; None: there is none."""
    ways, seen = [[pool]], set[str]()
    while ways:
        longer = []
        for way in ways:
            for other in sorted(feeds.get(way[-1], ())):
                if other == pool:
                    return [*way, pool]
                if other not in seen:
                    seen.add(other)
                    longer.append([*way, other])
        ways = longer
    return None


def _reached(pool: str, feeds: Feeds) -> set[str]:
    found: set[str] = set()
    waiting = list(feeds.get(pool, ()))
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += feeds.get(other, ())
    return found
