"""The one document that every report is: what is said, without any form. Writers turn it into files.

A document is made from the view functions of the pages, so that a report and a page cannot differ. Text is plain text;
numbers stand beside their text with all digits (`exact`), amounts in the workspace's currency unless a column says
another. Unknown is None with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from breakeven.ledger.results import Status
from breakeven.reports.model import Model
from breakeven.views.asking.filters import Filters
from breakeven.views.charting.chart import Chart as Picture
from breakeven.views.content import Legend

MARKS: Mapping[Status, str] = {"green": "✅", "yellow": "⚠️", "red": "❌", "grey": "◻️"}
"""Status → its mark; the word always stands beside it."""


SHAPES: Mapping[Status, str] = {"green": "●", "yellow": "▲", "red": "■", "grey": "○"}
"""The same for forms with colours and without a font for such marks."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class Figure(Part, frozen=True, kw_only=True):
    """One key figure."""

    name: str
    label: str
    text: str
    """The value with its unit, as pages show it; – where it is unknown."""
    exact: Decimal | None
    unit: str
    """`money` in it stands for the workspace's currency."""
    reason: str = ""
    """Why it is unknown, or what it does not include."""
    status: Status | None = None
    word: str = ""
    goal: str = ""
    """How far it is from its target."""
    change: str = ""
    """↑ 12% against September."""
    range: str = ""
    """The 80% interval."""
    evidence: str = ""
    """What it rests on: 62% measured, 30% estimated, 8% assumed."""


class Column(Part, frozen=True, kw_only=True):
    """Head of a column."""

    label: str
    numeric: bool = False


class Cell(Part, frozen=True, kw_only=True):
    """One cell of a table."""

    text: str = ""
    sub: str = ""
    """Second line, small."""
    status: Status | None = None
    exact: Decimal | None = None
    """The number behind the text."""
    unit: str = ""
    """Of `exact`: money, %, or the unit of its figure; empty: a plain number."""
    strong: bool = False


class Row(Part, frozen=True, kw_only=True):
    """One row; its first cell is its head."""

    cells: tuple[Cell, ...]
    kind: Literal["", "total", "group", "sub"] = ""


class Table(Part, frozen=True, kw_only=True, tag="table"):
    """Rows under columns."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = "Nothing here yet."


class Series(Part, frozen=True, kw_only=True):
    """One row of numbers of a chart."""

    label: str
    values: tuple[Decimal | None, ...]
    key: str = ""
    """Colour by meaning, as legends name it."""
    across: bool = False
    """Whether it lies across columns as a line: what was planned."""


Form = Literal["line", "area", "columns", "stacked", "bars", "donut", "waterfall", "none"]


class Chart(Part, frozen=True, kw_only=True, tag="chart"):
    """A chart: as a picture for paper, as numbers for charts that can be edited."""

    title: str
    description: str
    """In one sentence with its numbers."""
    form: Form
    """none: it can only be shown as a picture."""
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str
    picture: Picture
    legend: tuple[Legend, ...]
    table: Table


class Note(Part, frozen=True, kw_only=True):
    """What a person wrote, or what the ledger sees by itself."""

    lead: str
    rest: str = ""
    """What is to be done about it."""
    by: str = ""
    """Who, and until when."""
    status: Status | None = None
    word: str = ""
    amount: str = ""
    """Money at stake."""


class Notes(Part, frozen=True, kw_only=True, tag="notes"):
    """A list of notes."""

    notes: tuple[Note, ...]
    empty: str
    more: int = 0


class Figures(Part, frozen=True, kw_only=True, tag="figures"):
    """Figures beside each other."""

    figures: tuple[Figure, ...]


class Text(Part, frozen=True, kw_only=True, tag="text"):
    """Sentences."""

    paragraphs: tuple[str, ...]


Block = Table | Chart | Notes | Figures | Text


class Section(Part, frozen=True, kw_only=True):
    """One thing that a report says, with what shows it."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    message: str = ""
    """What the reader takes from it, in one sentence made from the figures; a slide's headline."""
    sub: str = ""
    """Scope and way of counting."""
    foot: str = ""
    """A reading of it, or what it does not include."""
    sources: tuple[str, ...] = ()
    """Where its figures come from: for the notes of a slide."""


class Method(Part, frozen=True, kw_only=True):
    """How one figure is made."""

    figure: str
    label: str
    formula: str
    description: str = ""


class Stated(Part, frozen=True, kw_only=True):
    """An assumption as it stands in the period."""

    name: str
    label: str
    value: str
    unit: str
    evidence: str
    source: str = ""
    owner: str = ""


class Versions(Part, frozen=True, kw_only=True):
    """What a document was made from."""

    data: int
    methodology: str
    closed: Mapping[str, int] = {}
    """Closed months of the period: name → version of the close."""


class Document(Part, frozen=True, kw_only=True):
    """A report."""

    kind: str
    """Its name: board, cfo, cto, steering, team, summary…"""
    title: str
    company: str
    audience: str
    period: str
    """In words: September 2026."""
    period_name: str
    """2026-09, as it is asked for."""
    start: date
    end: date
    """Day after the last."""
    scope: str
    """All projects, or which ones."""
    currency: str
    """That of `exact` amounts."""
    locale: str
    made: datetime
    """The instant that is asked about; in no hash."""
    made_text: str
    """The same in the reader's zone."""
    summary: tuple[str, ...]
    """Two or three sentences: the result, its main driver, the main concern."""
    figures: tuple[Figure, ...]
    """The key figures: at most seven."""
    sections: tuple[Section, ...]
    method: tuple[Method, ...]
    assumptions: tuple[Stated, ...]
    evidence: tuple[str, ...]
    """How sure the figures are, in sentences."""
    filters: tuple[tuple[str, str], ...]
    """Every filter in force, by name; the period and the projects always."""
    remarks: tuple[str, ...]
    """What the reader must know: the open month, a translation, what is not known."""
    versions: Versions
    brief: bool = False
    """Whether it is nothing but its sections: method, evidence and assumptions are left to longer reports."""
    asked: Filters = Filters()
    """The filters as they were asked for: what makes the report again; in no hash."""
    declared: str = ""
    """SHA-256 of the workspace's files that it was made under; in no hash, for a comment changes it."""
    rights: str = ""
    """Name of those whose rights it was made under; empty: of those who may see everything."""
    model: Model | None = None
    """The statement as formulas over inputs, for a live spreadsheet; in no hash, for it follows from the versions."""
