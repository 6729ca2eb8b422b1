"""One chart: a specification by name, its rows, and what differs from chart to chart.

A specification is a Vega-Lite file of `specs/`; its data are named rows, its sizes stand in `usermeta`. Colours are
`var(--token)` texts, which the SVG keeps, so one picture is right in light, in dark and on paper. Why there is no chart
library in between: docs/decisions/0003-chart-specs-without-altair.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import msgspec

Rows = dict[str, list[dict[str, Any]]]
COLOURS = "@colours"
"""What a specification has in place of a colour scale whose colours a chart gives."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """An axis: how far it goes, where its labels stand and what they say."""

    domain: Sequence[float | str]
    ticks: Sequence[float | str]
    labels: dict[str, str]
    thin: dict[str, str] | None = None
    """Labels where there is little room; None: the same."""
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
    """Of the wide picture in pixels, where the card is narrower than usual."""


@cache
def _file(name: str) -> bytes:
    return resources.files("breakeven.views.charting").joinpath("specs", name).read_bytes()


def specification(chart: Chart, *, narrow: bool = False) -> dict[str, Any]:
    """The whole Vega-Lite specification of a chart, data included."""
    spec: dict[str, Any] = msgspec.json.decode(_file(f"{chart.name}.vl.json"))
    sizes = spec.pop("usermeta")
    spec["width"], spec["height"] = sizes["narrow" if narrow else "wide"]
    if chart.height is not None:
        spec["height"] = chart.height
    if chart.width is not None and not narrow:
        spec["width"] = chart.width
    spec["datasets"], spec["description"] = chart.rows, chart.description
    values: dict[str, Any] = {"narrow": narrow}
    for name, scale in (("x", chart.x), ("y", chart.y)):
        if scale is None:
            continue
        values[f"{name}_labels"] = scale.thin if narrow and scale.thin is not None else scale.labels
        given = spec["encoding"][name]
        given["scale"]["domain"], given["axis"]["values"] = scale.domain, scale.ticks
        if scale.log:
            given["scale"]["type"] = "log"
        if scale.title:
            given["axis"] |= {"title": scale.title, "titlePadding": 10}
    spec["params"] = [{"name": name, "value": value} for name, value in values.items()]
    return _coloured(spec, chart.colours) if chart.colours else spec


def _coloured(part: Any, colours: Mapping[str, str]) -> Any:
    """The specification with its open colour scales filled."""
    if part == COLOURS:
        return {"domain": list(colours), "range": list(colours.values())}
    if isinstance(part, dict):
        return {name: value if name == "datasets" else _coloured(value, colours) for name, value in part.items()}
    return [_coloured(value, colours) for value in part] if isinstance(part, list) else part


def theme() -> dict[str, Any]:
    """The one theme of all charts."""
    found: dict[str, Any] = msgspec.json.decode(_file("theme.json"))
    return found


def round_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """About so many round numbers over a range, its multiples of a round step."""
    rough = ((high - low) or abs(high) or 1.0) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def number_text(value: float) -> str:
    """A tick as the specification sees it: the key of its label."""
    return str(int(value)) if value == int(value) else repr(value)
