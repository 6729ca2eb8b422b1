"""A chart's specification: its Vega-Lite file, and the compiled form of it filled with what is the chart's own.

What differs from chart to chart (rows, sizes, ends of axes, labels, colours) does not change how a file compiles, so
that each file is compiled once and then only filled.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import msgspec

from breakeven.views.charting.chart import Chart, Scale

Spec = dict[str, Any]
TIGHT = 380
"""Pixels of width below which an axis takes its thin labels."""
MARGINS, LABEL = 100, 36
"""Pixels beside the axis across, and those that one of its labels needs."""


@cache
def _file(name: str) -> bytes:
    return resources.files("breakeven.views.charting").joinpath("specs", name).read_bytes()


def names() -> list[str]:
    """The specifications that there are."""
    folder = resources.files("breakeven.views.charting").joinpath("specs")
    return sorted(file.name.removesuffix(".vl.json") for file in folder.iterdir() if file.name.endswith(".vl.json"))


def specification(name: str) -> Spec:
    """A file's Vega-Lite specification, with empty rows."""
    spec: Spec = msgspec.json.decode(_file(f"{name}.vl.json"))
    del spec["usermeta"]
    return spec | {"width": 100, "height": 100, "datasets": {one: [] for one in _named(spec)}}


def theme() -> Spec:
    """The one theme of all charts."""
    found: Spec = msgspec.json.decode(_file("theme.json"))
    return found


def _named(part: Any) -> set[str]:
    """Names of the data that a specification asks for."""
    if isinstance(part, list):
        return {name for one in part for name in _named(one)}
    if not isinstance(part, dict):
        return set()
    own = {part["data"]["name"]} if "name" in part.get("data", {}) else set()
    return own | {name for one in part.values() for name in _named(one)}


def size_of(chart: Chart, *, narrow: bool) -> tuple[int, int]:
    """Width and height of a chart's picture."""
    sizes = msgspec.json.decode(_file(f"{chart.name}.vl.json"))["usermeta"]
    width, height = sizes["narrow" if narrow else "wide"]
    if chart.width is not None and not narrow:
        width = chart.width
    return width, chart.height if chart.height is not None else height


def filled(compiled: Spec, chart: Chart, *, narrow: bool) -> Spec:
    """A compiled specification with everything that is the chart's own."""
    width, height = size_of(chart, narrow=narrow)
    tight = narrow or width < TIGHT
    axes = {
        name: _tightened(scale) if tight else _spaced(scale, width) if name == "x" else scale
        for name, scale in (("x", chart.x), ("y", chart.y))
        if scale is not None
    }
    signals: dict[str, Any] = {"narrow": narrow}
    for name, scale in axes.items():
        signals |= {f"{name}_ticks": scale.ticks, f"{name}_labels": scale.labels}
    return compiled | {
        "width": width,
        "height": height,
        "data": [_data(one, chart) for one in compiled["data"]],
        "signals": [one | {"value": signals[one["name"]]} if one["name"] in signals else one
                    for one in compiled.get("signals", ())],
        "scales": [_scale(one, axes, chart) for one in compiled.get("scales", ())],
        "axes": [_axis(one, axes[one["scale"]]) if one["scale"] in axes else one for one in compiled.get("axes", ())],
    }  # fmt: skip


def _spaced(scale: Scale, width: int) -> Scale:
    """The axis with fewer labels where they would stand on each other."""
    said = sum(bool(label) for label in scale.labels)
    if scale.thin is None or not said or (width - MARGINS) / said >= LABEL:
        return scale
    return msgspec.structs.replace(scale, labels=scale.thin)


def _tightened(scale: Scale) -> Scale:
    """The axis as it is where there is little room."""
    return msgspec.structs.replace(
        scale,
        labels=scale.labels if scale.thin is None else scale.thin,
        domain=scale.domain if scale.tight is None else scale.tight,
    )


def _data(one: Spec, chart: Chart) -> Spec:
    return one | {"values": chart.rows[one["name"]]} if one["name"] in chart.rows else one


def _scale(one: Spec, axes: dict[str, Scale], chart: Chart) -> Spec:
    if one["name"] == "color":
        return one | {"domain": list(chart.colours), "range": list(chart.colours.values())}
    if one["name"] not in axes:
        return one
    scale = axes[one["name"]]
    # The domain says whether zero is in it.
    zero = {"zero": False} if "zero" in one and not scale.log else {}
    rest = {name: value for name, value in one.items() if name != "zero"}
    return rest | zero | {"domain": scale.domain} | ({"type": "log"} if scale.log else {})


def _axis(one: Spec, scale: Scale) -> Spec:
    found = one | {"values": list(scale.ticks)}
    if scale.title and not one.get("grid"):
        found |= {"title": scale.title, "titlePadding": 10}
    return found
