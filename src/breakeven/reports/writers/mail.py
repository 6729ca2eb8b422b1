"""A report as a page that mail programs show: tables and inline styles, no picture, no style sheet, no script."""

from __future__ import annotations

from breakeven.reports.document import Document
from breakeven.reports.writers.options import Options
from breakeven.reports.writers.pages import rendered


def write(document: Document, options: Options) -> bytes:  # noqa: ARG001 - every writer has the same arguments
    """UTF-8; charts are their sentence and their numbers."""
    return rendered("mail.html", document)
