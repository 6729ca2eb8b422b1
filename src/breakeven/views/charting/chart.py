"""One chart: a specification by name, its rows, and what differs from chart to chart.

A specification is a Vega-Lite file of `specs/`; its data are named rows, its sizes stand in `usermeta`. Colours are
`var(--token)` texts, which the SVG keeps, so one picture is right in light, in dark and on paper. Why there is no chart
library in between: docs/decisions/0003-chart-specs-without-altair.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

Rows = dict[str, list[dict[str, Any]]]
COLUMN, GAP, EDGES = 80.67, 16.0, 42.0
"""Pixels of one of a page's twelve columns, of what lies between two, and of a card's padding and border."""
ASIDE = 248
"""Pixels that figures beside a chart take."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """An axis: how far it goes, where its labels stand and what they say."""

    domain: Sequence[float | str]
    ticks: Sequence[float | str]
    labels: Sequence[str]
    """One for each tick; empty: none there."""
    thin: Sequence[str] | None = None
    """Labels where there is little room; None: the same."""
    tight: Sequence[float | str] | None = None
    """How far it goes where there is little room, for words of the same size; None: the same."""
    log: bool = False
    title: str = ""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A specification by name with its rows and the values of its parts."""

    name: str
    rows: Rows
    description: str
    """The chart in one sentence with its numbers."""
    x: Scale | None = None
    y: Scale | None = None
    colours: Mapping[str, str] = {}
    """Name in the rows → colour, for the specification's colour scale."""
    height: int | None = None
    """Of the wide picture in pixels, where it depends on the rows; the narrow one is as high."""
    width: int | None = None
    """Of the wide picture in pixels; None: that of the specification."""
    fixed: bool = False
    """Whether it keeps its size whatever its card's width."""


def fitted(chart: Chart, columns: int, *, aside: bool = False) -> Chart:
    """The chart in the size in which it fills a card of so many columns, so that all text has one size."""
    if chart.fixed:
        return chart
    width = round(columns * COLUMN + (columns - 1) * GAP - EDGES) - (ASIDE if aside else 0)
    return msgspec.structs.replace(chart, width=width)


def round_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """About so many round numbers over a range, its multiples of a round step."""
    rough = ((high - low) or abs(high) or 1.0) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(number * step, digits) + 0.0 for number in range(first, last + 1)]
