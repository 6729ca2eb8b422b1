"""Which format a file has: seen in its first bytes and checked against its name."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import msgspec

from breakeven.errors import FileUnreadable


class Format(StrEnum):
    """Formats of files that are read."""

    CSV = "CSV"
    LINES = "JSON lines"
    JSON = "JSON"
    PARQUET = "Parquet"
    SHEET = "XLSX"


SUFFIXES: dict[str, Format] = {
    ".csv": Format.CSV, ".tsv": Format.CSV, ".tab": Format.CSV, ".psv": Format.CSV,
    ".jsonl": Format.LINES, ".ndjson": Format.LINES, ".json": Format.JSON,
    ".parquet": Format.PARQUET, ".pq": Format.PARQUET,
    ".xlsx": Format.SHEET, ".xlsm": Format.SHEET, ".xlsb": Format.SHEET, ".xls": Format.SHEET, ".ods": Format.SHEET,
}  # fmt: skip
"""What a name promises; another name promises nothing."""

READS = "CSV, JSON lines, JSON, Parquet, XLSX, and gzip or zstd of the text formats"
_PACKED = (".gz", ".gzip", ".zst", ".zstd")
_FOREIGN: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\s*<(!doctype\s+html|html)", re.IGNORECASE), "an HTML page (the address may ask for a login)"),
    (re.compile(rb"\s*<\?xml|\s*<[a-z]+[\s>/]", re.IGNORECASE), "XML"),
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8"), "a picture"),
    (re.compile(rb"ARROW1"), "an Arrow file"),
    (re.compile(rb"ORC|Obj\x01"), "an ORC or Avro file"),
    (re.compile(rb"SQLite format 3"), "an SQLite database"),
)
_BINARY = ((b"PAR1", Format.PARQUET), (b"PK\x03\x04", Format.SHEET), (b"\xd0\xcf\x11\xe0", Format.SHEET))


def promised(path: Path) -> Format | None:
    """The format that a file's name promises, a compression's suffix left aside."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in _PACKED]
    return SUFFIXES.get(suffixes[-1]) if suffixes else None


def binary_format(head: bytes) -> Format | None:
    """The format of a file that is not text, from its first bytes."""
    return next((form for magic, form in _BINARY if head.startswith(magic)), None)


def text_format(head: bytes, path: Path) -> Format:
    """The format of a text file from its first bytes as UTF-8. Raises FileUnreadable where it is none of them."""
    for pattern, what in _FOREIGN:
        if pattern.match(head):
            raise FileUnreadable(f"{path} is {what}, not a file of records; {READS} are read")
    if b"\x00" in head:
        raise FileUnreadable(f"{path} is a binary file of an unknown kind; {READS} are read")
    if not head.strip():
        raise FileUnreadable(f"{path} is empty: it holds only white space")
    start, name = head.lstrip(), promised(path)
    if re.match(rb"\{\s*[\"}]|\[\s*[{\]]", start):
        return Format.LINES if (name is Format.LINES and start.startswith(b"{")) or _is_lines(start) else Format.JSON
    if name in (Format.CSV, Format.LINES):
        return name
    if name is Format.JSON:
        raise FileUnreadable(f"{path} is named as JSON but does not begin with {{ or [")
    return Format.CSV


def check_name(path: Path, found: Format) -> None:
    """Raises FileUnreadable where a file's name promises another format than its content has."""
    name = promised(path)
    textual = {Format.LINES, Format.JSON}
    if name is not None and name is not found and not {name, found} <= textual:
        raise FileUnreadable(f"{path} is named as {name} but holds {found}: rename it, or export it again")


def _is_lines(start: bytes) -> bool:
    """Whether text that begins with a bracket is one JSON object a line: its first line is whole and more follow."""
    first, newline, rest = start.partition(b"\n")
    if not newline or not rest.strip() or not first.startswith(b"{"):
        return False
    try:
        msgspec.json.decode(first)
    except msgspec.DecodeError:
        return False
    return True
