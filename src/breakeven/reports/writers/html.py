"""A report as one web page: styles and charts inside it, nothing loaded from anywhere, no script."""

from __future__ import annotations

from markupsafe import Markup

from breakeven.reports.document import Chart, Document
from breakeven.reports.writers.options import Options
from breakeven.reports.writers.pages import rendered
from breakeven.reports.writers.pictures import pictures

FONT = "Inter, system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"


def write(document: Document, options: Options) -> bytes:  # noqa: ARG001 - every writer has the same arguments
    """UTF-8."""
    with pictures() as drawing:

        def draw(chart: Chart) -> Markup:
            return Markup(drawing.svg(chart, FONT))  # noqa: S704 - our own drawing, whose texts are escaped by its engine

        return rendered("report.html", document, draw=draw)
