"""A report as slides: native charts and tables, one message a slide, sources in the speaker's notes."""

from __future__ import annotations

from breakeven.reports.document import Document
from breakeven.reports.writers.options import Options
from breakeven.reports.writers.slides.deck import Deck
from breakeven.reports.writers.slides.pages import closing, sections, summary, title
from breakeven.reports.writers.zipped import steady


def write(document: Document, options: Options) -> bytes:
    """An Office Open XML presentation."""
    deck = Deck(document, options.pptx)
    title(deck)
    summary(deck)
    sections(deck)
    closing(deck)
    return steady(deck.save(), document.made)
