"""Tables of the presentation program."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Pt

from breakeven.reports.document import SHAPES, Cell, Row, Table
from breakeven.reports.writers.palette import LIGHT, status_colours
from breakeven.reports.writers.slides.deck import FONT, Box, Deck, described, rgb

SIZES = (14.0, 13.0, 12.0, 11.0, 10.0)
"""Points that a table may have."""
PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""The table style without colours and lines."""
LETTER = 0.0078
"""Inches of a letter for each point of its size."""
LINE = 0.0185
"""Inches of a line for each point."""
PADDING = 0.11
"""Inches above and below the text of a row together."""
GAP = 0.16
"""Inches left and right together."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What of a table stands on one slide."""

    table: Table
    size: float
    """Points of its text."""


def size_of(made: Table, box: Box) -> float:
    """Points of a table's text: the largest at which it fits the box, the smallest where it needs several slides."""
    columns = widths(made, box.width)
    for size in SIZES:
        needed = size * LINE + PADDING + sum(height(row, columns, size) for row in made.rows)
        if needed <= box.height and all(_fits(made, place, width, size) for place, width in enumerate(columns)):
            return size
    return SIZES[-1]


def _fits(made: Table, place: int, width: float, size: float) -> bool:
    """Whether the numbers of a column stand in one line."""
    if not made.columns[place].numeric:
        return True
    longest = max((len(row.cells[place].text) for row in made.rows if place < len(row.cells)), default=0)
    return longest * LETTER * size + GAP <= width


def widths(made: Table, room: float) -> list[float]:
    """Inches of each column: in proportion to its longest text, within bounds."""
    lengths = []
    for place, column in enumerate(made.columns):
        cells = [row.cells[place] for row in made.rows if place < len(row.cells)]
        longest = max([len(one.text) + 2 * (one.status is not None) for one in cells] + [len(column.label)])
        subs = max([len(one.sub) for one in cells] + [0])
        lengths.append(min(40.0, max(4.0, longest * 1.1, subs * 0.6)) + 3.0)
    total = sum(lengths)
    return [room * one / total for one in lengths]


def height(row: Row, columns: Sequence[float], size: float) -> float:
    """Inches that a row needs."""
    lines = []
    for width, one in zip(columns, row.cells, strict=False):
        letters = max(1.0, (width - GAP) / (LETTER * size))
        text = math.ceil((len(one.text) + 2 * (one.status is not None)) / letters) if one.text else 0
        small = math.ceil(len(one.sub) / (letters * size / (size - 2))) * (size - 2) / size if one.sub else 0
        lines.append(text + small)
    return max(1.0, *lines) * size * LINE + PADDING


def pages(made: Table, box: Box) -> Iterator[Part]:
    """The table in as many parts as it needs to fit the box; each has the heads."""
    size, columns = size_of(made, box), widths(made, box.width)
    room = box.height - size * LINE - PADDING
    rows: list[Row] = []
    used = 0.0
    for row in made.rows:
        need = height(row, columns, size)
        if rows and used + need > room:
            yield Part(table=_with(made, rows), size=size)
            rows, used = [], 0.0
        rows.append(row)
        used += need
    if rows:
        yield Part(table=_with(made, rows), size=size)


def _with(made: Table, rows: Sequence[Row]) -> Table:
    return Table(caption=made.caption, columns=made.columns, rows=tuple(rows), empty=made.empty)


def table(deck: Deck, slide: Any, box: Box, part: Part) -> None:
    """Put a table on a slide; it must fit (`pages`)."""
    made, size = part.table, part.size
    columns = widths(made, box.width)
    heights = [size * LINE + PADDING, *(height(row, columns, size) for row in made.rows)]
    left, top, width, _ = deck.inches(box)
    frame = slide.shapes.add_table(len(made.rows) + 1, len(made.columns), left, top, width, Inches(sum(heights)))
    described(frame, made.caption)
    grid = frame.table
    grid._tbl.tblPr.find("{*}tableStyleId").text = PLAIN  # noqa: SLF001 - python-pptx has no table styles
    grid.horz_banding = False
    for place, inches in enumerate(columns):
        grid.columns[place].width = deck.inches(Box(0, 0, inches, 0))[2]
    for place, inches in enumerate(heights):
        grid.rows[place].height = deck.inches(Box(0, 0, inches, 0))[2]
    for place, column in enumerate(made.columns):
        _cell(deck, grid.cell(0, place), Cell(text=column.label), size - 2, numeric=column.numeric, head=True)
    for number, row in enumerate(made.rows, 1):
        for place, column in enumerate(made.columns):
            one = row.cells[place] if place < len(row.cells) else Cell()
            _cell(deck, grid.cell(number, place), one, size, numeric=column.numeric, bold=row.kind == "total")


def _cell(
    deck: Deck, cell: Any, one: Cell, size: float, *, numeric: bool, head: bool = False, bold: bool = False
) -> None:
    cell.margin_left = cell.margin_right = Inches(GAP / 2)
    cell.margin_top = cell.margin_bottom = Inches(PADDING / 2)
    cell.vertical_anchor = MSO_ANCHOR.BOTTOM if head else MSO_ANCHOR.TOP
    frame = cell.text_frame
    frame.word_wrap = True
    paragraph = frame.paragraphs[0]
    text, ink = one.text, LIGHT["--text-3"] if head else LIGHT["--text"]
    if one.status is not None:
        text, ink = f"{SHAPES[one.status]} {one.text}", status_colours(one.status)[0]
    _run(deck, paragraph, text, size, ink, bold=bold or one.strong)
    paragraph.alignment = PP_ALIGN.RIGHT if numeric else PP_ALIGN.LEFT
    if one.sub:
        small = frame.add_paragraph()
        _run(deck, small, one.sub, size - 2, LIGHT["--text-3"], bold=False)
        small.alignment = paragraph.alignment
    line = LIGHT["--line-strong"] if head or bold else LIGHT["--line"]
    cell._tc.get_or_add_tcPr().append(parse_xml(  # noqa: SLF001 - python-pptx has no borders of cells
        f'<a:lnB {nsdecls("a")} w="9525"><a:solidFill><a:srgbClr val="{line[1:].upper()}"/></a:solidFill></a:lnB>'
    ))  # fmt: skip


def _run(deck: Deck, paragraph: Any, text: str, size: float, ink: str, *, bold: bool) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = rgb(ink)
    if not deck.own:
        run.font.name = FONT
