"""What the pictures are drawn with: lines, texts and scales, as the charts of other pages have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Literal

import msgspec

Place = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
VALUE, WEAK, COST = "var(--value)", "var(--value-weak)", "var(--cost-weak)"
INK, LABEL, GRID, HALO = "var(--chart-ink)", "var(--chart-label)", "var(--chart-grid)", "var(--chart-halo)"
LETTER = 6.4
"""Pixels of a letter at 11 pixels, at most, in the widest common font."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A picture's size and the room around what is drawn."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def across(self) -> float:
        """Pixels between the two sides."""
        return self.width - self.left - self.right

    @property
    def down(self) -> float:
        """Pixels between top and bottom."""
        return self.height - self.top - self.bottom


class Scale(msgspec.Struct, frozen=True):
    """From values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (value - self.low) / ((self.high - self.low) or 1.0) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the scale."""
        return self.low <= value <= self.high


def svg(frame: Frame, parts: Iterable[str]) -> str:
    """The picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:g} {frame.height:g}" '
        f'font-size="11" fill="none">{"".join(parts)}</svg>'
    )


def text(
    x: float, y: float, words: str, anchor: Anchor = "start", *, fill: str = LABEL, bold: bool = False, size: int = 11,
) -> str:  # fmt: skip
    """Some words; what is drawn below them stays apart by a halo where they are bold."""
    weight = f' font-weight="600" stroke="{HALO}" stroke-width="3" paint-order="stroke"' if bold else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"{weight}>'
            f"{escape(words)}</text>")  # fmt: skip


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1.0, dash: str = "") -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{x1:.1f},{y1:.1f}L{x2:.1f},{y2:.1f}" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'


def curve(places: Sequence[Place], *, stroke: str, width: float = 2.0, dash: str = "") -> str:
    """A line through places."""
    if not places:
        return ""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<path d="{_through(places)}" stroke="{stroke}" stroke-width="{width:g}" stroke-linejoin="round" '
            f'stroke-linecap="round"{dashed}/>')  # fmt: skip


def area(places: Sequence[Place], *, fill: str, opacity: float) -> str:
    """What lies between places, closed."""
    return f'<path d="{_through(places)}Z" fill="{fill}" fill-opacity="{opacity:g}"/>' if places else ""


def box(x: float, y: float, width: float, height: float, *, fill: str, title: str = "") -> str:
    """A bar."""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:g}" rx="2" fill="{fill}">'
            f"{inside}</rect>")  # fmt: skip


def dot(x: float, y: float) -> str:
    """A place on a line."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{HALO}" stroke="{INK}" stroke-width="2"/>'


def cut(words: str, room: float) -> str:
    """Words that fit into so many pixels."""
    letters = max(4, int(room / LETTER))
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"


def _through(places: Sequence[Place]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)
