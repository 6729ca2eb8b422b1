"""Inputs and calculation: a row for each month and project, formulas of one row over the same row of the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from breakeven.formula import excel
from breakeven.formula.excel import cell, number_text
from breakeven.reports.model import Formula, Model
from breakeven.reports.writers.workbook.assumptions import SHARE
from breakeven.reports.writers.workbook.book import MUTED, Book, month_of, put, shown

FIRST = 6
"""Row of the first month and project, counted from 0."""
KEYS = ("Month", "Project", "In period")
NEAR = Decimal("1e-9")
ROW = "{row}"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rows of a figure stand."""

    sheet: str
    column: str
    last: int

    @property
    def range(self) -> str:
        """All its cells."""
        return f"'{self.sheet}'!${self.column}${FIRST + 1}:${self.column}${self.last}"


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Both sheets."""

    places: Mapping[str, Place]
    """Figure → its cells; `Month`, `Project` and `In period` too."""


def rows(book: Book, model: Model, variants: Sequence[str]) -> Rows:
    """Write both sheets."""
    places: dict[str, Place] = {}
    _inputs(book, model, places)
    _calculation(book, model, variants, places)
    return Rows(places=places)


def _inputs(book: Book, model: Model, places: dict[str, Place]) -> None:
    sheet = book.sheet("Inputs", widths=(11, 22, 9, *(15,) * len(model.inputs)))
    sub = "What records say, by month and project. Costs are in the company's currency, invoices before meters."
    book.title(sheet, "Inputs", sub)
    _keys(book, sheet, model, live=False)
    for column, one in enumerate(model.inputs, len(KEYS)):
        _head(book, sheet, column, one.label, one.unit, one.name)
        places[one.name] = _place(sheet, column, model)
        form = book.number(one.unit)
        for row, value in enumerate(one.values, FIRST):
            put(sheet, row, column, value, form)


def _calculation(book: Book, model: Model, variants: Sequence[str], places: dict[str, Place]) -> None:
    sheet = book.sheet("Calculation", widths=(11, 22, 9, *(17,) * len(model.formulas)))
    sub = "Each cell is its formula over this row of Inputs and over Assumptions. Notes say what else was done."
    book.title(sheet, "Calculation", sub)
    _keys(book, sheet, model, live=True)
    for column, label in enumerate(KEYS):
        places[label] = _place(sheet, column, model)
    for column, one in enumerate(model.formulas, len(KEYS)):
        places[one.name] = _place(sheet, column, model)
    assumed = {one.name: one.variants for one in model.used}
    for column, one in enumerate(model.formulas, len(KEYS)):
        _head(book, sheet, column, one.label, one.unit, one.name)
        _column(book, sheet, column, one, model, variants, places, assumed)


def _column(
    book: Book, sheet: Worksheet, column: int, one: Formula, model: Model, variants: Sequence[str],
    places: Mapping[str, Place], assumed: Mapping[str, Sequence[int | None]],
) -> None:  # fmt: skip
    """One figure in every row. Rows that take the same assumptions have the same formula but for the row's number."""
    used = [name for name in one.expression.names if name in assumed]
    prorated = {variant.name for variant in model.variants if variant.per_month}
    form, noted, kept = book.number(one.unit), model.notes.get(one.name, {}), dict[tuple[object, ...], str]()
    for row, (value, raw) in enumerate(zip(one.values, one.raw, strict=True)):
        open_month = model.months[row] == model.open_month
        taken = tuple(assumed[name][row] for name in used)
        times, plus, constant = adjustment(value, raw)
        key = (taken, open_month, times, plus)
        if constant:
            put(sheet, FIRST + row, column, value, book.number(one.unit, italic=True, font_color=MUTED))
        else:
            if key not in kept:
                of = dict(zip(used, taken, strict=True))
                reference = _reference(sheet, places, of, variants, prorated if open_month else frozenset())
                kept[key] = excel(one.expression, reference, times=times, plus=plus)
            formula = kept[key].replace(ROW, str(FIRST + row + 1))
            sheet.write_formula(FIRST + row, column, formula, form, shown(value))
        said = _said(noted.get(row, ""), raw, value) if constant or times or plus else ""
        if said:
            sheet.write_comment(FIRST + row, column, said, {"author": "breakeven"})


class _reference:  # noqa: N801 - called like the function that it is
    """Name of a formula → its cell in the row, or the name of the assumption's value that the row takes."""

    def __init__(
        self, sheet: Worksheet, places: Mapping[str, Place], taken: Mapping[str, int | None],
        variants: Sequence[str], prorated: frozenset[str] | set[str],
    ) -> None:  # fmt: skip
        self._sheet, self._places, self._taken = sheet.get_name(), places, taken
        self._variants, self._prorated = variants, prorated

    def __call__(self, name: str) -> str:
        if name in self._taken:
            variant = self._taken[name]
            if variant is None:
                return "NA()"
            said = self._variants[variant]
            return f"({said}*{SHARE})" if name in self._prorated else said
        if name not in self._places:
            return "NA()"
        place = self._places[name]
        return f"{place.column}{ROW}" if place.sheet == self._sheet else f"{place.sheet}!{place.column}{ROW}"


def adjustment(value: Decimal | None, raw: Decimal | None) -> tuple[str, str, bool]:
    """What is done to a formula's result to get the ledger's: a factor, a sum, or a constant in its place."""
    if value is None or raw is None:
        return "", "", (value is None) != (raw is None)
    if abs(value - raw) <= NEAR * max(abs(value), abs(raw), Decimal(1)):
        return "", "", False
    if raw and value:
        return number_text(value / raw), "", False
    return "", f"({number_text(value - raw)})", False


def _said(note: str, raw: Decimal | None, value: Decimal | None) -> str:
    """Why a cell is not its formula alone."""
    if note:
        return note
    if value is None:
        return "Not counted: the project did not run in this month, or a close has no such amount."
    return "As the month was closed." if raw is None else "Other than the formula gives: as the month was closed."


def _keys(book: Book, sheet: Worksheet, model: Model, *, live: bool) -> None:
    for column, label in enumerate(KEYS):
        sheet.write_string(FIRST - 1, column, label, book.head)
    sheet.freeze_panes(FIRST, len(KEYS))
    month, plain = book.format(num_format="mmm yyyy", align="left"), book.format()
    for row, (first, project, inside) in enumerate(zip(model.months, model.projects, model.inside, strict=True), FIRST):
        sheet.write_datetime(row, 0, month_of(first), month)
        sheet.write_string(row, 1, model.names.get(project, project), plain)
        if live:
            formula = cell(f"IF(AND(A{row + 1}>=period_start,A{row + 1}<period_end),1,0)")
            sheet.write_formula(row, 2, formula, plain, int(inside))
        else:
            sheet.write_number(row, 2, int(inside), plain)


def _head(book: Book, sheet: Worksheet, column: int, label: str, unit: str, name: str) -> None:
    muted = book.format(font_color=MUTED, align="right", font_size=8)
    sheet.write_string(FIRST - 3, column, name, muted)
    sheet.write_string(FIRST - 2, column, unit.replace("money", book.document.currency), muted)
    sheet.write_string(FIRST - 1, column, label,
                       book.heading(numeric=True))  # fmt: skip


def _place(sheet: Worksheet, column: int, model: Model) -> Place:
    return Place(sheet=sheet.get_name(), column=xl_col_to_name(column), last=FIRST + max(1, len(model.months)))
