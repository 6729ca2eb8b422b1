"""Where a report comes from, as a machine reads it: what was asked, under whose rights, at which moment of the data."""

from __future__ import annotations

from datetime import datetime

import msgspec

from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash
from breakeven.views.asking.filters import Filters

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
    locale: str = ""
    """How numbers and dates are written."""


_ENCODER = msgspec.json.Encoder(order="deterministic")


def provenance(document: Document) -> Provenance:
    """Of a document."""
    versions = document.versions
    return Provenance(report=document.kind, filters=document.asked, known=document.made, data_version=versions.data,
                      methodology=versions.methodology, hash=content_hash(document), scope=document.rights,
                      locale=document.locale)  # fmt: skip


def encoded(document: Document) -> str:
    """As one line of JSON, the same for the same document: what every form carries inside."""
    return _ENCODER.encode(provenance(document)).decode()


def decoded(text: str | bytes) -> Provenance:
    """Out of such a line. Raises msgspec.MsgspecError for anything else."""
    return msgspec.json.decode(text, type=Provenance)
