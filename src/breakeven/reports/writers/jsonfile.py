"""A report as JSON: the document as it is, with its hash; amounts are decimal strings."""

from __future__ import annotations

import msgspec

from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash
from breakeven.reports.provenance import provenance
from breakeven.reports.writers.options import Options

_ENCODER = msgspec.json.Encoder(order="deterministic", decimal_format="string")


def write(document: Document, options: Options) -> bytes:  # noqa: ARG001 - every writer has the same arguments
    """One object: `hash`, `provenance`, the document's fields; without pictures and what only a spreadsheet needs."""
    said = msgspec.structs.replace(document, model=None)
    built = msgspec.json.decode(_ENCODER.encode(said))
    for section in built["sections"]:
        for block in section["blocks"]:
            block.pop("picture", None)
    return (
        msgspec.json.format(
            _ENCODER.encode({"hash": content_hash(document), "provenance": provenance(document), **built}), indent=2
        )
        + b"\n"
    )
