"""Charts and tables to take along: SVG that stands alone, and CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from decimal import Decimal
from xml.sax.saxutils import escape

from breakeven.views.content import Cell, Table

EDGE, HEAD, FOOT = 24, 44, 34
"""Pixels around the picture: margin, room for the title, room for the source."""
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_TOKEN = re.compile(r"var\((--[\w-]+)\)")
_SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def standalone(svg: str, *, title: str, source: str, tokens: Mapping[str, str]) -> str:
    """A chart of a page as a picture of its own: white ground, title above, source below, colours resolved.

    `tokens`: custom property → colour. Raises ValueError for a chart without a size.
    """
    size = _SIZE.search(svg)
    if size is None:
        raise ValueError("the chart has no size")
    width, height = float(size[1]) + 2 * EDGE, float(size[2]) + HEAD + FOOT
    drawn = svg.replace("<svg", f'<svg x="{EDGE}" y="{HEAD}" overflow="visible"', 1)
    made = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{escape(FONT, {chr(34): "&quot;"})}">'
        f"<title>{escape(title)}</title>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{EDGE}" y="26" font-size="15" font-weight="600" fill="var(--text)">{escape(title)}</text>'
        f"{drawn}"
        f'<text x="{EDGE}" y="{height - 12:g}" font-size="10" fill="var(--text-3)">{escape(source)}</text></svg>'
    )
    return _TOKEN.sub(lambda found: tokens.get(found[1], "#000000"), made)


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


def as_csv(table: Table) -> bytes:
    """A table as CSV (RFC 4180, UTF-8): numbers with all their digits, texts safe to open in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_safe(column.label) for column in table.columns])
    writer.writerows([_cell(cell) for cell in row.cells] for row in table.rows)
    return out.getvalue().encode()


def _cell(cell: Cell) -> str:
    if isinstance(cell.order, Decimal):
        return format(cell.order, "f")
    if isinstance(cell.order, int | float) and not isinstance(cell.order, bool):
        return str(cell.order)
    return _safe(f"{cell.text} {cell.unit}".strip())


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text
