"""Workbooks (XLSX and its relatives): one sheet, its first row with content names the columns, values as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from breakeven.errors import FileUnreadable, UnknownName
from breakeven.ingest.rawfile import MALFORMED, PLACE, passed_over, unique_names

_UNIT_ROWS = 20_000


class SheetFile:
    """The first sheet of a workbook, or the one that is named; a sheet holds at most about a million rows."""

    separator: str | None = None
    textual = True

    def __init__(self, path: Path, sheet: str | None) -> None:
        rows = _rows(path, sheet)
        start = next((number for number, row in enumerate(rows) if any(cell not in ("", None) for cell in row)), None)
        if start is None:
            raise FileUnreadable(f"{path} is empty: its sheet has no cell with content")
        self.columns = unique_names(_text(cell) for cell in rows[start])
        self._places = [n for n in range(start + 1, len(rows)) if any(cell not in ("", None) for cell in rows[n])]
        self._rows = rows
        self.total_rows: int | None = len(self._places)
        self._done = 0

    def tables(self, wanted: Sequence[str], skip: int = 0) -> Iterator[pa.Table]:
        """See RawFile; a record's place is its row in the sheet."""
        yield from passed_over(self._tables(wanted), skip)

    def _tables(self, wanted: Sequence[str]) -> Iterator[pa.Table]:
        indexes = {name: self.columns.index(name) for name in wanted}
        for start in range(0, len(self._places), _UNIT_ROWS):
            places = self._places[start : start + _UNIT_ROWS]
            self._done = start + len(places)
            values = {
                name: pa.array([_text(self._rows[place][index]) for place in places], pa.string())
                for name, index in indexes.items()
            }
            numbers = pa.array(np.array(places, np.int64) + 1)
            yield pa.table({PLACE: numbers, MALFORMED: pa.nulls(len(places), pa.string())} | values)

    def notes(self) -> list[str]:
        """See RawFile."""
        return []

    def progress(self) -> tuple[int, int]:
        """See RawFile: records."""
        return self._done, self.total_rows or 0

    def close(self) -> None:
        """See RawFile."""
        self._rows = []


def _rows(path: Path, sheet: str | None) -> list[list[Any]]:
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if sheet is not None and sheet not in names:
            raise UnknownName(f"sheet of {path.name}", sheet, names)
        found = workbook.get_sheet_by_name(sheet or names[0])
        rows: list[list[Any]] = found.to_python(skip_empty_area=False)
    except PasswordError as error:
        raise FileUnreadable(f"{path} is protected by a password") from error
    except (CalamineError, IndexError, OSError) as error:
        raise FileUnreadable(f"{path} is no workbook that can be read: {error}") from error
    return rows


def _text(cell: Any) -> str | None:
    """A cell as text: numbers with a point and without an exponent of their own making, times as ISO 8601."""
    match cell:
        case None | "":
            return None
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            seconds = int(cell.total_seconds())
            return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
        case _:
            return str(cell)
