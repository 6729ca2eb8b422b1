"""Where the names of dots stand: beside, above or below them, wherever they cover neither dots nor other names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from breakeven.views.charting.chart import Scale

LETTER, LINE = 6.0, 13.0
"""About the width of a letter and the height of a line, in pixels."""
AWAY = 9.0
"""From a dot to its name."""
DOT = 5.0
FIRST, OTHERS = "tlbr", "rltb"
"""Sides in the order in which they are tried."""
HIDDEN = ""
"""No room: the name stands in the table only."""


class Spot(NamedTuple):
    """A dot with its name."""

    name: str
    x: float
    y: float
    first: bool
    """Whether its name is placed before those of others."""


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two boxes cover each other in part."""
        return (self.left < other.right and other.left < self.right
                and self.top < other.bottom and other.top < self.bottom)  # fmt: skip


def sides(spots: Sequence[Spot], x: Scale, y: Scale, size: tuple[float, float]) -> list[str]:
    """For each dot r, l, t or b for the side of its name, or nothing where there is no room.

    Names of the first ones stand above the line that joins them where they can.
    """
    places = [(_along(spot.x, x) * size[0], (1 - _along(spot.y, y)) * size[1]) for spot in spots]
    taken = [Box(across - DOT, down - DOT, across + DOT, down + DOT) for across, down in places]
    lines = _steps(sorted(place for place, spot in zip(places, spots, strict=True) if spot.first), size[0])
    found = [HIDDEN] * len(spots)
    for number in sorted(range(len(spots)), key=lambda one: not spots[one].first):
        own = taken[number]
        order = FIRST if spots[number].first else OTHERS
        boxes = _boxes(places[number], len(spots[number].name) * LETTER)
        for side in order:
            box = boxes[side]
            inside = box.left >= -LINE and box.right <= size[0] + LINE and box.top >= -LINE and box.bottom <= size[1]
            if inside and not any(box.meets(other) for other in (*taken, *lines) if other is not own):
                found[number] = side
                taken.append(box)
                break
    return found


def _along(value: float, scale: Scale) -> float:
    low, high = (float(end) for end in scale.domain)
    if scale.log:
        value, low, high = (math.log(one) for one in (value, low, high))
    return (value - low) / (high - low)


def _steps(places: Sequence[tuple[float, float]], end: float) -> list[Box]:
    """The line that goes right from each place and then to the next one."""
    found: list[Box] = []
    for number, (across, down) in enumerate(places):
        following, height = places[number + 1] if number + 1 < len(places) else (end, down)
        found.append(Box(across + DOT, down - 1, following, down + 1))
        found.append(Box(following - 1, min(down, height), following + 1, max(down, height)))
    return found


def _boxes(place: tuple[float, float], width: float) -> dict[str, Box]:
    across, down = place
    half = LINE / 2
    return {
        "r": Box(across + AWAY, down - half, across + AWAY + width, down + half),
        "l": Box(across - AWAY - width, down - half, across - AWAY, down + half),
        "t": Box(across - width / 2, down - AWAY - LINE, across + width / 2, down - AWAY),
        "b": Box(across - width / 2, down + AWAY, across + width / 2, down + AWAY + LINE),
    }
