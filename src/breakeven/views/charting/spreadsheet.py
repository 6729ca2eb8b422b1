"""Tables to take along as CSV: numbers with all their digits, and nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from breakeven.views.content import Cell, Column, Row, Table
from breakeven.views.format import MINUS

_AGE = re.compile(r"\d\s?(s|min|h|days?)$")
"""A length of time, which is sorted by its seconds."""
AMOUNT = "¤"
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def as_csv(table: Table, currency: str = "") -> bytes:
    """A table as CSV (RFC 4180, UTF-8); `currency`: the one of its amounts, for the heads of their columns."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    numbers = [_exact_column(table.rows, place) for place in range(len(table.columns))]
    writer.writerow([_head(column, table.rows, place, currency) if numbers[place] else _safe(column.label)
                     for place, column in enumerate(table.columns)])  # fmt: skip
    for row in table.rows:
        writer.writerow([_cell(cell, exact=numbers[place]) for place, cell in enumerate(row.cells)])
    return out.getvalue().encode()


def _exact_column(rows: Sequence[Row], place: int) -> bool:
    """Whether every text of a column with a digit in it is a number of one unit, and short for what it is sorted by."""
    told = [cell for cell in _cells(rows, place) if cell.order is not None]
    return (
        bool(told) and len({_unit(cell) for cell in told}) == 1 and all(_says(cell.text, cell.order) for cell in told)
    )


def _cells(rows: Sequence[Row], place: int) -> list[Cell]:
    """The cells of a column in which a number is written."""
    return [row.cells[place] for row in rows if place < len(row.cells) and _has_digit(row.cells[place])]


def _has_digit(cell: Cell) -> bool:
    return re.search(r"\d", cell.text) is not None


def _unit(cell: Cell) -> str:
    """The unit of a cell's number: its own, %, or that of amounts."""
    if any(unicodedata.category(letter) == "Sc" for letter in cell.text) or re.search(r"[A-Z]{3}", cell.text):
        return f"{AMOUNT} {cell.unit}".strip()
    return "%" if "%" in cell.text else cell.unit


def _says(text: str, order: Decimal | float | str | None) -> bool:
    """Whether a text is a number rounded, in whatever form: $4.76M says 4,760,123.45."""
    if order is None or isinstance(order, str | bool) or _AGE.search(text):
        return False
    value = Decimal(str(order))
    shown = re.sub(r"\D", "", text).lstrip("0")
    if not shown:
        return abs(value) < 1
    if not value or (value < 0) != text.lstrip().startswith((MINUS, "-")):
        return False
    scaled = abs(value).scaleb(len(shown) - 1 - value.adjusted())
    number, half = int(shown), Decimal("0.51")
    if number == 10 ** (len(shown) - 1) and scaled > number:  # 99.9k is written 100k
        return abs(scaled / 10 - number) <= (half if number > 1 else half / 10) or abs(scaled - number) <= half
    return abs(scaled - number) <= half


def _head(column: Column, rows: Sequence[Row], place: int, currency: str) -> str:
    """The label with the unit of the numbers below it."""
    cell = next(cell for cell in _cells(rows, place) if cell.order is not None)
    unit = _unit(cell).replace(AMOUNT, currency).strip()
    return _safe(f"{column.label} ({unit})" if unit else column.label)


def _cell(cell: Cell, *, exact: bool) -> str:
    if exact and cell.order is not None and _has_digit(cell):
        return format(Decimal(str(cell.order)), "f")
    return _safe(" ".join(part for part in (cell.text, cell.unit) if part).strip())


def _safe(text: str) -> str:
    text = text.replace("\u00a0", " ")
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text
