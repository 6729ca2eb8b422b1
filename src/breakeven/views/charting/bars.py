"""Bars below each other: a ranking with its goal."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.views.charting.axes import drawn, places, sideways
from breakeven.views.charting.chart import Chart
from breakeven.views.charting.data import TOKENS, Bar, Level, Number
from breakeven.views.charting.marking import Drawn, Reader
from breakeven.views.charting.series_table import order_of
from breakeven.views.content import Cell, Legend, Plot, Row, Table
from breakeven.views.content import Column as Head
from breakeven.views.format import UNKNOWN, Display

MOST = 20
"""Bars that are drawn; all stand in the table."""
TOLD = 8
"""Bars that the sentence names."""
ROW = 32
"""Pixels of one bar."""
WORDS = 0.2
"""Part of the reach for the words beside bars."""
EDGE = 40
"""Pixels of the axis."""


def ranked(
    bars: Sequence[Bar],
    *,
    unit: str,
    show: Display,
    title: str,
    digits: int = 0,
    levels: Sequence[Level] = (),
    signed: bool = False,
    width: int | None = None,
    legend: Sequence[Legend] = (),
) -> Plot | None:
    """Bars in the order given, with their values; None where none is known."""
    known = [bar for bar in bars if bar.value is not None]
    if not known:
        return None
    kept, number = known[:MOST], drawn(unit, show)
    texts = [value_text(bar.value, unit, show, digits, signed=signed) for bar in kept]
    values = [number(bar.value) for bar in kept if bar.value is not None]
    lines = vertical_levels(levels, number)
    names = [bar.label for bar in kept] + ([f"and {len(known) - MOST} more"] if len(known) > MOST else [])
    chart = Chart(
        name="ranked",
        rows={
            "rows": [
                {"place": str(place), "start": 0.0, "end": value, "colour": bar.key}
                for place, (bar, value) in enumerate(zip(kept, values, strict=True))
            ],
            "labels": [
                {"place": str(place), "value": max(0.0, value), "words": words}
                for place, (value, words) in enumerate(zip(values, texts, strict=True))
            ],
            "levels": lines,
        },
        x=sideways([*values, *(line["value"] for line in lines)], unit, show, words=WORDS, signed=signed),
        y=places(names),
        colours={key: TOKENS[key] for key in dict.fromkeys(bar.key for bar in kept)},
        height=ROW * len(names) + EDGE,
        width=width,
        description=_described(title, kept, texts, len(known), levels),
    )
    rows = tuple(
        Row(cells=(Cell(text=bar.label, href=bar.href), _cell(bar, unit, show, digits, signed))) for bar in bars
    )
    heads = (Head(label="Name", sort=True), Head(label="Value", numeric=True, sort=True))
    made = Table(columns=heads, rows=rows, caption=f"{title}, as a table")
    return Plot(chart=chart, table=made, legend=tuple(legend))


def vertical_levels(levels: Sequence[Level], number: Reader) -> Drawn:
    """Lines down, their words turned away from each other."""
    ordered = sorted(levels, key=lambda level: number(level.value))
    sides = ["center"] if len(ordered) == 1 else ["right", *["center"] * (len(ordered) - 2), "left"]
    return [
        {"value": number(level.value), "words": level.words, "style": level.style, "side": side}
        for level, side in zip(ordered, sides, strict=bool(ordered))
    ]


def value_text(value: Number | None, unit: str, show: Display, digits: int, *, signed: bool = False) -> str:
    """A value, signed where it is a percentage that is shown so."""
    if unit == "%":
        return show.percent(value, digits, signed=signed)
    return str(show.quantity(value, unit, digits))


def _cell(bar: Bar, unit: str, show: Display, digits: int, signed: bool) -> Cell:
    if bar.value is None:
        return Cell(text=UNKNOWN)
    return Cell(
        text=value_text(bar.value, unit, show, digits, signed=signed),
        order=order_of(bar.value, unit, show),
        explain=bar.explain,
    )


def _described(title: str, bars: Sequence[Bar], texts: Sequence[str], known: int, levels: Sequence[Level]) -> str:
    said = ", ".join(f"{bar.label} {text}" for bar, text in list(zip(bars, texts, strict=True))[:TOLD])
    more = known - min(TOLD, len(bars))
    lines = f"; beside {' and '.join(level.words for level in levels)}" if levels else ""
    return f"{title}: {said}{f', and {more} more' if more > 0 else ''}{lines}."
