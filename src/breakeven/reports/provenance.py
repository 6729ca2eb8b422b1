"""Where a report comes from, as a machine reads it: what was asked, under whose rights, at which moment of the data."""

from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape

import msgspec

from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash
from breakeven.views.asking.filters import Filters

PROVENANCE = "Provenance"
"""Row of a table that carries it."""
PIECE = 240
"""Letters of one custom property: office programs take 255."""
EVERYTHING = ""
"""Scope of those from whom nothing is hidden."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that is needed to make a report again and to compare."""

    report: str
    """Its name: cfo, board…"""
    filters: Filters
    """As they were asked for, by name."""
    known: datetime
    """The moment of the data: what was known then."""
    data_version: int
    methodology: str
    hash: str
    """Of everything that it says."""
    scope: str = EVERYTHING
    """Whose rights it was made under."""
    declared: str = ""
    """Digest of the workspace's files."""
    locale: str = ""
    """How numbers and dates are written."""


_ENCODER = msgspec.json.Encoder(order="deterministic")


def provenance(document: Document) -> Provenance:
    """Of a document."""
    versions = document.versions
    return Provenance(report=document.kind, filters=document.asked, known=document.made, data_version=versions.data,
                      methodology=versions.methodology, hash=content_hash(document), scope=document.rights,
                      locale=document.locale, declared=document.declared)  # fmt: skip


def encoded(document: Document) -> str:
    """As one line of JSON, the same for the same document: what every form carries inside."""
    return _ENCODER.encode(provenance(document)).decode()


def comment(document: Document) -> str:
    """As a comment of markup, within which two hyphens may not stand."""
    safe = encoded(document).replace("--", "-\\u002d")
    return f"<!-- breakeven-report {safe} -->"


def pieces(document: Document) -> list[tuple[str, str]]:
    """As custom properties of an office file: name and value."""
    text = encoded(document)
    return [(f"breakeven.{place // PIECE + 1}", text[place : place + PIECE]) for place in range(0, len(text), PIECE)]


def properties(document: Document) -> bytes:
    """The part of an office file that holds custom properties."""
    rows = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{name}">'
        f"<vt:lpwstr>{escape(value)}</vt:lpwstr></property>"
        for number, (name, value) in enumerate([("hash", content_hash(document)), *pieces(document)], 2)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return (f'{head}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
            'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
            f"{rows}</Properties>").encode()  # fmt: skip


def decoded(text: str | bytes) -> Provenance:
    """Out of such a line. Raises msgspec.MsgspecError for anything else."""
    return msgspec.json.decode(text, type=Provenance)
