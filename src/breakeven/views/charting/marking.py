"""What is written into a chart: annotations, levels, and labels at the end of lines, each where it can be read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from breakeven.views.charting.axes import stamp, when_text
from breakeven.views.charting.chart import Scale
from breakeven.views.charting.data import Level, Mark, Number, Series
from breakeven.views.format import Display

MARKED = 4
"""Annotations on a chart; lines of more would cross their labels. All stand in the table and in the sentence."""
LABEL = 28
"""Letters of an annotation."""
ENDS = 0.075
"""Part of the height that two labels at the end of lines keep apart."""
RIGHT = 0.7
"""Part of the width from which on a label stands left of its place."""
ENDED = 0.93
"""Part of the width before which a line ends early."""
NEAR = 0.15
"""Parts of width and height within which another line is in the way of words."""
ENDING = 0.3
"""Part of the width over which a level's label stands."""
Drawn = list[dict[str, Any]]
Reader = Callable[[Number], float]


def inside(marks: Sequence[Mark], x: Scale) -> list[Mark]:
    """Annotations within a time axis, in order."""
    first, last = float(x.domain[0]), float(x.domain[1])
    return sorted((mark for mark in marks if first <= stamp(mark.on) <= last), key=lambda mark: stamp(mark.on))


def events(marks: Sequence[Mark], x: Scale, y: Scale) -> Drawn:
    """The last few annotations within the axis, their labels stepping down from left to right."""
    top, bottom = float(y.domain[1]), float(y.domain[0])
    return [
        {"at": stamp(mark.on), "top": top - (top - bottom) * 0.07 * place, "words": short(mark.words),
         "right": share(stamp(mark.on), x) > RIGHT}
        for place, mark in enumerate(inside(marks, x)[-MARKED:])
    ]  # fmt: skip


def told(marks: Sequence[Mark], x: Scale, show: Display) -> str:
    """The annotations as a sentence; empty without any."""
    found = inside(marks, x)
    said = ", ".join(f"{mark.words} ({when_text(mark.on, show)})" for mark in found)
    return f" Marked: {said}." if said else ""


def short(words: str) -> str:
    """A label that is not longer than there is room."""
    return words if len(words) <= LABEL else f"{words[: LABEL - 1].rstrip()}…"


def share(at: float, x: Scale) -> float:
    """How far along the axis something lies, 0 to 1."""
    begin, end = float(x.domain[0]), float(x.domain[1])
    return (at - begin) / (end - begin) if end > begin else 0.0


def ends(series: Sequence[Series], number: Reader, unit: str, show: Display, digits: int, x: Scale, y: Scale) -> Drawn:
    """What stands at the end of each line that is no peer, far enough apart to be read.

    A line that ends before the chart does has its words above it: others go on beside it.
    """
    found: Drawn = []
    for one in series:
        known = [(when, value) for when, value in one.points if value is not None]
        if one.key != "peer" and known:
            when, value = known[-1]
            found.append({"at": stamp(when), "value": number(value), "label_at": number(value), "series": one.label,
                          "words": str(show.quantity(value, unit, digits)),
                          "inside": share(stamp(when), x) < ENDED, "below": False})  # fmt: skip
    height = (float(y.domain[1]) - float(y.domain[0])) * NEAR
    for row in found:
        others = [one for one in series if one.label != row["series"]]
        above = [number(value) - row["value"] for one in others for when, value in one.points
                 if value is not None and abs(share(stamp(when), x) - share(row["at"], x)) < NEAR]  # fmt: skip
        row["below"] = any(0 < gap < height for gap in above)
    outside = [row for row in found if not row["inside"]]
    return [row for row in found if row["inside"]] + apart(outside, float(y.domain[0]), float(y.domain[1]))


def apart(rows: Drawn, low: float, high: float) -> Drawn:
    """Labels moved up, and where that leads out of the chart down, until none stands on another."""
    rows.sort(key=lambda row: float(row["label_at"]))
    step = (high - low) * ENDS
    for before, row in itertools.pairwise(rows):
        row["label_at"] = max(float(row["label_at"]), float(before["label_at"]) + step)
    for place, row in enumerate(reversed(rows)):
        row["label_at"] = min(float(row["label_at"]), high - step * place)
    return rows


def level_rows(levels: Sequence[Level], series: Sequence[Series], number: Reader, x: Scale) -> Drawn:
    """Lines across, with their words at the side at which the lines of the chart are further away."""
    return [
        {"value": number(level.value), "words": level.words, "style": level.style,
         "right": _free(level, series, number, x)}
        for level in levels
    ]  # fmt: skip


def _free(level: Level, series: Sequence[Series], number: Reader, x: Scale) -> bool:
    """Whether the right side is the free one."""
    at = number(level.value)
    gaps: dict[bool, list[float]] = {False: [], True: []}
    for one in series:
        for when, value in one.points:
            along = share(stamp(when), x)
            if value is not None and not ENDING < along < 1 - ENDING:
                gaps[along > 0.5].append(abs(number(value) - at))
    return min(gaps[True], default=0.0) >= min(gaps[False], default=0.0)
