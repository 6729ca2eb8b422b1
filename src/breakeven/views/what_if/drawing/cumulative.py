"""Cumulative net value: the scenario with its range against the baseline, and where they break even."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from breakeven.views.charting.chart import round_ticks
from breakeven.views.what_if.drawing.pens import (
    GRID,
    INK,
    LABEL,
    LETTER,
    VALUE,
    Frame,
    Scale,
    area,
    curve,
    dot,
    line,
    svg,
    text,
)

APART = 14.0
"""Pixels between the words at the ends of two lines."""


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: one value for each month."""

    months: Sequence[str]
    scenario: Sequence[float]
    baseline: Sequence[float] | None
    """None: it is the scenario."""
    band: Sequence[tuple[float, float]]
    """Empty: nothing is uncertain."""
    ends: tuple[str, str]
    """Words at the ends of scenario and baseline."""
    crossing: tuple[float, str] | None
    """Where the scenario breaks even: months after the first month's end, and words."""
    tick: Callable[[float], str]


def cumulative(given: Lines, *, wide: bool) -> str:
    """The picture."""
    every = [0.0, *given.scenario, *(given.baseline or ()), *(end for pair in given.band for end in pair)]
    low, high = min(every), max(every)
    high = high if high > low else low + 1
    ticks = round_ticks(low, high, 4)
    right = max(len(words) for words in given.ends) * LETTER * 1.15 + 12
    frame = Frame(width=448 if wide else 334, height=286 if wide else 210, top=8, bottom=20, right=right,
                  left=max((len(given.tick(value)) for value in ticks), default=2) * LETTER + 8)  # fmt: skip
    across = Scale(0, max(len(given.months) - 1, 1), frame.left, frame.width - frame.right)
    up = Scale(low, high, frame.height - frame.bottom, frame.top)
    parts = [
        *(line(frame.left, up(value), frame.width - frame.right, up(value), stroke=GRID) for value in ticks if value),
        *(text(frame.left - 6, up(value) + 4, given.tick(value), "end") for value in ticks),
        *_months(given.months, across, frame, wide=wide),
    ]
    if given.band:
        below = [(across(i), up(pair[0])) for i, pair in enumerate(given.band)]
        above = [(across(i), up(pair[1])) for i, pair in enumerate(given.band)]
        parts.append(area([*below, *reversed(above)], fill=VALUE, opacity=0.16))
    parts.append(line(frame.left, up(0), frame.width - frame.right, up(0), stroke=INK, width=1.2))
    if given.baseline is not None:
        parts.append(_line(given.baseline, across, up, stroke=LABEL, width=1.5, dash="4,3"))
    parts.append(_line(given.scenario, across, up, stroke=VALUE, width=2.5))
    if given.crossing is not None:
        x, y = across(given.crossing[0]), up(0)
        down = y + 20 < frame.height - frame.bottom  # else above the line, left of where it rises
        end = x > frame.width * 0.6 or not down
        room = len(given.crossing[1]) * LETTER * 1.15
        parts += [dot(x, y), text(max(x - 7, room) if end else x + 4, y + 20 if down else y - 9, given.crossing[1],
                                  "end" if end else "start", fill=INK, bold=True, size=12)]  # fmt: skip
    return svg(frame, [*parts, *_ends(given, across, up)])


def _line(values: Sequence[float], across: Scale, up: Scale, *, stroke: str, width: float, dash: str = "") -> str:
    return curve([(across(i), up(value)) for i, value in enumerate(values)], stroke=stroke, width=width, dash=dash)


def _months(months: Sequence[str], across: Scale, frame: Frame, *, wide: bool) -> list[str]:
    """As many names as there is room for, the last one always."""
    if not months:
        return []
    room = max(len(name) for name in months) * LETTER + 14
    fits = max(1, int((across.end - across.start) / room))
    step = -(-(len(months) - 1) // fits) or 1
    shown = range(len(months) - 1, -1, -step)
    y = frame.height - 4
    last = across(len(months) - 1) - room
    return [
        text(across(i), y, months[i], "end" if i == len(months) - 1 else "middle")
        for i in shown
        if i == len(months) - 1 or (frame.left - 20 if wide else 0) < across(i) - room / 2 < last - room
    ]


def _ends(given: Lines, across: Scale, up: Scale) -> list[str]:
    if not given.scenario:
        return []
    x, y = across(len(given.scenario) - 1) + 6, up(given.scenario[-1])
    found = [text(x, y + 4, given.ends[0], fill=VALUE, bold=True, size=12)]
    if given.baseline:
        other = up(given.baseline[-1])
        if abs(other - y) < APART:
            other = y + APART if other >= y else y - APART
        found.append(text(x, other + 4, given.ends[1]))
    return found
