"""ROI with one assumption at its low and at its high end, as bars around the scenario's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from breakeven.views.charting.chart import round_ticks
from breakeven.views.what_if.drawing.pens import (
    COST,
    GRID,
    INK,
    LETTER,
    VALUE,
    Anchor,
    Frame,
    Scale,
    box,
    cut,
    line,
    svg,
    text,
)

ROW, BAR = 34, 20
NAMES = {True: 196.0, False: 112.0}
"""Pixels for the names, wide and narrow."""
FOOT = 22.0
LEAST_ROOM = 46.0
"""Pixels that an end's words need beside the longest bar."""
MOST_ROOM = 0.34
"""Part of the width beside the names that they may take, on each side."""


class Swing(msgspec.Struct, frozen=True, kw_only=True):
    """One assumption: ROI at its ends, and what the ends are."""

    label: str
    low: float
    high: float
    low_words: str
    high_words: str


def tornado(swings: Sequence[Swing], at: float, rows: int, tick: Callable[[float], str], *, wide: bool) -> str:
    """The picture; `rows`: for how many it has room, so that its height stays."""
    width, names = (684.0, NAMES[True]) if wide else (334.0, NAMES[False])
    frame = Frame(width=width, height=rows * ROW + FOOT, left=names, right=4, top=2, bottom=FOOT)
    longest = max((len(words) for one in swings for words in (one.low_words, one.high_words)), default=0)
    room = min(max(LEAST_ROOM, longest * LETTER + 8), (width - names) * MOST_ROOM)
    ends = [end for one in swings for end in (one.low, one.high)] + [at]
    low, high = min(ends), max(ends)
    if low == high:
        low, high = low - 1, high + 1
    across = Scale(low, high, frame.left + room, frame.width - frame.right - room)
    ground = frame.height - FOOT
    parts = []
    for value in round_ticks(low, high, 5 if wide else 2):
        words, x = tick(value), across(value)
        half = len(words) * LETTER / 2
        anchor: Anchor = "end" if x + half > frame.width else "middle"
        parts += [line(x, 0, x, ground, stroke=GRID), text(x, frame.height - 6, words, anchor)]
    for row, one in enumerate(swings):
        parts += _bar(one, across, at, 2 + row * ROW + (ROW - BAR) / 2, names)
    x = across(at)
    return svg(frame, [*parts, line(x, 0, x, ground, stroke=INK, width=1.2)])


def _bar(one: Swing, across: Scale, at: float, y: float, names: float) -> list[str]:
    middle, baseline = across(at), y + BAR / 2 + 4
    found = [text(0, baseline, cut(one.label, names), fill=INK)]
    ends = sorted(((one.low, one.low_words), (one.high, one.high_words)), key=lambda end: -abs(end[0] - at))
    same = (one.low - at) * (one.high - at) > 0
    for place, (value, words) in enumerate(ends):
        x, above = across(value), value > at
        found.append(box(min(x, middle), y, abs(x - middle), BAR, fill=VALUE if above else COST,
                         title=f"{one.label}: {words}"))  # fmt: skip
        if same and place:
            # both ends lie on one side: the nearer one is named on the other side of the line
            found.append(text(middle - 6 if above else middle + 6, baseline, words, "end" if above else "start"))
        else:
            found.append(text(x + 6 if above else x - 6, baseline, words, "start" if above else "end"))
    return found
