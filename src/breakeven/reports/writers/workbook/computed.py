"""How this was computed: versions, filters, what each sheet is, formulas, how sure the figures are."""

from __future__ import annotations

from collections.abc import Iterator

from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash
from breakeven.reports.writers.workbook.book import MUTED, Book

SHEETS = (
    ("Statement", "The totals of the period as formulas, beside what the ledger has."),
    ("Months, Projects", "The same formulas by month and by project, with charts."),
    ("Assumptions", "Every value of an assumption that some row takes, each with a name. Change the blue cells."),
    ("Inputs", "Measures and cost lines as the records say them, by month and project."),
    ("Calculation", "Each figure in each row: its formula over Inputs and Assumptions. Grey italics are constants."),
    ("", "A factor or sum behind a formula is what the ledger did beyond it (a closed month, a shared benefit, decay,"),
    ("", "the headline rule); the cell's note says what."),
    ("Report", "What the report says in its other forms: figures, tables, charts."),
)  # fmt: skip
RULES = (
    "What is not known is the word unknown, never 0: a formula with an unknown input is unknown, sums skip it.",
    "Amounts that add up are made by month and project and then summed; ratios are made anew from the sums.",
    "The ledger computes with 12 decimals, a spreadsheet with 15 digits: they agree to the cent.",
)


def computed(book: Book) -> None:
    """The sheet."""
    sheet = book.sheet("How this was computed", widths=(34, 120))
    row = book.title(sheet, "How this was computed", "Everything that is needed to make this report again.")
    plain, bold = book.format(text_wrap=True), book.format(bold=True, font_size=12)
    for title, pairs in _parts(book.document):
        sheet.write_string(row, 0, title, bold)
        row += 1
        for name, value in pairs:
            sheet.write_string(row, 0, name, book.format(font_color=MUTED, text_wrap=True))
            sheet.write_string(row, 1, value, plain)
            row += 1
        row += 1


def _parts(document: Document) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    versions = document.versions
    closed = ", ".join(f"{month} version {version}" for month, version in versions.closed.items())
    yield "Versions", [
        ("Data version", str(versions.data)), ("Methodology version", versions.methodology),
        ("Closed months", closed or "none"), ("Made", document.made_text), ("Hash", content_hash(document)),
    ]  # fmt: skip
    yield "Filters in force", list(document.filters)
    if document.model is not None:
        yield "Sheets", list(SHEETS)
    yield "Rules", [("", rule) for rule in RULES]
    yield "Formulas", [(one.label, one.formula + (f"  –  {one.description}" if one.description else ""))
                       for one in document.method]  # fmt: skip
    yield "How sure the figures are", [("", said) for said in (*document.evidence, *document.remarks)]
