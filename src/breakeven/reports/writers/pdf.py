"""A report as PDF: tagged (PDF/UA-1), A4 or Letter, with page numbers, and a table of contents when it is long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import msgspec
import typst

from breakeven.errors import UsageProblem
from breakeven.reports.document import (
    SHAPES,
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Note,
    Notes,
    Row,
    Section,
    Table,
    Text,
)
from breakeven.reports.hashing import content_hash, footer
from breakeven.reports.progress import step
from breakeven.reports.provenance import encoded
from breakeven.reports.writers.markdown import joined
from breakeven.reports.writers.options import Options
from breakeven.reports.writers.palette import LIGHT, STATUS, colour, status_colours
from breakeven.reports.writers.pictures import Pictures, pictures

FONTS = ("Inter", "Liberation Sans", "Arial", "Helvetica Neue", "Segoe UI", "DejaVu Sans", "Noto Sans",
         "Libertinus Serif")  # fmt: skip
"""The first that is installed; the last one is part of Typst."""
SVG_FONT = "Inter, 'Liberation Sans', Arial, 'DejaVu Sans', 'Libertinus Serif'"
PAGE = 840.0
"""Pixels of a picture that is as wide as the page."""
LONG = 3
"""Pages up to which there is no table of contents."""
SHORT = 8
"""Rows up to which a chart's numbers stand below it."""
KEYWORDS = b"#set document(keywords: (json(bytes(sys.inputs.document)).provenance,)); "
"""Stands before every template, on its first line: a PDF says where it comes from, whatever its looks."""
MAIN = "main.typ"
"""The template's name among the files beside it."""
PAPERS = {"a4": "a4", "letter": "us-letter"}


def write(document: Document, options: Options) -> bytes:
    """The file; the same for the same document, and the same fonts. Raises UsageProblem for a template with a fault."""
    template = options.typst or resources.files(__package__).joinpath("templates", "report.typ").read_bytes()
    with pictures() as drawing:
        data = msgspec.json.encode(_data(document, options, drawing)).decode()
    step("Setting pages")
    try:
        # Its stubs know one file only.
        made = typst.compile(  # type: ignore[call-overload]
            {**options.beside, MAIN: KEYWORDS + template}, format="pdf", sys_inputs={"document": data},
            pdf_standards=["ua-1"], timestamp=document.made.replace(microsecond=0),
        )  # fmt: skip
    except typst.TypstError as error:
        if not options.typst:
            raise
        raise UsageProblem(
            f"the template cannot be set: {error.message}; {' '.join(error.hints)}".rstrip("; ")
        ) from error
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


def _data(document: Document, options: Options, drawing: Pictures) -> dict[str, Any]:
    """What the template reads."""
    made = document.made
    return {
        "company": document.company, "title": document.title, "period": document.period, "scope": document.scope,
        "made": {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "paper": PAPERS[options.paper], "fonts": FONTS, "footer": footer(document), "hash": content_hash(document),
        "provenance": encoded(document),
        "summary": document.summary, "figures": [_figure(one) for one in document.figures], "outline-from": LONG,
        "sections": [_section(one, drawing) for one in (*document.sections, *_appendix(document))],
        "filters": "; ".join(f"{name}: {value}" for name, value in document.filters),
        "colours": {
            "ink": LIGHT["--text"], "soft": LIGHT["--text-2"], "muted": LIGHT["--text-3"],
            "line": LIGHT["--line-strong"], "wash": LIGHT["--surface-2"],
            "status": {name: {"ink": status_colours(name)[0], "shape": SHAPES[name]} for name in STATUS},
        },
    }  # fmt: skip


def _appendix(document: Document) -> Iterator[Section]:
    """How sure the figures are, and how they are made."""
    if document.brief:
        return
    sure = tuple(Note(lead="", rest=said) for said in (*document.evidence, *document.remarks))
    yield Section(id="sure", title="How sure these figures are", blocks=(Notes(notes=sure, empty="Nothing is known."),))
    formulas = _table("Formulas", ("Figure", "Formula"), [(one.label, one.formula) for one in document.method])
    yield Section(id="method", title="Method", blocks=(formulas,))
    rows = [(one.label, one.value, one.evidence, one.source or "not stated") for one in document.assumptions]
    stated = _table("Assumptions", ("Assumption", "Value", "Evidence", "Source"), rows, numeric=(1,))
    yield Section(id="assumptions", title="Assumptions", blocks=(stated,))


def _table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()
) -> Table:  # fmt: skip
    columns = tuple(Column(label=label, numeric=place in numeric) for place, label in enumerate(heads))
    return Table(caption=caption, columns=columns,
                 rows=tuple(Row(cells=tuple(Cell(text=text) for text in row)) for row in rows))  # fmt: skip


def _section(section: Section, drawing: Pictures) -> dict[str, Any]:
    return {
        "title": section.title, "message": section.message, "sub": section.sub, "foot": section.foot,
        "blocks": [_block(block, drawing) for block in section.blocks],
    }  # fmt: skip


def _block(block: Block, drawing: Pictures) -> dict[str, Any]:
    match block:
        case Table():
            return {"type": "table", **_rows(block)}
        case Chart():
            svg = drawing.svg(block, SVG_FONT)
            legend = [{"text": one.text, "colour": colour(one.key, place), "faded": one.faded}
                      for place, one in enumerate(block.legend)]  # fmt: skip
            return {"type": "chart", "svg": svg, "description": block.description, "legend": legend,
                    "width": drawing.width(svg) / PAGE, "table": _rows(block.table),
                    "beside": block.form == "donut",
                    "show-table": len(block.table.rows) <= SHORT and block.form != "waterfall"}  # fmt: skip
        case Figures():
            return {"type": "figures", "figures": [_figure(one) for one in block.figures]}
        case Notes():
            return {"type": "notes", "notes": [_note(one) for one in block.notes], "empty": block.empty,
                    "more": block.more}  # fmt: skip
        case Text():
            return {"type": "text", "paragraphs": block.paragraphs}


def _figure(one: Figure) -> dict[str, Any]:
    said = (one.change, f"80% interval {one.range}" if one.range else "", one.evidence,
            one.reason if one.exact is None else "")  # fmt: skip
    return {"label": one.label, "text": one.text, "status": one.status, "word": one.word, "goal": one.goal,
            "lines": [line for line in said if line]}  # fmt: skip


def _note(one: Note) -> dict[str, Any]:
    rest = f"{joined(one.lead)}{one.rest}" if one.rest and one.lead else one.rest
    return {"lead": one.lead, "rest": rest, "by": one.by, "status": one.status, "word": one.word,
            "amount": "" if one.amount == "–" else one.amount}  # fmt: skip


def _rows(table: Table) -> dict[str, Any]:
    """A table with the widths of its columns: numbers as wide as they are, texts share the rest."""
    columns = [
        {"label": column.label, "numeric": column.numeric, "width": 0 if column.numeric else _width(table, place)}
        for place, column in enumerate(table.columns)
    ]
    rows = [{"kind": row.kind, "cells": [_cell(one) for one in row.cells]} for row in table.rows]
    return {"columns": columns, "rows": rows, "empty": table.empty}


def _cell(one: Cell) -> Mapping[str, Any]:
    return {"text": one.text, "sub": one.sub, "status": one.status}


def _width(table: Table, place: int) -> int:
    """Letters of the longest text of a column, within bounds."""
    lengths = [max(len(row.cells[place].text), len(row.cells[place].sub) // 2)
               for row in table.rows if place < len(row.cells)]  # fmt: skip
    return min(60, max(12, *lengths, len(table.columns[place].label)))
