"""The hash of a report: the same for the same figures and words, whatever the form and the moment it is written."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec

from breakeven.reports.document import Document
from breakeven.views.asking.filters import Filters

SHORT = 12
"""Letters of the hash in a footer."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = Filters()
_ENCODER = msgspec.json.Encoder(order="deterministic", decimal_format="string")


def content_hash(document: Document) -> str:
    """SHA-256 of everything that the document says, but not of when it was made."""
    said = msgspec.structs.replace(document, made=_NEVER, made_text="", asked=_NOTHING, declared="", model=None)
    return hashlib.sha256(_ENCODER.encode(said)).hexdigest()


def footer(document: Document) -> str:
    """The line that stands at the foot of every form."""
    versions = document.versions
    return (
        f"{document.company} · {document.title} · {document.period} · data version {versions.data} · "
        f"methodology {versions.methodology} · made {document.made_text} · hash {content_hash(document)[:SHORT]}"
    )
