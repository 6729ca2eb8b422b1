"""A call that is seen twice, by a wrapper and by what it wraps, counts once: as the innermost call that is known.

Some frameworks put a span of their own, with the usage, around the span of the client library they call. Spans of one
trace may come in several requests, in any order. So two things are remembered of the latest spans: which calls were
counted, and which spans have a counted call below them. A call with a counted call directly below it (nothing but
spans that are no agent and no tool between) is its wrapper and is not counted; nor is a call below a wrapper that came
first and was counted. SDKs send a span when it ends, the inner one first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

REMEMBERED = 200_000
"""Spans that are remembered at least; twice as many at most, some 60 bytes each."""
_STEPS = 32
_TRACE = 16
"""Bytes of a trace id."""
KIND = {"embeddings": b"e", "rerank": b"r"}
"""Operation → what its keys end with; b"g" for all others. An embedding below a chat is another call."""


class Recent:
    """A set that forgets the oldest."""

    def __init__(self, most: int) -> None:
        self._most, self._new, self._old = most, set[int](), set[int]()

    def add(self, keys: Iterable[bytes]) -> None:
        """Remember."""
        if len(self._new) >= self._most:
            self._old, self._new = self._new, set()
        self._new.update(map(hash, keys))

    def __contains__(self, key: bytes) -> bool:
        number = hash(key)
        return number in self._new or number in self._old

    def none_of(self, keys: Iterable[bytes]) -> bool:
        """Whether it holds none of them."""
        numbers = list(map(hash, keys))
        return self._new.isdisjoint(numbers) and self._old.isdisjoint(numbers)


class Nesting:
    """What was counted of the latest traces; used by one thread at a time.

    A call's key is its trace, its span and the kind of its operation; `parents` are the spans above, empty for a root.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._counted, self._above = Recent(most), Recent(most)

    def remember(self, keys: Sequence[bytes], parents: Sequence[bytes]) -> None:
        """Calls that are in the store."""
        self._counted.add(keys)
        self._above.add(_above(key, parent) for key, parent in zip(keys, parents, strict=True) if parent)

    def twice(self, keys: Sequence[bytes], parents: Sequence[bytes], links: Mapping[bytes, bytes]) -> list[bool] | None:
        """For each call of a request whether it is counted elsewhere; the others are counted from now on.

        None: none of them is. `links` are the plain spans of the request, neither call nor agent nor tool: trace and
        span → parent.
        """
        if not any(parents) and self._above.none_of(keys):
            self._counted.add(keys)
            return None
        own = frozenset(keys)
        chains = {key: _chain(key, parent, own, links) for key, parent in zip(keys, parents, strict=True)}
        wrapped = {one for chain in chains.values() for one in chain}
        found = []
        for key in keys:
            wraps, inside = key in wrapped or key in self._above, self._inside(key, chains)
            found.append(wraps or inside)
            # What lies inside a counted call is covered by it, and so is what lies inside that.
            if inside or not wraps:
                self._counted.add([key])
            if wraps or not inside:
                self._above.add(chains[key])
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


def _above(key: bytes, parent: bytes) -> bytes:
    """The key that the span above a call has, if it is a call of the same kind."""
    return key[:_TRACE] + parent + key[-1:]


def _chain(key: bytes, parent: bytes, own: Collection[bytes], links: Mapping[bytes, bytes]) -> Sequence[bytes]:
    """The spans above a call, through plain ones, up to the first that is a call or is not of this request."""
    chain: list[bytes] = []
    while parent and len(chain) < _STEPS:
        above = _above(key, parent)
        if above == key:
            break
        chain.append(above)
        if above in own:
            break
        parent = links.get(above[:-1], b"")
    return chain
