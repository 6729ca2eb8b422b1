"""The statement of the period: every line a formula, beside it what the ledger has and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xlsxwriter.worksheet import Worksheet

from breakeven.formula import excel
from breakeven.formula.excel import cell
from breakeven.reports.model import Model, Total
from breakeven.reports.writers.workbook.book import MUTED, Book, put, shown
from breakeven.reports.writers.workbook.rows import Rows, adjustment

HEADS = ("total_monthly_value", "investment", "net_value", "roi_percent")
COLUMNS = ("", "Amount (live)", "As the ledger has it", "Difference", "Unit", "Formula, or what it does not include")


def open_statement(book: Book) -> Worksheet:
    """The first sheet, so that it stands first; it is filled when the others are there."""
    sheet = book.sheet("Statement", widths=(40, 20, 20, 16, 14, 70))
    document = book.document
    row = book.title(sheet, f"{document.company}: {document.title}, {document.period}",
                     f"{document.scope}, in {document.currency}. Change an assumption, this follows.")  # fmt: skip
    date = book.format(num_format="d mmm yyyy", align="left")
    for label, name, day in (("First day", "period_start", document.start), ("Day after the last", "period_end",
                                                                              document.end)):  # fmt: skip
        sheet.write_string(row, 0, label, book.format(font_color=MUTED))
        sheet.write_datetime(row, 1, datetime(day.year, day.month, day.day), date)  # noqa: DTZ001 - a day
        book.name(name, sheet, row, 1)
        row += 1
    return sheet


def statement(book: Book, sheet: Worksheet, model: Model, found: Rows) -> None:
    """Fill it: value by category, cost by line, what they come to, further figures, facts of the period."""
    row = 6
    for column, label in enumerate(COLUMNS):
        sheet.write_string(row, column, label if label != "Unit" else f"  {label}",
                           book.heading(numeric=column in (1, 2, 3)))  # fmt: skip
    sheet.freeze_panes(row + 1, 1)
    by_name = {one.name: one for one in model.totals}
    values = [one.name for one in model.formulas if one.value and one.name in by_name]
    costs = [name for name in by_name if name.startswith("cost_") and by_name[name].expression is None]
    heads = [name for name in HEADS if name in by_name]
    rest = [name for name in by_name if name not in {*values, *costs, *heads}]
    groups: Sequence[tuple[str, Sequence[str]]] = (
        ("Value", values), ("Cost", costs), ("Result", heads), ("Further figures", rest),
    )  # fmt: skip
    _reserve(book, sheet, groups, model, row + 1)
    row += 1
    for label, names in groups:
        if not names:
            continue
        sheet.write_string(row, 0, label, book.format(bold=True))
        row += 1
        for name in names:
            _line(book, sheet, row, by_name[name], found, strong=name in heads)
            row += 1
    sheet.print_area(0, 0, row + len(model.facts) + 1, 4)
    if model.facts:
        sheet.write_string(row, 0, "Of the period as a whole", book.format(bold=True))
        row += 1
    for fact in model.facts:
        sheet.write_string(row, 0, fact.label, book.format(indent=1))
        put(sheet, row, 1, fact.values[0], book.number(fact.unit))
        sheet.write_string(row, 4, fact.unit.replace("money", book.document.currency),
                           book.format(font_color=MUTED, align="left", indent=1))  # fmt: skip
        row += 1


def _reserve(book: Book, sheet: Worksheet, groups: Sequence[tuple[str, Sequence[str]]], model: Model, row: int) -> None:
    """Name every line before any formula is written: formulas name each other."""
    for _, names in groups:
        row += bool(names)
        for name in names:
            book.names[name] = book.name(name, sheet, row, 1)
            row += 1
    row += bool(model.facts)
    for fact in model.facts:
        book.names[fact.name] = book.name(fact.name, sheet, row, 1)
        row += 1


def _line(book: Book, sheet: Worksheet, row: int, one: Total, found: Rows, *, strong: bool) -> None:
    number = book.number(one.unit, bold=strong)
    sheet.write_string(row, 0, one.label, book.format(indent=1, bold=strong))
    sheet.write_formula(row, 1, _formula(book, one, found), number, shown(one.exact))
    put(sheet, row, 2, one.exact, book.number(one.unit, font_color=MUTED))
    same = 0 if one.exact is not None else ""
    sheet.write_formula(row, 3, f'=IFERROR(ROUND(B{row + 1}-C{row + 1},2),"")', book.number(one.unit, font_color=MUTED),
                        same)  # fmt: skip
    sheet.write_string(row, 4, one.unit.replace("money", book.document.currency),
                       book.format(font_color=MUTED, align="left", indent=1))  # fmt: skip
    told = one.expression.text if one.expression is not None else f"sum of {one.name} over months and projects"
    said = " ".join(told.split()) + (f". {one.reason}" if one.reason else "")
    sheet.write_string(row, 5, said, book.format(font_color=MUTED, font_size=8))


def _formula(book: Book, one: Total, found: Rows) -> str:
    if one.expression is None:
        return cell(summed(one.name, found))
    times, plus, constant = adjustment(one.exact, one.raw)
    if constant and one.exact is not None:
        return cell(f"{float(one.exact)!r}")
    return excel(one.expression, lambda name: book.names.get(name, "NA()"), times=times, plus=plus)


def summed(name: str, found: Rows, **where: str) -> str:
    """The sum of what is known of a figure, an error where nothing is; `where`: key → the cell that it must equal."""
    if name not in found.places:
        return "NA()"
    cells = found.places[name].range
    tests = [(found.places["In period"].range, "1")] if not where else []
    tests += [(found.places[key.capitalize()].range, wanted) for key, wanted in where.items()]
    known = "*".join(f"({cells_of}={wanted})" for cells_of, wanted in tests)
    told = ",".join(f"{cells_of},{wanted}" for cells_of, wanted in tests)
    return f"IF(SUMPRODUCT(ISNUMBER({cells})*{known})=0,NA(),SUMIFS({cells},{told}))"
