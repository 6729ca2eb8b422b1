"""The live spreadsheet, computed anew by an independent library: the ledger's cents, and it follows its inputs."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from breakeven.reports import Document, write
from breakeven.reports.writers.workbook.book import safe_name
from breakeven.reports.writers.workbook.rows import adjustment

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import formulas

D = Decimal
Report = Callable[..., Document]
CENT = 0.005


class Sheets:
    """A workbook that was computed by the library, not by us."""

    def __init__(self, file: Path, changes: dict[str, float] | None = None) -> None:
        if changes:
            book = openpyxl.load_workbook(file)
            for name, value in changes.items():
                ((sheet, cell),) = book.defined_names[name].destinations
                book[sheet][cell] = value
            book.save(file)
        self.name = file.name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.cells = formulas.ExcelModel().loads(str(file)).finish(circular=False).calculate()

    def cell(self, sheet: str, place: str) -> Any:
        return np.asarray(self.cells[f"'[{self.name}]{sheet.upper()}'!{place}"].value).ravel()[0]

    def column(self, sheet: str, column: str, first: int, last: int) -> list[Any]:
        return [self.cell(sheet, f"{column}{row}") for row in range(first, last + 1)]


@pytest.fixture(scope="module")
def made(report: Report) -> Document:
    return report("cfo", period="2026-Q1", live=True)


@pytest.fixture(scope="module")
def content(made: Document) -> bytes:
    return write(made, "xlsx")


@pytest.fixture
def file(tmp_path: Path, content: bytes) -> Path:
    target = tmp_path / "report.xlsx"
    target.write_bytes(content)
    return target


def statement(content: bytes) -> Iterator[tuple[int, str, Any]]:
    """Row, label and value as written of every line of the statement."""
    sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Statement"]
    for row in range(8, sheet.max_row + 1):
        if sheet.cell(row, 3).value is not None:
            yield row, str(sheet.cell(row, 1).value).strip(), sheet.cell(row, 3).value


def test_computed_anew_every_line_is_that_of_the_ledger(file: Path, content: bytes, made: Document) -> None:
    sheets = Sheets(file)
    lines = list(statement(content))
    assert len(lines) >= 12
    for row, label, wanted in lines:
        found = sheets.cell("Statement", f"B{row}")
        assert found == wanted if isinstance(wanted, str) else abs(float(found) - wanted) < CENT, label
    by_label = {label: row for row, label, _ in lines}
    exact = {one.name: one.exact for one in made.figures}
    assert abs(sheets.cell("Statement", f"B{by_label['Net value']}") - float(exact["net_value"] or 0)) < CENT
    assert abs(sheets.cell("Statement", f"B{by_label['ROI']}") - float(exact["roi_percent"] or 0)) < CENT
    # the sum over months is the statement too: January to March
    book = openpyxl.load_workbook(io.BytesIO(content))["Months"]
    heads = {str(book.cell(5, column).value): column for column in range(1, book.max_column + 1)}
    letter = openpyxl.utils.get_column_letter(heads["Net value"])
    assert abs(sum(sheets.column("Months", letter, 6, 8)) - float(exact["net_value"] or 0)) < CENT
    shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    for name in ("Months", "Projects"):
        for row in range(6, 9 if name == "Months" else 8):
            for column in range(2, shown[name].max_column + 1):
                kept = shown[name].cell(row, column).value
                if isinstance(kept, int | float):
                    place = f"{openpyxl.utils.get_column_letter(column)}{row}"
                    assert abs(float(sheets.cell(name, place)) - kept) < CENT, f"{name} {place}"


def test_another_hourly_rate_gives_another_return(file: Path, content: bytes) -> None:
    rows = {label: (row, value) for row, label, value in statement(content)}
    sheets = Sheets(file, {"hourly_rate": 20.0})
    # 12.5 hours a month of chat at 20 instead of 10, and 1 hour of voice in January, before it has a rate of its own
    more = 3 * 12.5 * 10 + 10
    value, cost = rows["Value"][1] + more, rows["Investment"][1]
    assert sheets.cell("Statement", f"B{rows['Productivity'][0]}") == pytest.approx(rows["Productivity"][1] + more)
    assert sheets.cell("Statement", f"B{rows['Net value'][0]}") == pytest.approx(value - cost)
    assert sheets.cell("Statement", f"B{rows['ROI'][0]}") == pytest.approx((value / cost - 1) * 100)
    assert sheets.cell("Statement", f"D{rows['Value'][0]}") == pytest.approx(more)


def test_each_value_of_an_assumption_has_a_name(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {"hourly_rate", "hourly_rate.voice.from_2026_02_01", "realisation_rate", "open_month_share", "net_value",
            "period_start"} <= set(book.defined_names)  # fmt: skip


def test_every_figure_is_a_formula(content: bytes, made: Document) -> None:
    assert made.model is not None
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for row in book["Calculation"].iter_rows(min_row=7, min_col=4) for cell in row]
    live = sum(str(cell.value).startswith("=IFERROR(") for cell in cells)
    assert live >= 0.8 * len(cells)
    assert len(cells) == len(made.model.months) * len(made.model.formulas)
    assert len(book["Months"]._charts) == 1
    assert len(book["Report"]._charts) >= 3
    how = [str(cell.value) for row in book["How this was computed"].iter_rows() for cell in row if cell.value]
    assert any("hours_saved * hourly_rate * realisation_rate" in text for text in how)


@pytest.mark.parametrize(
    ("value", "raw", "wanted"),
    [
        (D(10), D(10), ("", "", False)),
        (D(5), D(10), ("0.5", "", False)),
        (D(5), D(0), ("", "(5)", False)),
        (D(0), D(5), ("", "(-5)", False)),
        (None, D(5), ("", "", True)),
        (D(5), None, ("", "", True)),
        (None, None, ("", "", False)),
    ],
)
def test_what_the_ledger_did_beyond_the_formula_is_kept(value: Any, raw: Any, wanted: tuple[str, str, bool]) -> None:
    assert adjustment(value, raw) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("hourly_rate", "hourly_rate"),
        ("tax2026", "_tax2026"),
        ("r1c1", "_r1c1"),
        ("2x", "_2x"),
        ("a-b c", "a_b_c"),
        ("c", "_c"),
    ],
)
def test_no_name_is_taken_for_a_cell(name: str, wanted: str) -> None:
    assert safe_name(name) == wanted
