"""A report as CSV (RFC 4180, UTF-8): every figure and every cell with a number as a row, with all its digits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from breakeven.reports.document import Chart, Document, Figure, Figures, Note, Notes, Section, Table, Text
from breakeven.reports.hashing import content_hash
from breakeven.reports.provenance import PROVENANCE, encoded
from breakeven.reports.writers.options import Options

HEADER = ("section", "line", "item", "exact", "unit", "shown", "status", "note")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
Line = tuple[str, str, str, str, str, str, str, str]


def write(document: Document, options: Options) -> bytes:  # noqa: ARG001 - every writer has the same arguments
    """The rows; what a spreadsheet would run as a formula gets a quote before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows([_safe(cell) if place != 3 else cell for place, cell in enumerate(line)]
                     for line in _lines(document))  # fmt: skip
    return out.getvalue().encode()


def _lines(document: Document) -> Iterator[Line]:
    for name, value in _head(document):
        yield "Report", name, "", "", "", value, "", ""
    for number, sentence in enumerate(document.summary, 1):
        yield "Executive Summary", str(number), "", "", "", sentence, "", ""
    yield from (_figure("Key Figures", one, document.currency) for one in document.figures)
    for section in document.sections:
        yield from _section(section, document.currency)
    for stated in document.assumptions:
        yield "Assumptions", stated.label, "", "", stated.unit, stated.value, stated.evidence, stated.source
    for method in document.method:
        yield "Method", method.label, method.figure, "", "", method.formula, "", method.description


def _head(document: Document) -> Iterator[tuple[str, str]]:
    yield "Title", document.title
    yield "Company", document.company
    yield from document.filters
    yield "Data version", str(document.versions.data)
    yield "Methodology version", document.versions.methodology
    yield "Made", document.made_text
    yield "Hash", content_hash(document)
    yield PROVENANCE, encoded(document)


def _section(section: Section, currency: str) -> Iterator[Line]:
    if section.message:
        yield section.title, "Message", "", "", "", section.message, "", ""
    for block in section.blocks:
        match block:
            case Table():
                yield from _table(section.title, block, currency)
            case Chart():
                yield from _table(section.title, block.table, currency, block.unit)
            case Figures():
                yield from (_figure(section.title, one, currency) for one in block.figures)
            case Notes():
                yield from (_note(section.title, one) for one in block.notes)
            case Text():
                yield from ((section.title, "", "", "", "", words, "", "") for words in block.paragraphs)


def _table(title: str, table: Table, currency: str, unit: str = "") -> Iterator[Line]:
    for row in table.rows:
        head = row.cells[0].text if row.cells else ""
        for column, cell in list(zip(table.columns, row.cells, strict=False))[1:]:
            if cell.text or cell.sub:
                exact = "" if cell.exact is None else format(cell.exact, "f")
                yield (title, head, column.label, exact, _unit(cell.unit or unit, currency) if exact else "", cell.text,
                       cell.status or "", cell.sub)  # fmt: skip


def _figure(title: str, one: Figure, currency: str) -> Line:
    exact = "" if one.exact is None else _plain(one.exact)
    note = "; ".join(part for part in (one.goal, one.change, one.range, one.evidence, one.reason) if part)
    return title, one.label, one.name, exact, _unit(one.unit, currency), one.text, one.word, note


def _note(title: str, one: Note) -> Line:
    return title, one.lead, one.rest, "", "", one.amount, one.word, one.by


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _unit(unit: str, currency: str) -> str:
    return unit.replace("money", currency)


def _safe(text: str) -> str:
    text = text.replace("\u2060", "").replace("\u00a0", " ")
    return f"'{text}" if text.startswith(_RISKY) else text
