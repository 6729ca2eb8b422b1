"""A call that is seen twice, by a wrapper and by what it wraps, counts once: as the innermost call that is known.

Some frameworks put a span of their own, with the usage, around the span of the client library they call. Spans of one
trace may come in several requests, in any order. So two things are remembered of the latest spans: which calls were
counted, and which spans have a counted call below them. A call with a counted call directly below it (nothing but
spans that are no agent and no tool between) is its wrapper and is not counted; nor is a call below a wrapper that came
first and was counted. SDKs send a span when it ends, the inner one first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

REMEMBERED = 200_000
"""Spans that are remembered at least; twice as many at most, some 60 bytes each."""
_STEPS = 32
KIND = {"embeddings": b"e", "rerank": b"r"}
"""Operation → what its keys end with; b"g" for all others. An embedding below a chat is another call."""


class Call(NamedTuple):
    """A call of a model in a trace."""

    key: bytes
    """Trace, span and kind of operation."""
    trace: bytes
    parent: bytes
    """Span above; empty for a root."""


class Recent:
    """A set that forgets the oldest."""

    def __init__(self, most: int) -> None:
        self._most, self._new, self._old = most, set[int](), set[int]()

    def add(self, key: bytes) -> None:
        """Remember."""
        if len(self._new) >= self._most:
            self._old, self._new = self._new, set()
        self._new.add(hash(key))

    def __contains__(self, key: bytes) -> bool:
        number = hash(key)
        return number in self._new or number in self._old


class Nesting:
    """What was counted of the latest traces; used by one thread at a time."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._counted, self._above = Recent(most), Recent(most)

    def remember(self, call: Call) -> None:
        """A call that is in the store."""
        self._counted.add(call.key)
        if call.parent:
            self._above.add(call.trace + call.parent + call.key[-1:])

    def twice(self, calls: Sequence[Call], links: Mapping[bytes, bytes]) -> list[bool] | None:
        """For each call of a request whether it is counted elsewhere; the others are counted from now on.

        None: none of them is.
        `links` are the plain spans of the request, neither call nor agent nor tool: trace and span → parent.
        """
        if not any(call.parent or call.key in self._above for call in calls):
            for call in calls:
                self._counted.add(call.key)
            return None
        own = {call.key: call for call in calls}
        chains = {key: _chain(call, own, links) for key, call in own.items() if call.parent}
        above = {key for chain in chains.values() for key in chain}
        found = [
            call.key in above or call.key in self._above or (call.parent != b"" and self._inside(call.key, chains))
            for call in calls
        ]
        for call, twice in zip(calls, found, strict=True):
            # What lies inside a counted call is covered by it, and so is what lies inside that.
            wraps = twice and (call.key in above or call.key in self._above)
            if not wraps or self._inside(call.key, chains):
                self._counted.add(call.key)
            if wraps or not twice:
                for key in chains.get(call.key, ()):
                    self._above.add(key)
        return found

    def _inside(self, key: bytes, chains: Mapping[bytes, Sequence[bytes]]) -> bool:
        """Whether a call lies below one that was counted before this request."""
        for _ in range(_STEPS):
            chain = chains.get(key, ())
            if any(one in self._counted for one in chain):
                return True
            if not chain:
                break
            key = chain[-1]
        return False


def _chain(call: Call, own: Mapping[bytes, Call], links: Mapping[bytes, bytes]) -> Sequence[bytes]:
    """The spans above a call, through plain ones, up to the first that is a call or is not of this request."""
    chain: list[bytes] = []
    parent, kind = call.parent, call.key[-1:]
    while parent and len(chain) < _STEPS:
        chain.append(call.trace + parent + kind)
        if chain[-1] in own:
            break
        parent = links.get(call.trace + parent, b"")
    return chain
