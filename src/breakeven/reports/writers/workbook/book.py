"""The workbook, its formats, and where each name of a formula stands."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from breakeven.formula import UNKNOWN
from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash, footer
from breakeven.reports.progress import step
from breakeven.reports.provenance import pieces
from breakeven.reports.writers.palette import LIGHT, STATUS, status_colours

INK, MUTED, LINE, WASH = (LIGHT[name] for name in ("--text", "--text-3", "--line", "--value-wash"))
NUMBERS = {"": "#,##0.######", "%": '#,##0.0"%"', "month": "#,##0.0", "hour": "#,##0.0", "day": "#,##0.0"}
_CELL_LIKE = re.compile(r"(?i)[a-z]{1,3}\d+|r\d*c?\d*|c\d*")


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas are taken as they are written.

    XlsxWriter looks for some thirty functions of later versions in each formula, 0.4 ms each: ours have none of them.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002
        return formula.removeprefix("=")


class Book:
    """A workbook being written."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._out = BytesIO()
        self.workbook = xlsxwriter.Workbook(
            self._out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.workbook.set_calc_mode("auto")
        self.workbook.set_properties({
            "title": f"{document.title}, {document.period}", "author": document.company, "subject": document.scope,
            "created": document.made.replace(tzinfo=None), "comments": footer(document),
        })  # fmt: skip
        self.workbook.set_custom_property("hash", content_hash(document))
        for name, piece in pieces(document):
            self.workbook.set_custom_property(name, piece, "text")
        self._formats: dict[tuple[Any, ...], Format] = {}
        self.names: dict[str, str] = {}
        """Name of a formula → the cell or the defined name that holds it for the period."""

    def sheet(self, name: str, *, widths: tuple[float, ...] = (), landscape: bool = True) -> Worksheet:
        """A sheet that prints on pages as wide as it is, with the footer of every form."""
        step(f"Sheet {name}")
        made = self.workbook.add_worksheet(name, worksheet_class=Sheet)
        made.hide_gridlines(2)
        if landscape:
            made.set_landscape()
        made.set_paper(9)
        made.fit_to_pages(1, 0)
        made.set_footer(f"&L&8{_escaped(footer(self.document))}&R&8&P / &N")
        for place, width in enumerate(widths):
            made.set_column(place, place, width)
        return made

    def format(self, **wanted: Any) -> Format:
        """A format; equal ones are one."""
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            base = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "top"}
            self._formats[key] = self.workbook.add_format(base | wanted)
        return self._formats[key]

    def number(self, unit: str, **more: Any) -> Format:
        """How a number of a unit is shown: amounts with cents."""
        return self.format(num_format=self.number_format(unit), align="right", **more)

    def number_format(self, unit: str) -> str:
        """The same as a text."""
        if unit.startswith("money"):
            return "#,##0.00;[Red]-#,##0.00"
        return NUMBERS.get(unit, NUMBERS[""])

    def status(self, status: str, **more: Any) -> Format:
        """A status: its ink on its ground."""
        ink, ground = status_colours(next(name for name in STATUS if name == status))
        return self.format(font_color=ink, bg_color=ground, **more)

    @property
    def head(self) -> Format:
        """Of a table."""
        return self.heading(numeric=False)

    def heading(self, *, numeric: bool) -> Format:
        """Of a column."""
        more = {"align": "right"} if numeric else {}
        return self.format(bold=True, font_color=MUTED, bottom=1, bottom_color=LINE, text_wrap=True, **more)

    def title(self, sheet: Worksheet, text: str, sub: str = "") -> int:
        """The first lines of a sheet; gives the first free row."""
        # Its height is said, for not every program makes room for larger letters.
        sheet.set_row(0, 24)
        sheet.write_string(0, 0, text, self.format(bold=True, font_size=16))
        sheet.write_string(1, 0, sub, self.format(font_color=MUTED))
        return 3

    def name(self, name: str, sheet: Worksheet, row: int, column: int) -> str:
        """Give a cell a name; gives the name as formulas have to write it."""
        safe = safe_name(name)
        self.workbook.define_name(safe, f"='{sheet.get_name()}'!${xl_col_to_name(column)}${row + 1}")
        return safe

    def close(self) -> bytes:
        """The file."""
        self.workbook.close()
        return self._out.getvalue()


def safe_name(name: str) -> str:
    """A name that no spreadsheet takes for a cell."""
    made = re.sub(r"[^\w.]", "_", name)
    return f"_{made}" if _CELL_LIKE.fullmatch(made) or not (made[:1].isalpha() or made[:1] == "_") else made


def shown(value: Decimal | None) -> float | str:
    """What a cell shows before it is computed anew."""
    return UNKNOWN if value is None else float(value)


def put(sheet: Worksheet, row: int, column: int, value: Decimal | None, form: Format) -> None:
    """A constant: a number, or the word for what is not known."""
    if value is None:
        sheet.write_string(row, column, UNKNOWN, form)
    else:
        sheet.write_number(row, column, float(value), form)


def month_of(value: datetime | Any) -> datetime:
    """A month as a spreadsheet's date."""
    return datetime(value.year, value.month, 1)  # noqa: DTZ001 - a day, which has no zone


def _escaped(text: str) -> str:
    return text.replace("&", "&&")[:200]
