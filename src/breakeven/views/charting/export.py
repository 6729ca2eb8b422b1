"""Charts to take along as pictures: SVG that stands alone, with title, legend and source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from breakeven.views.charting.data import TOKENS
from breakeven.views.content import Legend

EDGE, LEAST = 24.0, 420.0
"""Pixels of the margin, and of the least width that the words have."""
TITLE, LINE, SOURCE = 44.0, 20.0, 14.0
"""Pixels of the title, of a line of the legend, of a line of the source."""
KEY = 16.0
"""Pixels of a legend's sign with the room after it."""
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_TOKEN = re.compile(r"var\((--[\w-]+)\)")
_SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')
_BOX = re.compile(r'<svg[^>]*? viewBox="0 0 ([\d.]+) ([\d.]+)"')


def standalone(
    svg: str, *, title: str, source: Sequence[str], tokens: Mapping[str, str], legend: Sequence[Legend] = ()
) -> str:
    """A chart of a page as a picture of its own: white ground, title and legend above, source below.

    `source`: parts of the line that says where it comes from; `tokens`: custom property → colour. Raises ValueError
    for a chart without a size.
    """
    size = _SIZE.search(svg)
    if size is None:
        size = _BOX.search(svg)
        if size is None:
            raise ValueError("the chart has no size")
        svg = svg.replace("<svg", f'<svg width="{size[1]}" height="{size[2]}"', 1)
    inner = max(float(size[1]), LEAST, len(title) * 8.2)
    keys = _lines([KEY + len(entry.text) * 6.4 + 18 for entry in legend], inner)
    told = [
        " · ".join(source[place] for place in line) for line in _lines([len(part) * 5.4 + 12 for part in source], inner)
    ]
    top = TITLE + LINE * len(keys)
    width, height = inner + 2 * EDGE, top + float(size[2]) + 26 + SOURCE * len(told)
    drawn = svg.replace("<svg", f'<svg x="{EDGE:g}" y="{top:g}" overflow="visible"', 1)
    feet = "".join(
        f'<text x="{EDGE:g}" y="{height - 12 - SOURCE * (len(told) - 1 - place):g}" font-size="10" '
        f'fill="var(--text-3)">{escape(line)}</text>'
        for place, line in enumerate(told)
    )
    made = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{escape(FONT, {chr(34): "&quot;"})}">'
        f"<title>{escape(title)}</title>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{EDGE:g}" y="26" font-size="15" font-weight="600" fill="var(--text)">{escape(title)}</text>'
        f"{_legend(legend, keys)}{drawn}{feet}</svg>"
    )
    return _TOKEN.sub(lambda found: tokens.get(found[1], "#000000"), made)


def _lines(widths: Sequence[float], room: float) -> list[list[int]]:
    """Numbers of the things that stand in each line."""
    found: list[list[int]] = []
    used = 0.0
    for place, width in enumerate(widths):
        if not found or used + width > room:
            found.append([])
            used = 0.0
        found[-1].append(place)
        used += width
    return found


def _legend(legend: Sequence[Legend], lines: Sequence[Sequence[int]]) -> str:
    found = []
    for row, line in enumerate(lines):
        x, y = EDGE, TITLE + LINE * row
        for place in line:
            entry = legend[place]
            found.append(
                f'{_sign(entry, x, y)}<text x="{x + KEY + 4:g}" y="{y + 4:g}" font-size="12" '
                f'fill="var(--text-3)">{escape(entry.text)}</text>'
            )
            x += KEY + len(entry.text) * 6.4 + 18
    return "".join(found)


def _sign(entry: Legend, x: float, y: float) -> str:
    """A legend's sign around the middle of its line."""
    colour = TOKENS.get(entry.key, f"var(--{entry.key})")
    faded = ' opacity="0.4"' if entry.faded else ""
    dashes = {"line": "", "dash": ' stroke-dasharray="4 3"', "dots": ' stroke-dasharray="1 4" stroke-linecap="round"'}
    if entry.form in dashes:
        return f'<path d="M{x:g},{y:g}h14" stroke="{colour}" stroke-width="2"{dashes[entry.form]}{faded}/>'
    if entry.form == "dot":
        return f'<circle cx="{x + 6:g}" cy="{y:g}" r="5" fill="{colour}"{faded}/>'
    if entry.form == "tri":
        return f'<path d="M{x + 1:g},{y + 5:g}h10l-5,-9z" fill="{colour}"{faded}/>'
    if entry.form == "diamond":
        hole = f'<path d="M{x + 6:g},{y - 3:g}l3,3l-3,3l-3,-3z" fill="#ffffff"/>'
        return f'<rect x="{x + 1:g}" y="{y - 5:g}" width="10" height="10" rx="2" fill="{colour}"{faded}/>{hole}'
    return f'<rect x="{x + 1:g}" y="{y - 5:g}" width="10" height="10" rx="2" fill="{colour}"{faded}/>'


def light_colours(css: str) -> dict[str, str]:
    """Custom property → its colour in the light theme, of a style sheet of tokens."""
    given = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", css))
    found = {}
    for name, value in given.items():
        seen = value.strip()
        for _ in range(4):  # a token may name another one
            chosen = re.fullmatch(r"light-dark\(\s*([^,()]+|[\w-]+\([^()]*\))\s*,.*\)", seen)
            seen = chosen[1].strip() if chosen else seen
            other = _TOKEN.fullmatch(seen)
            if other is None:
                break
            seen = given.get(other[1], "").strip()
        if seen.startswith(("#", "rgb", "hsl")):
            found[name] = seen
    return found
