"""A report as Markdown (CommonMark with tables): title, executive summary, figures, sections, footer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from breakeven.ledger.results import Status
from breakeven.reports.document import MARKS, Block, Chart, Document, Figure, Figures, Note, Notes, Section, Table, Text
from breakeven.reports.hashing import content_hash, footer
from breakeven.reports.provenance import comment
from breakeven.reports.writers.options import Options

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_SPACES = re.compile(r"\s+")


def write(document: Document, options: Options) -> bytes:  # noqa: ARG001 - every writer has the same arguments
    """UTF-8, lines end with a line feed."""
    return "\n".join(_lines(document)).encode() + b"\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {plain(document.company)} {document.title[:1].lower()}{plain(document.title[1:])} – {document.period}"
    yield ""
    yield "## Executive Summary"
    yield ""
    yield " ".join(plain(sentence) for sentence in document.summary)
    if document.figures:
        yield from ("", "## Key Figures", "")
        yield from _figures(document.figures)
    for section in document.sections:
        yield from _section(section)
    if not document.brief:
        yield from _appendix(document)
    yield from _foot(document)


def _section(section: Section) -> Iterator[str]:
    yield from ("", f"## {plain(section.title)}", "")
    if section.message:
        yield from (f"**{plain(section.message)}.**", "")
    if section.sub:
        yield from (f"*{plain(section.sub)}*", "")
    for place, block in enumerate(section.blocks):
        if place:
            yield ""
        yield from _block(block)
    if section.foot:
        yield from ("", plain(section.foot))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block)
        case Chart():
            yield plain(block.description)
            yield ""
            yield from _table(block.table)
        case Notes():
            yield from _notes(block)
        case Figures():
            yield from (_bullet(one) for one in block.figures)
        case Text():
            yield from (plain(paragraph) for paragraph in block.paragraphs)


def mark(status: Status | None, word: str) -> str:
    """✅ On track; the word alone where there is no status."""
    return f"{MARKS[status]} {word}".strip() if status is not None else word


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield plain(table.empty)
        return
    yield _row([plain(column.label) for column in table.columns])
    yield _row(["---:" if column.numeric else "---" for column in table.columns])
    for row in table.rows:
        cells = []
        for cell in row.cells:
            text = plain(mark(cell.status, cell.text))
            text = f"**{text}**" if text and row.kind == "total" else text
            cells.append(f"{text} ({plain(cell.sub)})" if cell.sub and text else text or plain(cell.sub))
        yield _row(cells)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figures(figures: Sequence[Figure]) -> Iterator[str]:
    yield _row(["Figure", "Value", "Change", "Target", "Status", "Rests on"])
    yield _row(["---", "---:", "---", "---", "---", "---"])
    for one in figures:
        value = f"{one.text} ({one.range})" if one.range else one.text
        said = f"{value}: {one.reason}" if one.exact is None and one.reason else value
        yield _row([plain(part) for part in (one.label, said, one.change, one.goal or "no target",
                                             mark(one.status, one.word), one.evidence)])  # fmt: skip


def _bullet(one: Figure) -> str:
    """- **Time to production**: 11.2 days, ✅ On track, 20% below the limit of 14 days; ↓ 8% against September."""
    unknown = one.reason if one.reason.startswith("not ") else f"not known: {one.reason}"
    said = one.text if one.exact is not None or not one.reason else unknown
    judged = f", {mark(one.status, one.word)}" if one.status is not None else ""
    goal = f", {one.goal}" if one.goal else ", no target"
    change = f"; {one.change[:1].lower()}{one.change[1:]}" if one.change else ""
    return f"- **{plain(one.label)}**: {plain(said)}{judged}{plain(goal)}{plain(change)}"


def _notes(notes: Notes) -> Iterator[str]:
    if not notes.notes:
        yield plain(notes.empty)
    for one in notes.notes:
        yield _note(one)
    if notes.more:
        yield f"- and {notes.more} more"


def _note(one: Note) -> str:
    word = mark(one.status, one.word)
    lead = f"{word}: {plain(one.lead)}" if word else plain(one.lead)
    rest = f"{joined(one.lead)}{plain(one.rest)}" if one.rest else ""
    by = f" ({plain(one.by)})" if one.by else ""
    amount = f" – {plain(one.amount)}" if one.amount and one.amount != "–" else ""
    return f"- {lead}{rest}{by}{amount}"


def joined(lead: str) -> str:
    """What stands between a note and what is to be done about it."""
    return " " if lead.rstrip()[-1:] in ".?!…" else ": "


def _appendix(document: Document) -> Iterator[str]:
    """How sure the figures are, and how they are made."""
    if document.evidence or document.remarks:
        yield from ("", "## How Sure These Figures Are", "")
        yield from (f"- {plain(sentence)}" for sentence in (*document.evidence, *document.remarks))
    if document.method:
        yield from ("", "## Method", "", _row(["Figure", "Formula"]), _row(["---", "---"]))
        yield from (_row([plain(one.label), f"`{one.formula}`".replace("|", "\\|")]) for one in document.method)
    if document.assumptions:
        yield from ("", "## Assumptions", "", _row(["Assumption", "Value", "Evidence", "Source"]))
        yield _row(["---", "---:", "---", "---"])
        for stated in document.assumptions:
            source = stated.source or "not stated"
            yield _row([plain(stated.label), plain(stated.value), stated.evidence, plain(source)])


def _foot(document: Document) -> Iterator[str]:
    filters = "; ".join(f"{name}: {value}" for name, value in document.filters)
    yield from ("", "---", "", f"Filters in force: {plain(filters)}.  ", f"{plain(footer(document))}  ",
                f"Full hash: `{content_hash(document)}`", "", comment(document))  # fmt: skip


def plain(text: str) -> str:
    """Text as it is: nothing in it is taken for markup, and it stays on its line."""
    return _SPECIAL.sub(r"\\\1", _SPACES.sub(" ", text.replace("\u2060", ""))).strip()
