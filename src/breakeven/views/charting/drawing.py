"""Draws charts in a process of its own: the interpreter stands still while a chart is drawn, and its engine is large.

Read and written are lines of JSON: {"spec", "theme"} in, {"svg"} or {"error"} out; {"picture": an SVG, "scale"} in,
{"png"} in base64 out. It ends when its input ends, so it
never outlives the process that it draws for.
"""

from __future__ import annotations

import base64
import os
import sys

import msgspec
import vl_convert

VEGA_LITE = "6.4"
NICENESS = 5
"""How far drawing stands back behind answering."""


def main() -> None:
    """Draw what comes in until nothing more comes."""
    os.nice(NICENESS)
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line)
        try:
            if "picture" in asked:
                made = vl_convert.svg_to_png(asked["picture"], scale=asked["scale"])
                answer = {"png": base64.b64encode(made).decode()}
            else:
                answer = {"svg": vl_convert.vegalite_to_svg(asked["spec"], vl_version=VEGA_LITE, config=asked["theme"])}
        except ValueError as error:
            answer = {"error": str(error)}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
