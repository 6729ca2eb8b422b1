"""How likely each ROI is: the scenario with its 80 % interval, the baseline, and the goal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from breakeven.views.charting.chart import round_ticks
from breakeven.views.what_if.drawing.pens import (
    INK,
    LABEL,
    LETTER,
    VALUE,
    Anchor,
    Frame,
    Scale,
    area,
    curve,
    dot,
    line,
    svg,
    text,
)

WIDE = Frame(width=684, height=190, left=4, right=4, top=34, bottom=20)
NARROW = Frame(width=334, height=190, left=4, right=4, top=34, bottom=20)
CLEAR = 8
"""Pixels between two labels."""


class Hill(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution, or a number that is known exactly."""

    value: float
    words: str
    density: Sequence[float] = ()
    interval: tuple[float, float] | None = None


class Densities(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn."""

    places: Sequence[float]
    scenario: Hill
    baseline: Hill | None
    """None: it is the scenario."""
    levels: Sequence[tuple[float, str, str]]
    """Value, words, and ink or dash."""
    tick: Callable[[float], str]


def density(given: Densities, frame: Frame) -> str:
    """The picture."""
    across = _across(given, frame)
    ground = frame.height - frame.bottom
    hills = [hill for hill in (given.scenario, given.baseline) if hill is not None]
    top = max((max(hill.density) for hill in hills if hill.density), default=1.0)
    up = Scale(0.0, top, ground, frame.top)
    parts = [line(frame.left, ground, frame.width - frame.right, ground, stroke=LABEL)]
    parts += _ticks(given, across, frame)
    parts += _levels(given, across, frame)
    for hill, own in ((given.baseline, False), (given.scenario, True)):
        if hill is not None:
            parts += _hill(given.places, hill, across, up, own=own)
    return svg(frame, [*parts, *_labels(hills, across, up, given.places, frame)])


def _across(given: Densities, frame: Frame) -> Scale:
    if len(given.places):
        return Scale(given.places[0], given.places[-1], frame.left, frame.width - frame.right)
    known = [given.scenario.value, *([] if given.baseline is None else [given.baseline.value]),
             *(level for level, _, _ in given.levels)]  # fmt: skip
    low, high = min(known), max(known)
    room = (high - low) * 0.2 or abs(high) * 0.2 or 1.0
    return Scale(low - room, high + room, frame.left, frame.width - frame.right)


def _ticks(given: Densities, across: Scale, frame: Frame) -> list[str]:
    about = 6 if frame is WIDE else 3
    found = []
    for value in round_ticks(across.low, across.high, about):
        words, x = given.tick(value), across(value)
        half = len(words) * LETTER / 2
        anchor: Anchor = "start" if x - half < 0 else "end" if x + half > frame.width else "middle"
        found.append(text(x, frame.height - 4, words, anchor))
    return found


def _levels(given: Densities, across: Scale, frame: Frame) -> list[str]:
    found, taken = [], -1.0
    for value, words, form in sorted(given.levels):
        if not across.holds(value):
            continue
        x, ink = across(value), form == "ink"
        ground = frame.height - frame.bottom
        found.append(line(x, 2, x, ground, stroke=INK if ink else LABEL, dash="" if ink else "4,3"))
        room = len(words) * LETTER + 5
        right = x + room < frame.width
        if (x + 4 if right else x - room) >= taken:
            found.append(text(x + 4 if right else x - 4, 10, words, "start" if right else "end"))
            taken = x + room if right else x
    return found


def _hill(places: Sequence[float], hill: Hill, across: Scale, up: Scale, *, own: bool) -> list[str]:
    if not hill.density:
        x = across(hill.value)
        if own:
            return [line(x, up.end, x, up.start, stroke=VALUE, width=2.5), dot(x, up.end)]
        return [line(x, up.end, x, up.start, stroke=LABEL, width=1.5, dash="4,3")]
    shape = [(across(x), up(y)) for x, y in zip(places, hill.density, strict=True)]
    if across.end < WIDE.width / 2 and len(shape) % 2:
        shape = shape[::2]
    if not own:
        return [curve(shape, stroke=LABEL, width=1.5, dash="4,3")]
    found = [area([(shape[0][0], up.start), *shape, (shape[-1][0], up.start)], fill=VALUE, opacity=0.1)]
    if hill.interval is not None:
        low, high = (across(end) for end in hill.interval)
        inner = [place for place in shape if low <= place[0] <= high]
        if inner:
            found.append(area([(inner[0][0], up.start), *inner, (inner[-1][0], up.start)], fill=VALUE, opacity=0.28))
    return [*found, curve(shape, stroke=VALUE)]


def _labels(hills: Sequence[Hill], across: Scale, up: Scale, places: Sequence[float], frame: Frame) -> list[str]:
    """The name of each hill over its top; where two would meet, one stands higher."""
    found, taken = [], list[tuple[float, float, float]]()
    for place, hill in enumerate(hills):
        top = max(range(len(hill.density)), key=hill.density.__getitem__) if hill.density else None
        x, y = (across(hill.value), up.end) if top is None else (across(places[top]), up(hill.density[top]))
        half = len(hill.words) * LETTER * 1.1 / 2
        x, y = min(max(x, half + 2), frame.width - half - 2), y - 8
        while any(abs(x - other) < half + reach + CLEAR and abs(y - height) < 13 for other, height, reach in taken):
            y = y - 13 if y > 24 else y + 26
        taken.append((x, y, half))
        found.append(text(x, y, hill.words, "middle", fill=INK if place == 0 else LABEL, bold=True, size=12))
    return found
