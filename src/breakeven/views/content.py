"""What a page is made of, without any HTML: figures, tables, charts and lists in panels.

Every page, whatever it is about, is a `Page` of these. The templates render each kind in one way; live updates,
sorting, data tables and downloads work for all of them. Text is plain text: the templates escape it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from breakeven.ledger.results import Status
from breakeven.views.charting.chart import Chart
from breakeven.views.comparison import Change
from breakeven.views.format import Shown
from breakeven.views.standing import Evidence
from breakeven.views.tiles import Point, Tile

Align = Literal["left", "right"]
Grade = Literal["measured", "estimated", "assumed"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class Link(Part, frozen=True, kw_only=True):
    """A place to go to."""

    text: str
    href: str
    icon: str = ""
    """Name of a sign of the sprite."""


class Meter(Part, frozen=True, kw_only=True):
    """A bar with an optional mark: shares of the track's length, 0 to 1."""

    share: float
    mark: float | None = None
    """Where the budget or the goal stands."""
    tone: Literal["value", "cost"] = "value"
    words: str = ""
    """Its text alternative: `96% of budget`."""


class Cell(Part, frozen=True, kw_only=True):
    """One cell of a table; what is unknown is `–`, with `sub` saying why."""

    text: str = ""
    unit: str = ""
    sub: str = ""
    """Second line, small."""
    status: Status | None = None
    """Icon before the text, which is then the status's word."""
    tone: Literal["good", "bad", "flat"] | None = None
    href: str = ""
    explain: str = ""
    """A figure that the cell opens: `roi_percent` or `roi_percent@support-bot`."""
    meter: Meter | None = None
    evidence: Evidence | None = None
    trend: tuple[Point, ...] = ()
    """A small line."""
    trend_words: str = ""
    grade: Grade | None = None
    key: str = ""
    """A colour before the text: productivity, revenue, incident, infra, compliance, value, cost, cost-weak, ink…"""
    order: Decimal | float | int | str | None = None
    """What the column is sorted by; None: last."""
    strong: bool = False
    mono: bool = False
    help: str = ""
    """Why it is unknown, or what it does not include, where a second line would be in the way."""


class Column(Part, frozen=True, kw_only=True):
    """Head of a column."""

    label: str
    numeric: bool = False
    sort: bool = False
    """Whether the reader may sort by it."""
    sorted: Literal["ascending", "descending"] | None = None
    """How the rows come."""
    help: str = ""
    """Its meaning, where the label is not enough."""
    wide: bool = False
    """Of a bar: takes what room there is."""
    href: str = ""
    """Where the page is in the order of this column; instead of `sort`, for orders that the server makes."""


class Row(Part, frozen=True, kw_only=True):
    """One row; its first cell is its head."""

    cells: tuple[Cell, ...]
    kind: Literal["", "total", "group", "sub"] = ""


class Table(Part, frozen=True, kw_only=True):
    """Rows under columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str
    """What the table says, for those who do not see it."""
    empty: str = "Nothing here yet."
    """What stands there without rows: what will be here, and what is needed."""
    more: Link | None = None
    """Where the rows are that did not fit."""


class Legend(Part, frozen=True, kw_only=True):
    """One entry of a chart's legend."""

    text: str
    key: str
    """Colour: value, value-weak, cost, cost-weak, ink, muted, peer, red, productivity…"""
    form: Literal["box", "line", "dash", "dots", "dot", "tri", "diamond"] = "box"
    faded: bool = False


class Plot(Part, frozen=True, kw_only=True):
    """A chart with its legend and the table behind it."""

    chart: Chart
    table: Table
    """The data, as they are shown when asked for and downloaded as CSV."""
    legend: tuple[Legend, ...] = ()


class Donut(Part, frozen=True, kw_only=True):
    """A part of whole: ring and table beside each other."""

    plot: Plot
    center: Shown
    center_words: str


class Item(Part, frozen=True, kw_only=True):
    """One entry of a list: a note, an alert, a risk, a decision."""

    lead: str
    rest: str = ""
    status: Status | None = None
    word: str = ""
    """The status in words."""
    by: str = ""
    amount: str = ""
    """Money at stake, at the right."""
    age: str = ""
    link: Link | None = None
    note: str = ""
    """Identity of the note that can be edited here (`source/id`); empty: none."""


