"""Forms of a report by name; the module of a form, and the libraries it needs, are loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

import msgspec

from breakeven.errors import UnknownName
from breakeven.reports.document import Document
from breakeven.reports.progress import step
from breakeven.reports.writers.options import DEFAULT, Options


class Write(Protocol):
    """What every writer's module offers as `write`."""

    def __call__(self, document: Document, options: Options) -> bytes: ...


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form of file."""

    module: str
    """In this package."""
    media: str
    suffix: str
    what: str
    live: bool = False
    """Whether its writer wants the document's model."""


FORMS: Mapping[str, Form] = {
    "md": Form(module="markdown", media="text/markdown", suffix="md", what="Markdown"),
    "html": Form(module="html", media="text/html", suffix="html", what="one web page, charts inside"),
    "mail": Form(module="mail", media="text/html", suffix="html", what="a page that mail programs show"),
    "pdf": Form(module="pdf", media="application/pdf", suffix="pdf", what="tagged PDF, A4 or Letter"),
    "pptx": Form(module="pptx", suffix="pptx", what="slides with charts that can be edited",
                 media="application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    "xlsx": Form(module="xlsx", suffix="xlsx", what="a spreadsheet with live formulas", live=True,
                 media="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": Form(module="csvfile", media="text/csv", suffix="csv", what="every figure and table as rows"),
    "json": Form(module="jsonfile", media="application/json", suffix="json", what="the document as it is"),
}  # fmt: skip
"""Every form by its name."""


def form_named(name: str) -> Form:
    """Raises UnknownName with the valid ones."""
    if name not in FORMS:
        raise UnknownName("format", name, FORMS)
    return FORMS[name]


def write(document: Document, form: str, options: Options = DEFAULT) -> bytes:
    """The document as a file; the same bytes for the same document. Raises UnknownName."""
    step(f"Writing {form}")
    made: Write = import_module(f"breakeven.reports.writers.{form_named(form).module}").write
    return made(document, options)
