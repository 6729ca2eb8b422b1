"""Office files without an office: custom properties, and what slides and sheets say, line by line."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from posixpath import join, normpath
from xml.etree import ElementTree

from breakeven.errors import FileUnreadable

MOST = 200_000_000
"""Bytes that a file may have when it is unpacked."""
_NUMBER = re.compile(r"(\d+)")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Package:
    """The parts of an office file. Raises FileUnreadable for anything else, and for one that is too large."""

    def __init__(self, content: bytes) -> None:
        try:
            with zipfile.ZipFile(BytesIO(content)) as file:
                if sum(entry.file_size for entry in file.infolist()) > MOST:
                    raise FileUnreadable(f"the file is larger than {MOST // 1_000_000} MB when it is unpacked")
                self._parts = {entry.filename: file.read(entry) for entry in file.infolist()
                               if entry.filename.endswith((".xml", ".rels"))}  # fmt: skip
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise FileUnreadable("the file is no whole office file: it was cut off or is of another kind") from error

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def names(self, beginning: str) -> list[str]:
        """Parts of a folder, those with numbers in the order of their numbers."""
        found = (name for name in self._parts if name.startswith(beginning) and name.endswith(".xml"))
        return sorted(found, key=lambda name: [int(bit) if bit.isdigit() else bit for bit in _NUMBER.split(name)])

    def tree(self, name: str) -> ElementTree.Element:
        """A part. Raises FileUnreadable."""
        try:
            # Its entities are not expanded beyond a limit of the parser's own, and none is loaded from elsewhere.
            return ElementTree.fromstring(self._parts[name])  # noqa: S314
        except (KeyError, ElementTree.ParseError) as error:
            raise FileUnreadable(f"the part {name} of the file cannot be read") from error


def property_text(package: Package) -> str:
    """What stands in the properties breakeven.1, breakeven.2… together; empty without any."""
    if "docProps/custom.xml" not in package:
        return ""
    found = {}
    for one in package.tree("docProps/custom.xml"):
        name, _, number = one.get("name", "").partition(".")
        if name == "breakeven" and number.isdigit():
            found[int(number)] = "".join(one.itertext())
    return "".join(found[number] for number in sorted(found))


def slide_lines(package: Package) -> Iterator[str]:
    """What slides, their notes and charts say."""
    for folder, what in (("ppt/slides/", "slide"), ("ppt/notesSlides/", "notes"), ("ppt/charts/", "chart")):
        for number, name in enumerate(package.names(folder), 1):
            for line in _texts(package.tree(name)):
                yield f"{what} {number}: {line}"


def _texts(tree: ElementTree.Element) -> Iterator[str]:
    """Paragraphs and, in charts, values and formats."""
    for one in tree.iter():
        kind = one.tag.rpartition("}")[2]
        if kind == "p":
            said = "".join(part.text or "" for part in one.iter() if part.tag.rpartition("}")[2] == "t")
            if said.strip():
                yield said.strip()
        elif kind == "v" and one.text:
            yield one.text


def sheet_lines(package: Package) -> Iterator[str]:
    """Every cell that holds something: Statement!B7 value, and its formula."""
    strings = ["".join(part.text or "" for part in one.iter(f"{_MAIN}t"))
               for one in package.tree("xl/sharedStrings.xml").iter(f"{_MAIN}si")
               ] if "xl/sharedStrings.xml" in package else []  # fmt: skip
    for title, part in _sheets(package):
        for cell in package.tree(part).iter(f"{_MAIN}c"):
            formula, value = cell.find(f"{_MAIN}f"), _value(cell, strings)
            if value or formula is not None:
                worked = "" if formula is None else f" ={(formula.text or '').removeprefix('=')}"
                yield f"{title}!{cell.get('r', '?')} {value}{worked}"


def _sheets(package: Package) -> Iterator[tuple[str, str]]:
    """Title and part of each sheet, in order."""
    links = {one.get("Id"): one.get("Target", "") for one in package.tree("xl/_rels/workbook.xml.rels")}
    for sheet in package.tree("xl/workbook.xml").iter(f"{_MAIN}sheet"):
        target = links.get(sheet.get(_LINK), "")
        yield sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def _value(cell: ElementTree.Element, strings: list[str]) -> str:
    kind, value = cell.get("t", "n"), cell.find(f"{_MAIN}v")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_MAIN}t"))
    text = "" if value is None else value.text or ""
    if kind == "s" and text.isdigit() and int(text) < len(strings):
        return strings[int(text)]
    if kind != "n" or not text:
        return text
    try:
        return f"{float(text):.12g}"
    except ValueError:
        return text
