"""The templates of web pages and mails, rendered; all text is escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from breakeven.reports.document import SHAPES, Document
from breakeven.reports.hashing import content_hash, footer
from breakeven.reports.provenance import encoded
from breakeven.reports.writers.markdown import joined
from breakeven.reports.writers.palette import LIGHT, STATUS, colour, status_colours


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("breakeven.reports.writers"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals.update(
        c=LIGHT, colour=colour, joined=joined, marks=SHAPES, statuses={name: status_colours(name) for name in STATUS}
    )
    return made


def rendered(template: str, document: Document, **values: object) -> bytes:
    """A template over a document."""
    text = _environment().get_template(template).render(
        d=document, hash=content_hash(document), provenance=encoded(document), footer=footer(document), **values
    )  # fmt: skip
    return text.encode()
