"""Bars beside each other: a ranking with its goal, and what moves a figure most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from breakeven.views.charting.axes import amounts
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.data import TOKENS, Bar, Level, Number, Swing
from breakeven.views.content import Cell, Column, Legend, Plot, Row, Table
from breakeven.views.format import UNKNOWN, Display

Drawn = list[dict[str, Any]]

MOST = 20
"""Bars that are drawn; all stand in the table."""
ROW = 32
"""Pixels of one bar."""


def _number(value: Number, unit: str, show: Display) -> float:
    return float(show.amount(value) or 0) if unit.startswith("money") else float(value)


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
    drawn = known[:MOST]
    texts = [_text(bar.value, unit, show, digits, signed) for bar in drawn]
    values = [_number(bar.value, unit, show) for bar in drawn if bar.value is not None]
    rows = [
        {"place": str(place), "value": value, "colour": bar.key, "words": words, "label_x": max(0.0, value)}
        for place, (bar, value, words) in enumerate(zip(drawn, values, texts, strict=True))
    ]
    lines: Drawn = [{"value": _number(level.value, unit, show), "words": level.words} for level in levels]
    places = [str(place) for place in range(len(drawn))]
    chart = Chart(
        name="ranked",
        rows={"rows": rows, "levels": lines},
        x=amounts([*values, *(line["value"] for line in lines)], unit, show, room=0.2),
        y=Scale(domain=places, ticks=places, labels={str(place): bar.label for place, bar in enumerate(drawn)}),
        colours={key: TOKENS[key] for key in dict.fromkeys(bar.key for bar in drawn)},
        height=ROW * len(drawn) + 40,
        width=width,
        description=_described(title, drawn, texts, len(known)),
    )
    table = Table(
        columns=(Column(label="Name", sort=True), Column(label="Value", numeric=True, sort=True)),
        rows=tuple(
            Row(cells=(Cell(text=bar.label, href=bar.href), _cell(bar, unit, show, digits, signed))) for bar in bars
        ),
        caption=f"{title}, as a table",
    )
    return Plot(chart=chart, table=table, legend=tuple(legend))


def _text(value: Number | None, unit: str, show: Display, digits: int, signed: bool) -> str:
    if unit == "%":
        return show.percent(value, digits, signed=signed)
    return str(show.quantity(value, unit, digits))


def _cell(bar: Bar, unit: str, show: Display, digits: int, signed: bool) -> Cell:
    if bar.value is None:
        return Cell(text=UNKNOWN)
    return Cell(text=_text(bar.value, unit, show, digits, signed), order=bar.value, explain=bar.explain)


def _described(title: str, bars: Sequence[Bar], texts: Sequence[str], known: int) -> str:
    said = ", ".join(f"{bar.label} {text}" for bar, text in list(zip(bars, texts, strict=True))[:8])
    more = known - min(8, len(bars))
    return f"{title}: {said}{f', and {more} more' if more > 0 else ''}."


def tornado(
    swings: Sequence[Swing],
    middle: Number,
    *,
    unit: str,
    show: Display,
    title: str,
    digits: int = 0,
    signed: bool = True,
    width: int | None = None,
) -> Plot | None:
    """How far each assumption moves a figure around its value, the widest first; None without one."""
    if not swings:
        return None
    drawn, center = swings[:MOST], _number(middle, unit, show)
    rows: Drawn = []
    for place, swing in enumerate(drawn):
        low, high = _number(swing.low, unit, show), _number(swing.high, unit, show)
        least, most = min(low, high, center), max(low, high, center)
        rows.append(
            {
                "place": str(place),
                "middle": center,
                "worse": least,
                "better": most,
                "least": least,
                "most": most,
                "left": swing.low_words if low <= high else swing.high_words,
                "right": swing.high_words if low <= high else swing.low_words,
            }
        )
    ends = [float(row[end]) for row in rows for end in ("least", "most")]
    x = amounts(ends, unit, show, zero=False, room=0.14)
    low_end = min(ends) - (max(ends) - min(ends) or 1.0) * 0.14
    places = [str(place) for place in range(len(drawn))]
    chart = Chart(
        name="tornado",
        rows={"rows": rows},
        width=width,
        height=ROW * len(drawn) + 40,
        x=Scale(domain=[low_end, x.domain[1]], ticks=x.ticks, labels=x.labels),
        y=Scale(domain=places, ticks=places, labels={str(place): swing.label for place, swing in enumerate(drawn)}),
        description=_swung(title, drawn, unit, show, digits, signed),
    )
    heads = ("Assumption", "At its low end", "At its high end")
    table = Table(
        columns=tuple(Column(label=head, numeric=place > 0) for place, head in enumerate(heads)),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.label),
                    *(
                        Cell(text=_text(value, unit, show, digits, signed), sub=words, order=value)
                        for value, words in ((one.low, one.low_words), (one.high, one.high_words))
                    ),
                )
            )
            for one in swings
        ),
        caption=f"{title}, as a table",
    )
    legend = (Legend(text="Unfavourable value", key="cost-weak"), Legend(text="Favourable value", key="value"))
    return Plot(chart=chart, table=table, legend=legend)


def _swung(title: str, swings: Sequence[Swing], unit: str, show: Display, digits: int, signed: bool) -> str:
    first = swings[0]
    ends = " to ".join(_text(value, unit, show, digits, signed) for value in (first.low, first.high))
    return f"{title}: {first.label} moves it most, from {ends}."
