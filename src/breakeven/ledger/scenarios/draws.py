"""Draws: the values of uncertain inputs, by chunks of draws, the same whatever the order, the chunks or the threads.

Every input that is uncertain on its own is a stream of probabilities. A stream's generator is the counter-based Philox
(4×64, 10 rounds; Salmon et al. 2011) of NumPy, its key the SHA-256 of seed and name of the stream: a draw is a function
of seed, name and number, of nothing else. Values of one assumption at different days share its stream, so that they
move together; projects that use the same value share it too.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from breakeven.ledger.numbers import tidy
from breakeven.workspace.definitions import Distribution

Numbers = NDArray[np.float64]

CHUNK = 10_000
"""Draws that are looked at together, where there are few uncertain inputs."""
FEW = 2_000
"""Draws whose probabilities are remembered."""
MOST_NUMBERS = 8_000_000
"""Drawn numbers that are held at once: 64 MB."""
_WORDS = 4
"""Numbers that one step of Philox's counter gives; chunks begin at multiples of it."""


class Variate(msgspec.Struct, frozen=True, kw_only=True):
    """One uncertain number."""

    of: str
    """The assumption or measure whose value it is."""
    stream: str
    """What it is drawn by: variates of one stream have the same probability in each draw."""
    shape: Distribution
    value: float
    low: float | None = None
    high: float | None = None
    follows: str | None = None
    """Another stream with which it is correlated (normal distributions only)."""
    correlation: float = 0.0

    @property
    def spread(self) -> bool:
        """Whether it is uncertain at all."""
        return self.shape != "fixed" and self.low != self.high


class Span(msgspec.Struct, frozen=True):
    """Some consecutive draws."""

    first: int
    count: int


def spans(draws: int, variates: int) -> Iterator[Span]:
    """The draws in chunks that hold at most MOST_NUMBERS numbers at once."""
    size = min(CHUNK, max(_WORDS, MOST_NUMBERS // max(1, variates) // _WORDS * _WORDS))
    for first in range(0, draws, size):
        yield Span(first, min(size, draws - first))


def probabilities(seed: int, stream: str, span: Span) -> Numbers:
    """The stream's probabilities in some draws, above 0 and below 1."""
    key = int.from_bytes(hashlib.sha256(f"{seed}/{stream}".encode()).digest()[:16], "big")
    bits = Philox(key=key)
    bits.advance(span.first // _WORDS)
    skipped = span.first % _WORDS
    # 53 random bits; the half keeps 0 out, where a normal distribution has no value
    return Generator(bits).random(skipped + span.count)[skipped:] + 2.0**-54


@lru_cache(maxsize=2048)
def _kept(seed: int, stream: str, span: Span) -> Numbers:
    """The same, remembered where they are few: a scenario that is explored asks for them again and again."""
    found = probabilities(seed, stream, span)
    found.flags.writeable = False
    return found


def joined(chunks: Sequence[Mapping[str, Numbers]]) -> dict[str, Numbers]:
    """Columns of consecutive chunks, one after the other."""
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


class Values(Protocol):
    """Values of variates, as many of each; one that is the same throughout may be given once."""

    span: Span

    def __getitem__(self, place: int) -> Numbers: ...

    def alike(self, places: Sequence[int], /) -> Hashable:
        """What the values of some variates follow from; None: nothing that would come again."""


class Drawn:
    """The values of all variates in some draws; made when they are asked for."""

    def __init__(self, variates: Sequence[Variate], seed: int, span: Span) -> None:
        self.variates, self.seed, self.span = variates, seed, span
        self._streams: dict[str, Numbers] = {}
        self._values: dict[int, Numbers] = {}

    def __getitem__(self, place: int) -> Numbers:
        """One variate, one number a draw; one number where it is certain."""
        if place not in self._values:
            variate = self.variates[place]
            if not variate.spread:
                self._values[place] = np.array([variate.value])
            else:
                at = self._probabilities(variate)
                self._values[place] = _statistics().quantiles(
                    variate.shape, variate.value, variate.low, variate.high, at
                )
        return self._values[place]

    def alike(self, places: Sequence[int], /) -> Hashable:
        """Seed, draws and the variates themselves."""
        return self.seed, self.span, tuple(self.variates[place] for place in places)

    def _probabilities(self, variate: Variate) -> Numbers:
        own = self._stream(variate.stream)
        if variate.follows is None:
            return own
        return _statistics().correlated(own, self._stream(variate.follows), variate.correlation)  # type: ignore[no-any-return]

    def _stream(self, name: str) -> Numbers:
        if name not in self._streams:
            few = self.span.count <= FEW
            self._streams[name] = (_kept if few else probabilities)(self.seed, name, self.span)
        return self._streams[name]


def _statistics() -> Any:
    """SciPy is loaded when something is drawn, not when the program starts."""
    return import_module("breakeven.evidence.distributions")


def percentiles(values: Numbers, at: Sequence[float]) -> list[float | None]:
    """Quantiles of the known values, linear between the two nearest ranks; None where fewer than half are known."""
    known = values[np.isfinite(values)]
    if len(known) * 2 < len(values) or not len(known):
        return [None] * len(at)
    return [float(number) for number in np.quantile(known, at)]


def share_above(values: Numbers, limit: float) -> float | None:
    """Share of the known values that lie above a limit; None where none is known."""
    known = values[np.isfinite(values)]
    return None if not len(known) else float(np.count_nonzero(known > limit) / len(known))


def mean(values: Numbers) -> float | None:
    """Mean of the known values."""
    known = values[np.isfinite(values)]
    return None if not len(known) else math.fsum(known.tolist()) / len(known)


def rounded(number: float | None, unit: str) -> Decimal | None:
    """A number made in doubles, as it is handed out: money to the cent, anything else to six decimals."""
    if number is None or not math.isfinite(number):
        return None
    return tidy(Decimal(repr(round(number, 2 if unit == "money" else 6))))
