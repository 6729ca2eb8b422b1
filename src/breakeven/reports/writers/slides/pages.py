"""Which slide shows what: title, summary on one page, one section after the other, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from breakeven.reports.document import (
    SHAPES,
    Block,
    Chart,
    Document,
    Figure,
    Figures,
    Note,
    Notes,
    Section,
    Table,
    Text,
)
from breakeven.reports.hashing import content_hash
from breakeven.reports.writers.markdown import joined
from breakeven.reports.writers.palette import LIGHT, status_colours
from breakeven.reports.writers.slides.charts import chart
from breakeven.reports.writers.slides.deck import BODY, EDGE, TOP, WIDE, Box, Deck, Words
from breakeven.reports.writers.slides.tables import pages, table

MUTED, SOFT = LIGHT["--text-3"], LIGHT["--text-2"]
LISTED = 5
"""Notes of a slide."""
SENTENCES = 9
"""Sentences of a slide about evidence."""
BESIDE = 3.1
"""Inches of figures beside a chart."""
GAP = 0.25


def title(deck: Deck) -> None:
    """What it is, of whom and when."""
    document = deck.document
    slide = deck.slide(document.title, "", _notes(document, ()))
    if slide.shapes.title is not None:
        deck.place(slide.shapes.title, Box(EDGE, 2.2, WIDE - 2 * EDGE, 0.9))
    words = [[Words(text=document.company, size=18, colour=SOFT)],
             [Words(text=f"{document.period} · {document.scope}", size=18, colour=SOFT)],
             [Words(text=f"As of {document.made_text}, for {document.audience}", size=13, colour=MUTED)]]  # fmt: skip
    deck.rule(slide, Box(EDGE, 3.12, WIDE - 2 * EDGE, 0.03))
    deck.text(slide, Box(EDGE, 3.3, WIDE - 2 * EDGE, 1.4), words)


def summary(deck: Deck) -> None:
    """Everything on one page: the finding, key figures, the trend, what people say."""
    document = deck.document
    slide = deck.slide(document.summary[0] if document.summary else document.title, "",
                       _notes(document, ("Executive summary", *document.summary)))  # fmt: skip
    rest = " ".join(document.summary[1:])
    deck.text(slide, Box(EDGE, 1.3, WIDE - 2 * EDGE, 0.55), [[Words(text=rest, size=12.5, colour=SOFT)]])
    below = 1.95
    if document.figures:
        across = min(len(document.figures), 7)
        _tiles(deck, slide, Box(EDGE, below, WIDE - 2 * EDGE, 1.5), document.figures[:across])
        below += 1.7
    lists = [(section.title, block) for section in document.sections for block in section.blocks
             if isinstance(block, Notes) and section.id in ("highlights", "priorities")]  # fmt: skip
    charts = [block for section in document.sections for block in section.blocks
              if isinstance(block, Chart) and block.form != "none"]  # fmt: skip
    main = next((one for one in charts if one.form in ("area", "line")), charts[0] if charts else None)
    width = WIDE - 2 * EDGE - (4.6 + GAP if lists else 0)
    if main is not None:
        deck.text(slide, Box(EDGE, below, width, 0.28), [[Words(text=main.title, size=12, bold=True)]])
        chart(deck, slide, Box(EDGE, below + 0.25, width, 6.9 - below - 0.25), main)
    for place, (name, notes) in enumerate(lists[:2]):
        each = (6.9 - below) / min(2, len(lists))
        box = Box(WIDE - EDGE - 4.6, below + place * each, 4.6, each)
        words = [[Words(text=name, size=12, bold=True)], *(_bullet(one, 11) for one in notes.notes[:3])]
        deck.text(slide, box, words if notes.notes else [words[0], [Words(text=notes.empty, size=11, colour=MUTED)]])


def _tiles(deck: Deck, slide: Any, box: Box, figures: Sequence[Figure]) -> None:
    gap = 0.15
    width = (box.width - gap * (len(figures) - 1)) / len(figures)
    small = len(figures) > 4
    for place, one in enumerate(figures):
        left = box.left + place * (width + gap)
        deck.card(slide, Box(left, box.top, width, box.height))
        words = [[Words(text=one.label, size=10 if small else 11, colour=SOFT)],
                 [Words(text=one.text, size=17 if small else 24, bold=True)],
                 *([Words(text=line, size=9 if small else 10, colour=MUTED)] for line in _lines(one))]  # fmt: skip
        if one.status is not None:
            ink = status_colours(one.status)[0]
            judged = f"{SHAPES[one.status]} {one.word} "
            words.append([Words(text=judged, size=9 if small else 10, bold=True, colour=ink),
                          Words(text="" if small else one.goal, size=10, colour=MUTED)])  # fmt: skip
        deck.text(slide, Box(left + 0.12, box.top + 0.08, width - 0.24, box.height - 0.16), words)


def _lines(one: Figure) -> Iterator[str]:
    if one.exact is None and one.reason:
        yield one.reason[:60]
    elif one.change:
        yield one.change


def sections(deck: Deck) -> None:
    """A slide for each message; what does not fit goes on on the next."""
    for section in deck.document.sections:
        charts = [block for block in section.blocks if isinstance(block, Chart) and block.form != "none"]
        figures = [one for block in section.blocks if isinstance(block, Figures) for one in block.figures]
        if charts:
            _chart_slide(deck, section, charts[0], figures)
        elif figures:
            _figures_slide(deck, section, figures)
        for block in section.blocks:
            _block_slides(deck, section, block)


def _block_slides(deck: Deck, section: Section, block: Block) -> None:
    match block:
        case Table():
            _table_slides(deck, section, block)
        case Chart() if block.form == "none":
            _table_slides(deck, section, block.table)
        case Notes():
            _notes_slide(deck, section, block)
        case Chart() | Figures() | Text():
            return


def _new(deck: Deck, section: Section, block: Block | None = None, *, more: bool = False) -> Any:
    headline = section.message or section.title
    sub = " · ".join(part for part in (section.title if section.message else "", section.sub) if part)
    said = [block.description] if isinstance(block, Chart) else []
    texts = [words for one in section.blocks if isinstance(one, Text) for words in one.paragraphs]
    return deck.slide(f"{headline} (continued)" if more else headline, sub,
                      _notes(deck.document, (*said, *texts, section.foot, *section.sources)))  # fmt: skip


def _chart_slide(deck: Deck, section: Section, one: Chart, figures: Sequence[Figure]) -> None:
    slide = _new(deck, section, one)
    ring = one.form == "donut"
    beside = BESIDE if figures else 6.2 if ring else 0
    width = BODY.width - beside - (GAP if beside else 0)
    chart(deck, slide, Box(EDGE, TOP, width, BODY.height - 0.1), one)
    if figures:
        _column(deck, slide, Box(WIDE - EDGE - beside, TOP + 0.2, beside, BODY.height), figures)
    elif ring:
        box = Box(WIDE - EDGE - beside, TOP + 0.6, beside, BODY.height - 0.6)
        for part in list(pages(one.table, box))[:1]:
            table(deck, slide, box, part)


def _column(deck: Deck, slide: Any, box: Box, figures: Sequence[Figure]) -> None:
    each = min(1.45, box.height / max(1, len(figures)))
    for place, one in enumerate(figures):
        words = [[Words(text=one.label, size=12, colour=SOFT)], [Words(text=one.text, size=22, bold=True)]]
        if one.status is not None:
            ink = status_colours(one.status)[0]
            words.append([Words(text=f"{SHAPES[one.status]} {one.word} ", size=11, bold=True, colour=ink),
                          Words(text=one.goal, size=11, colour=MUTED)])  # fmt: skip
        elif one.change or one.goal:
            words.append([Words(text=one.change or one.goal, size=11, colour=MUTED)])
        deck.text(slide, Box(box.left, box.top + place * each, box.width, each), words)


def _figures_slide(deck: Deck, section: Section, figures: Sequence[Figure]) -> None:
    slide = _new(deck, section)
    across = min(4, len(figures))
    for row, first in enumerate(range(0, len(figures), across)):
        _tiles(deck, slide, Box(EDGE, TOP + row * 1.75, BODY.width, 1.55), figures[first : first + across])


def _table_slides(deck: Deck, section: Section, one: Table) -> None:
    if not one.rows:
        slide = _new(deck, section)
        deck.text(slide, BODY, [[Words(text=one.empty, size=14, colour=MUTED)]])
        return
    for place, part in enumerate(pages(one, BODY)):
        table(deck, _new(deck, section, one, more=place > 0), BODY, part)


def _notes_slide(deck: Deck, section: Section, block: Notes) -> None:
    """None where nobody wrote anything: the page of the summary says that."""
    for first in range(0, len(block.notes), LISTED):
        slide = _new(deck, section, more=first > 0)
        words = [_bullet(one, 18) for one in block.notes[first : first + LISTED]]
        deck.text(slide, BODY, words, after=10)


def _bullet(one: Note, size: float) -> list[Words]:
    words = [Words(text="•  ", size=size, colour=MUTED)]
    if one.word:
        ink, shape = (status_colours(one.status)[0], SHAPES[one.status]) if one.status is not None else (SOFT, "")
        words.append(Words(text=f"{shape} {one.word}  ".lstrip(), size=size, bold=True, colour=ink))
    words.append(Words(text=one.lead, size=size, bold=size > 12))
    if one.rest:
        words.append(Words(text=f"{joined(one.lead)}{one.rest}", size=size, colour=SOFT))
    by = " · ".join(part for part in (one.by, one.amount if one.amount != "–" else "") if part)
    if by:
        words.append(Words(text=f"   {by}", size=size - 2, colour=MUTED))
    return words


def closing(deck: Deck) -> None:
    """How sure the figures are, and how they are made."""
    document = deck.document
    said = [*document.evidence, *document.remarks]
    shown = said[:SENTENCES]
    slide = deck.slide("How sure these figures are", "Filters in force, evidence, what is not known",
                       _notes(document, said))  # fmt: skip
    filters = "; ".join(f"{name}: {value}" for name, value in document.filters)
    words = [[Words(text="Filters in force: ", size=12, bold=True), Words(text=f"{filters}.", size=12, colour=SOFT)],
             *([Words(text=f"•  {one}", size=12, colour=SOFT)] for one in shown)]  # fmt: skip
    if len(said) > len(shown):
        words.append([Words(text=f"and {len(said) - len(shown)} more in the notes", size=11, colour=MUTED)])
    words.append([Words(text=f"Full hash: {content_hash(document)}", size=9, colour=MUTED)])
    deck.text(slide, BODY, words)


def _notes(document: Document, said: Sequence[str]) -> list[str]:
    versions = document.versions
    source = (f"Source: {document.company}, {document.period}, {document.scope}; data version {versions.data}, "
              f"methodology {versions.methodology}, made {document.made_text}.")  # fmt: skip
    filters = "Filters in force: " + "; ".join(f"{name}: {value}" for name, value in document.filters) + "."
    return [*said, source, filters, f"Hash: {content_hash(document)}"]
