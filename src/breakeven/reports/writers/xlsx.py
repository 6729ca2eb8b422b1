"""A report as a spreadsheet: live where the document has its model, with its tables and charts in any case."""

from __future__ import annotations

from breakeven.reports.document import Document
from breakeven.reports.writers.options import Options
from breakeven.reports.writers.workbook.assumptions import assumptions
from breakeven.reports.writers.workbook.book import Book
from breakeven.reports.writers.workbook.computed import computed
from breakeven.reports.writers.workbook.overview import overview
from breakeven.reports.writers.workbook.rows import rows
from breakeven.reports.writers.workbook.statement import open_statement, statement
from breakeven.reports.writers.workbook.tables import report


def write(document: Document, options: Options) -> bytes:  # noqa: ARG001 - every writer has the same arguments
    """An Office Open XML workbook."""
    book, model = Book(document), document.model
    if model is not None:
        first = open_statement(book)
        variants = assumptions(book, model)
        found = rows(book, model, variants)
        statement(book, first, model, found)
        overview(book, model, found)
    report(book)
    computed(book)
    return book.close()
