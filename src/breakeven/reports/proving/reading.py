"""A file that was a report: its form, where it says it comes from, and what it says line by line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

import msgspec
import pypdf
from pypdf.errors import PyPdfError

from breakeven.errors import FileUnreadable
from breakeven.reports.provenance import PROVENANCE, Provenance, decoded
from breakeven.reports.proving.office import Package, property_text, sheet_lines, slide_lines

MOST = 100_000_000
"""Bytes of a file that is read."""
_COMMENT = re.compile(r"<!-- breakeven-report (\{.*?\}) -->")
_META = re.compile(r'<meta name="breakeven-report" content="([^"]*)"')
_SPACES = re.compile(r"\s+")


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a file."""

    form: str
    provenance: Provenance
    lines: tuple[str, ...]
    """What it says, one after the other."""


def read_report(content: bytes) -> ReportFile:
    """The form is seen from the content, whatever the file is called.

    Raises FileUnreadable for what is no report of breakeven, is damaged, or does not say where it comes from.
    """
    if len(content) > MOST:
        raise FileUnreadable(f"the file is larger than {MOST // 1_000_000} MB: no report is")
    form, carried, lines = _read(content)
    if not carried:
        raise FileUnreadable("the file does not say where it comes from: it was not written by breakeven report, or "
                             "another program took it out")  # fmt: skip
    try:
        found = decoded(carried)
    except msgspec.MsgspecError as error:
        raise FileUnreadable(f"what the file says of where it comes from cannot be read: {error}") from error
    return ReportFile(form=form, provenance=found, lines=tuple(lines))


def lines_of(content: bytes) -> list[str]:
    """What a report says line by line. Raises FileUnreadable."""
    return list(_read(content)[2])


def words_of(content: bytes) -> list[str]:
    """The words of a PDF, wherever its lines are broken. Raises FileUnreadable."""
    return [word for line in lines_of(content) for word in line.partition(": ")[2].split()]


def _read(content: bytes) -> tuple[str, str, list[str]]:
    """Form, provenance as text, lines."""
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"PK"):
        package = Package(content)
        if "xl/workbook.xml" in package:
            return "xlsx", property_text(package), list(sheet_lines(package))
        if "ppt/presentation.xml" in package:
            return "pptx", property_text(package), list(slide_lines(package))
        raise FileUnreadable("the file is neither a spreadsheet nor a presentation")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable("the file is no report: md, html, pdf, pptx, xlsx, csv or json") from error
    return _text(text)


def _text(text: str) -> tuple[str, str, list[str]]:
    start = text.lstrip()[:200].lower()
    if start.startswith("{"):
        return "json", _json_provenance(text), text.splitlines()
    if start.startswith(("<!doctype html", "<html")):
        found = _META.search(text)
        form = "html" if "<style" in text else "mail"
        return form, unescape(found[1]) if found else "", list(_html_lines(text))
    if start.startswith("section,"):
        rows = list(csv.reader(io.StringIO(text)))
        carried = next((row[5] for row in rows if len(row) > 5 and row[1] == PROVENANCE), "")
        return "csv", carried, [" | ".join(row) for row in rows]
    found = _COMMENT.search(text)
    return "md", found[1] if found else "", text.splitlines()


def _json_provenance(text: str) -> str:
    try:
        held: dict[str, msgspec.Raw] = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise FileUnreadable(f"the file is no whole JSON: {error}") from error
    return bytes(held["provenance"]).decode() if "provenance" in held else ""


def _pdf(content: bytes) -> tuple[str, str, list[str]]:
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        carried = "" if reader.metadata is None else str(reader.metadata.get("/Keywords", ""))
        lines = [f"page {number}: {line.strip()}" for number, page in enumerate(reader.pages, 1)
                 for line in page.extract_text().splitlines() if line.strip()]  # fmt: skip
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileUnreadable(f"the PDF is damaged: {error}") from error
    return "pdf", carried, lines


class _Words(HTMLParser):
    """The words of a page, a line for each element; drawings by their labels."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._skipped += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        line = _SPACES.sub(" ", data).strip()
        if line and not self._skipped:
            self.lines.append(line)


def _html_lines(text: str) -> Iterator[str]:
    parser = _Words()
    parser.feed(text)
    parser.close()
    yield from parser.lines
