"""Draws charts in a process of its own: the interpreter stands still while a chart is drawn, and its engine is large.

Read and written are lines of JSON: one of {"chart", "wide"}, {"picture", "scale"} or {"prepare"} in; {"wide", "narrow"}
as SVG, {"png"} in base64, {} or {"error"} out. It ends when its input ends, so it never outlives the process that it
draws for.
"""

from __future__ import annotations

import base64
import os
import sys
from functools import cache
from typing import Any

import msgspec
import vl_convert

from breakeven.views.charting.chart import Chart
from breakeven.views.charting.filling import filled, names, specification, theme

VEGA_LITE = "6.4"
NOTHING = {"$schema": "https://vega.github.io/schema/vega/v6.json", "width": 1, "height": 1, "marks": []}
NICENESS = 5
"""How far drawing stands back behind answering."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of input."""

    chart: Chart | None = None
    wide: bool = False
    """Only for wide boxes: paper has no narrow ones."""
    picture: str = ""
    """An SVG that stands alone, to be made a PNG."""
    scale: float = 1.0
    prepare: bool = False
    """Compile every specification, so that the first chart of each need not wait."""


@cache
def _compiled(name: str) -> dict[str, Any]:
    made: dict[str, Any] = vl_convert.vegalite_to_vega(specification(name), vl_version=VEGA_LITE, config=theme())
    return made


def _drawn(chart: Chart, *, narrow: bool) -> str:
    made: str = vl_convert.vega_to_svg(filled(_compiled(chart.name), chart, narrow=narrow))
    return made


def answer(asked: Asked) -> dict[str, str]:
    """What is asked for."""
    try:
        if asked.chart is not None:
            narrow = "" if asked.wide else _drawn(asked.chart, narrow=True)
            return {"wide": _drawn(asked.chart, narrow=False), "narrow": narrow}
        if asked.picture:
            return {"png": base64.b64encode(vl_convert.svg_to_png(asked.picture, scale=asked.scale)).decode()}
        for name in names() if asked.prepare else ():
            _compiled(name)
    except ValueError as error:
        return {"error": str(error)}
    return {}


def main() -> None:
    """Draw what comes in until nothing more comes."""
    os.nice(NICENESS)
    # Its engine takes most of the time of a first chart: it is begun before one is asked for.
    vl_convert.vega_to_svg(NOTHING)
    for line in sys.stdin.buffer:
        said = msgspec.json.encode(answer(msgspec.json.decode(line, type=Asked)))
        try:
            sys.stdout.buffer.write(said + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # who asked was killed
            os._exit(0)


if __name__ == "__main__":
    main()