class Items(Part, frozen=True, kw_only=True):
    """A list."""

    items: tuple[Item, ...]
    empty: str
    more: int = 0
    overline: bool = False
    """Whether the panel's title is a small one in capitals, as beside other lists."""
    add: str = ""
    """Kind of note that can be written here; empty: none."""


class Fact(Part, frozen=True, kw_only=True):
    """A name and its value."""

    label: str
    value: Shown
    sub: str = ""
    change: Change | None = None
    status: Status | None = None
    word: str = ""
    explain: str = ""
    mono: bool = False
    href: str = ""


class Facts(Part, frozen=True, kw_only=True):
    """Names and values below each other; `beside` gives big numbers beside a chart."""

    facts: tuple[Fact, ...]


class Chips(Part, frozen=True, kw_only=True):
    """Counts by status, as chips."""

    chips: tuple[tuple[Status, str], ...]
    title: str = ""
    empty: str = "Nothing yet"


class Shares(Part, frozen=True, kw_only=True):
    """The evidence bar with its words."""

    evidence: Evidence | None
    title: str = ""
    empty: str = "No value is recorded yet."


class Empty(Part, frozen=True, kw_only=True):
    """A state without content, said plainly."""

    title: str
    text: str
    """What will be here, and what is needed."""
    link: Link | None = None
    status: Literal["", "error"] = ""


class Beside(Part, frozen=True, kw_only=True):
    """A chart and figures beside it."""

    plot: Plot
    facts: Facts


Body = Table | Plot | Donut | Items | Facts | Chips | Shares | Empty | Beside


class Panel(Part, frozen=True, kw_only=True):
    """One card of a page."""

    id: str
    """Unique on its page; letters, digits and -."""
    title: str
    body: Body | tuple[Body, ...]
    sub: str = ""
    width: Literal[3, 4, 5, 6, 7, 8, 9, 12] = 12
    """Of twelve columns."""
    chip: tuple[Status, str] | None = None
    action: Link | None = None
    foot: str = ""
    """One sentence of reading."""
    foot_link: Link | None = None
    explain: str = ""
    printed: bool = True
    """False: stays on screen."""
    strip: bool = False
    """Its parts stand beside each other in one line, each under its own title."""
    hourly: bool = False
    """Changed by no record of the last minutes: not looked at at each tick."""
    adds: tuple[str, ...] = ()
    """Kinds of note that can be written here, beside that of a list."""

    @property
    def written(self) -> tuple[str, ...]:
        """Every kind of note that can be written here."""
        return (*((self.body.add,) if isinstance(self.body, Items) and self.body.add else ()), *self.adds)


class Choice(Part, frozen=True, kw_only=True):
    """A view of the page beside others: a tab, or a switch above a table."""

    text: str
    href: str
    current: bool = False


class Drawn(Part, frozen=True, kw_only=True):
    """A picture that a page draws itself, as it is taken along."""

    title: str
    svg: str
    """Empty: there is nothing to show."""
    table: Table
    legend: tuple[Legend, ...] = ()


class Page(Part, frozen=True, kw_only=True):
    """Everything that a page says."""

    title: str
    """In the bar at the top and in the browser's."""
    finding: str
    """The h1: a finding with a number."""
    exception: str = ""
    """The sentence below it."""
    crumbs: tuple[Link, ...] = ()
    over: tuple[str, ...] = ()
    """Small words over the finding: category, owner, since when."""
    chips: tuple[tuple[Status, str], ...] = ()
    tabs: tuple[Choice, ...] = ()
    switch: tuple[Choice, ...] = ()
    """Choices at the right of the finding (1 h, 24 h…)."""
    tiles: tuple[Tile, ...] = ()
    compact: bool = False
    """Small tiles, six in a row."""
    panels: tuple[Panel, ...] = ()
    remarks: tuple[tuple[Status, str], ...] = ()
    """What the reader must know about the figures: the open month, a translation, a filter that does not apply."""
    extra: Mapping[str, object] = {}
    """What a template of its own needs."""
    drawn: Mapping[str, Drawn] = {}
    """Pictures that are in no panel, by name."""

    @property
    def written(self) -> frozenset[str]:
        """Every kind of note that can be written into one of the panels."""
        return frozenset(kind for panel in self.panels for kind in panel.written)
