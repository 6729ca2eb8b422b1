"""Small trends without axes, drawn as SVG at once: a renderer would take a hundred times as long."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.views.tiles import Point

WIDTH, HEIGHT, EDGE = 104.0, 32.0, 4.0
"""Size of the picture and its margin, in which the last point has room."""


def spark(points: Sequence[Point]) -> str:
    """The lines between known neighbours, the area under them, and a dot at the last one; empty without two points."""
    known = [(place, point.value) for place, point in enumerate(points) if point.value is not None]
    if len(known) < 2:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    across = (WIDTH - 2 * EDGE) / max(1, len(points) - 1)
    reach = (high - low) or 1.0
    middle = 0.5 if high == low else 0.0
    places = [
        (EDGE + place * across, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * ((value - low) / reach + middle))
        for place, value in known
    ]
    lines = " ".join(_run(run) for run in _runs(known, places))
    areas = " ".join(_area(run) for run in _runs(known, places))
    x, y = places[-1]
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true"><path d="{areas}" fill="var(--value)" '
        f'fill-opacity=".1"/><path d="{lines}" fill="none" stroke="var(--value)" stroke-width="1.5" '
        f'stroke-linecap="round" stroke-linejoin="round"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" '
        f'fill="var(--value)"/></svg>'
    )


Place = tuple[float, float]


def _runs(known: Sequence[tuple[int, float]], places: Sequence[Place]) -> list[list[Place]]:
    """Neighbours that follow each other without a month that is unknown."""
    runs: list[list[Place]] = []
    last = None
    for (number, _), place in zip(known, places, strict=True):
        if last is None or number != last + 1:
            runs.append([])
        runs[-1].append(place)
        last = number
    return runs


def _run(run: Sequence[Place]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in run)


def _area(run: Sequence[Place]) -> str:
    return f"{_run(run)}L{run[-1][0]:.1f},{HEIGHT:g}L{run[0][0]:.1f},{HEIGHT:g}Z"
