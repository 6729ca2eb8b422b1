"""How ROI answers to each lever alone: at the ends of its range, and where it reaches zero or the goal.

All levers are looked at together, on the surface: first over their whole way, then between the two places where ROI
changes side; from there on it is taken for a straight line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from breakeven.ledger.desk import ROI
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.draws import Numbers, Variate
from breakeven.ledger.scenarios.explored import Lever, Line, Marker
from breakeven.ledger.scenarios.surface import Points, Surface, changed
from breakeven.ledger.scenarios.tornado import ends, ranged
from breakeven.workspace.definitions import Assumption

LOOKS, CLOSER = 33, 17
"""Places that are looked at over a lever's way, and between two of them."""
DIGITS = 4
"""Of a marker's value."""
Levels = Mapping[Line, Decimal]


class _Between(NamedTuple):
    lever: int
    line: Line
    low: float
    high: float


class Moves:
    """Points that differ from a scenario in one lever each."""

    def __init__(self, made: Surface, changes: Sequence[Change], levers: Sequence[Lever]) -> None:
        self.made, self.levers = made, levers
        self.here = made.supposed(changes)
        own = {(change.name, f"{change.name}@{change.project}") for change in changes if change.project is not None}
        self._places = [
            [place for place, variate in enumerate(made.variates) if variate.of == lever.name
             and _moves(lever, variate, (variate.of, variate.stream) in own)]
            for lever in levers
        ]  # fmt: skip

    def roi(self, asked: Sequence[tuple[int, Numbers | Change]]) -> Numbers:
        """ROI with each lever at some values, or at an end of its declared range, one after the other."""
        sizes = [1 if isinstance(at, Change) else len(at) for _, at in asked]
        count, first, columns = sum(sizes), 0, dict[int, Numbers]()
        for (lever, at), size in zip(asked, sizes, strict=True):
            for place in self._places[lever]:
                column = columns.setdefault(place, np.full(count, self.here[place].value))
                column[first : first + size] = self._values(lever, place, at)
            first += size
        found = self.made.at(Points(self.here, columns, count), (ROI,)).get(ROI)
        return np.full(count, np.nan) if found is None else np.broadcast_to(found, count)

    def _values(self, lever: int, place: int, at: Numbers | Change) -> Numbers | float:
        declared = self.made.variates[place]
        if isinstance(at, Change):
            return changed(declared, at).value
        return declared.value * (1 + at / 100) if self.levers[lever].relative else at


def _moves(lever: Lever, variate: Variate, own: bool) -> bool:
    """Whether a lever moves a number: one project's, or those that are not supposed by themselves."""
    return variate.stream == lever.key if lever.project is not None else not own


def answers(
    moves: Moves, assumptions: Mapping[str, Assumption], levels: Levels
) -> tuple[list[tuple[float, float] | None], list[list[Marker]]]:
    """For each lever ROI at the two ends of its declared range (None: it has none), and its markers."""
    levers = range(len(moves.levers))
    with_range = [at for at in levers if ranged(assumptions[moves.levers[at].name])]
    pairs = {at: ends(assumptions[moves.levers[at].name]) for at in with_range}
    ways = [np.linspace(float(lever.least), float(lever.most), LOOKS) for lever in moves.levers]
    asked: list[tuple[int, Numbers | Change]] = [(at, end) for at in with_range for end in pairs[at]]
    asked += [(at, ways[at]) for at in levers]
    found = moves.roi(asked)
    at_ends = found[: 2 * len(with_range)].reshape(-1, 2).tolist()
    looks = found[2 * len(with_range) :].reshape(-1, LOOKS)
    brackets = [one for at in levers for one in _sides(at, ways[at], looks[at], levels)]
    closer = [(one.lever, np.linspace(one.low, one.high, CLOSER)) for one in brackets]
    near = moves.roi(closer).reshape(-1, CLOSER) if brackets else np.empty((0, CLOSER))
    markers: list[list[Marker]] = [[] for _ in levers]
    for one, (_, places), values in zip(brackets, closer, near, strict=True):
        markers[one.lever].append(Marker(line=one.line, value=_crossing(places, values - float(levels[one.line]))))
    swings: list[tuple[float, float] | None] = [None] * len(moves.levers)
    for at, (low, high) in zip(with_range, at_ends, strict=True):
        swings[at] = (low, high)
    return swings, markers


def _sides(lever: int, way: Numbers, roi: Numbers, levels: Levels) -> list[_Between]:
    """Where ROI changes from one side of a level to the other."""
    found = []
    for line, level in levels.items():
        above = np.sign(roi - float(level))
        turns = np.flatnonzero(above[:-1] * above[1:] < 0)
        found += [_Between(lever, line, float(way[turn]), float(way[turn + 1])) for turn in turns]
        exact = np.flatnonzero((above[1:-1] == 0) & (above[:-2] * above[2:] < 0)) + 1
        found += [_Between(lever, line, float(way[place - 1]), float(way[place + 1])) for place in exact]
    return found


def _crossing(places: Numbers, beyond: Numbers) -> Decimal:
    """Where a line through the two places around the change of side is zero."""
    above = np.sign(beyond)
    flat = np.flatnonzero(above == 0)
    if len(flat):
        return _short(float(places[flat[0]]))
    turn = int(np.flatnonzero(above[:-1] * above[1:] < 0)[0])
    share = beyond[turn] / (beyond[turn] - beyond[turn + 1])
    return _short(float(places[turn] + share * (places[turn + 1] - places[turn])))


def _short(number: float) -> Decimal:
    return Decimal(f"{number:.{DIGITS}g}")
