"""How a delimited text file is written: its separator, its header, and where the header ends."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from pathlib import Path

import msgspec

from breakeven.errors import FileUnreadable
from breakeven.ingest.rawfile import unique_names

SEPARATORS = ",;\t|"
"""Tried in this order."""

_SAMPLE_ROWS = 200
_ANNOUNCED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""First line that spreadsheets write to name the separator."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a delimited file. Quotes are always " and doubled inside (RFC 4180)."""

    separator: str
    columns: tuple[str, ...]
    """Names from the header."""
    skip: int
    """Bytes of UTF-8 before the first record."""


def sniff(head: bytes, path: Path) -> Dialect:
    """The dialect of a file from its first bytes (UTF-8, the last character may be cut). Raises FileUnreadable."""
    text = head.decode("utf-8", "ignore")
    announced = _ANNOUNCED.match(text)
    offset = announced.end() if announced else 0
    body = text[offset:]
    blank = len(body) - len(body.lstrip("\r\n"))
    body, offset = body[blank:], offset + blank
    separator = announced[1] if announced else _separator(body)
    header, length = _first_record(body, separator)
    if header is None:
        raise FileUnreadable(f"{path} has no header line that can be read")
    return Dialect(separator=separator, columns=unique_names(header), skip=len(text[: offset + length].encode()))


def _separator(body: str) -> str:
    """The separator that cuts the header into most columns and the rows below into as many."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        rows = _rows(body, separator)
        width = len(rows[0]) if rows else 0
        if width > 1:
            alike = sum(len(row) == width for row in rows) / len(rows)
            score = (round(alike, 1), width)
            if score > best_score:
                best, best_score = separator, score
    return best


def _rows(body: str, separator: str) -> list[list[str]]:
    """The first rows of a text; the last one may be cut and is left out where there are more."""
    try:
        reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator)
        rows = [row for row in islice(reader, _SAMPLE_ROWS) if row]
    except csv.Error:
        return []
    return rows[:-1] if 2 < len(rows) < _SAMPLE_ROWS else rows


def _first_record(body: str, separator: str) -> tuple[list[str] | None, int]:
    """The first record and its length in characters, line end included."""
    lines = io.StringIO(body, newline="")
    reader = csv.reader(lines, delimiter=separator)
    try:
        header = next(reader, None)
    except csv.Error:
        return None, 0
    consumed = sum(len(line) for line in islice(io.StringIO(body, newline=""), reader.line_num))
    return header, consumed
