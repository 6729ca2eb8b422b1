"""What charts are made from: plain values with their labels. Amounts are of the workspace's currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

Number = Decimal | float | int
When = date | datetime
Key = Literal[
    "value", "value-weak", "cost", "cost-weak", "ink", "muted", "peer", "red", "green", "yellow",
    "productivity", "revenue", "incident", "infra", "compliance",
]  # fmt: skip
"""A colour by its meaning, as legends and tables name it."""
TOKENS: dict[str, str] = {
    "value": "var(--value)", "value-weak": "var(--value-weak)", "cost": "var(--cost)", "cost-weak": "var(--cost-weak)",
    "ink": "var(--chart-ink)", "muted": "var(--chart-label)", "peer": "var(--chart-muted)", "red": "var(--red)",
    "green": "var(--green)", "yellow": "var(--yellow)", "productivity": "var(--cat-productivity)",
    "revenue": "var(--cat-revenue)", "incident": "var(--cat-incident)", "infra": "var(--cat-infra)",
    "compliance": "var(--cat-compliance)",
}  # fmt: skip
CATEGORY: tuple[Key, ...] = ("productivity", "revenue", "incident", "infra", "compliance")
"""Colours of things of one kind, in the order in which they are given out."""


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class Series(Data, frozen=True, kw_only=True):
    """One line over time."""

    label: str
    points: Sequence[tuple[When, Number | None]]
    """In order of time; None is a gap."""
    key: Key = "value"
    style: Literal["line", "dash", "area", "dots"] = "line"
    band: Sequence[tuple[When, Number, Number]] = ()
    """Low and high around the line."""


class Level(Data, frozen=True, kw_only=True):
    """A line across: a goal, a baseline, a benchmark, a budget."""

    value: Number
    words: str
    style: Literal["target", "annotation"] = "target"


class Mark(Data, frozen=True, kw_only=True):
    """An event on the time axis."""

    on: When
    words: str


class Part(Data, frozen=True, kw_only=True):
    """A part of a whole."""

    label: str
    value: Number
    key: Key
    sub: str = ""
    """A second line in the table: its range."""
    explain: str = ""


class Step(Data, frozen=True, kw_only=True):
    """A step of a waterfall; a total stands on zero."""

    label: str
    amount: Number
    key: Key = "value"
    total: bool = False
    explain: str = ""


class Column(Data, frozen=True, kw_only=True):
    """One period of stacked columns: parts above zero upwards, below zero downwards, in their order."""

    label: str
    parts: Sequence[tuple[str, Number | None]]
    """Name of the part and its value; cost is given below zero."""
    tick: Number | None = None
    """A short line across the column: what was planned."""


class Bar(Data, frozen=True, kw_only=True):
    """A bar of a ranking."""

    label: str
    value: Number | None
    key: Key = "value"
    explain: str = ""
    href: str = ""


class Dot(Data, frozen=True, kw_only=True):
    """A thing by its cost and its quality."""

    label: str
    x: Number
    y: Number
    key: Key = "productivity"
    group: str = ""
    """What the colour stands for."""
    best: bool = False
    """Whether it lies on the Pareto line."""


class Tile(Data, frozen=True, kw_only=True):
    """One cell of a heat map."""

    row: str
    column: str
    band: Literal["low", "middle", "high", "none"]
    words: str
    """Its value, for the table."""
