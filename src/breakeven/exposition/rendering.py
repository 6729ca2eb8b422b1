"""Families as text: Prometheus 0.0.4 and OpenMetrics 1.0.0.

The text of a sample's name and labels is made once and kept; a page is these texts joined with the values.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from breakeven.exposition.families import Family, Labels, Sample
from breakeven.ledger.results import Number

MOST_KEPT = 50_000
"""Texts of names and labels that are kept."""
EOF = "# EOF\n"
"""The last line of OpenMetrics."""


class Dialect(StrEnum):
    """How a page is written; the value is its media type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Renderer:
    """Writes families; safe to use from several threads, of which two may make the same text."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str, Labels], str] = {}

    def page(self, families: Iterable[Family], dialect: Dialect) -> str:
        """Everything, ready to be sent; families without a sample are left out."""
        lines: list[str] = []
        for family in families:
            if family.samples:
                lines.append(heading(family, dialect))
                lines += [f"{self._text(family.name, sample)} {number(sample.value)}\n" for sample in family.samples]
        return "".join(lines)

    def _text(self, name: str, sample: Sample) -> str:
        key = (name, sample.suffix, sample.labels)
        found = self._texts.get(key)
        if found is None:
            if len(self._texts) >= MOST_KEPT:
                self._texts.clear()
            found = self._texts[key] = name_and_labels(name + sample.suffix, sample.labels)
        return found


def heading(family: Family, dialect: Dialect) -> str:
    """The lines before a family's samples."""
    name, kind = family.name, str(family.kind)
    words = family.help.replace("\\", r"\\").replace("\n", r"\n")
    if dialect is Dialect.OPENMETRICS:
        words = words.replace('"', r"\"")
    elif kind == "counter":
        name += "_total"
    elif kind == "info":
        name, kind = f"{name}_info", "gauge"
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n"


def name_and_labels(name: str, labels: Labels) -> str:
    """mlops_model_accuracy{model_name="churn"}."""
    if not labels:
        return name
    return name + "{" + ",".join(f'{label}="{_escaped(value)}"' for label, value in labels) + "}"


def number(value: Number) -> str:
    """A value, with every digit that it has."""
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def dialect_of(accept: str) -> Dialect:
    """What an Accept header prefers of the two; the plain text where it says nothing of them."""
    best, chosen = 0.0, Dialect.TEXT
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media != "application/openmetrics-text" and media not in ("text/plain", "text/*", "*/*"):
            continue
        given = dict(piece.partition("=")[::2] for piece in parameters)
        weight = _weight(given.get("q", "1"))
        open_metrics = media.startswith("application/") and given.get("version", "1.0.0") in ("1.0.0", "0.0.1")
        if media.startswith("application/") and not open_metrics:
            continue
        if weight > best:
            best, chosen = weight, Dialect.OPENMETRICS if open_metrics else Dialect.TEXT
    return chosen


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
