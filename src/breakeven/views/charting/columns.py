"""Columns by period: value and cost against each other, deployments by result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from breakeven.views.charting.axes import amounts
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.data import TOKENS, Column, Key, Level
from breakeven.views.content import Cell, Legend, Plot, Row, Table
from breakeven.views.content import Column as Head
from breakeven.views.format import UNKNOWN, Display

Drawn = list[dict[str, Any]]

_WIDE, _NARROW = 16, 7
"""Labels that fit below the columns."""


def columns(
    made: Sequence[Column],
    keys: Mapping[str, Key],
    *,
    unit: str,
    show: Display,
    title: str,
    tick: str = "",
    levels: Sequence[Level] = (),
    digits: int = 2,
    width: int | None = None,
    height: int | None = None,
) -> Plot | None:
    """Stacked columns; `keys` gives the parts' colours in the legend's order, `tick` names the short line across.

    None where no part of any column is known.
    """
    if not any(value is not None for one in made for _, value in one.parts):
        return None
    drawn = [_stacked(place, one, unit, show) for place, one in enumerate(made)]
    rows = [row for column in drawn for row in column]
    plans: Drawn = [
        {"place": str(place), "plan": _number(one.tick, unit, show)}
        for place, one in enumerate(made)
        if one.tick is not None
    ]
    ends: list[float] = [edge for row in rows for edge in (row["from"], row["to"])] + [plan["plan"] for plan in plans]
    lines: Drawn = [{"value": _number(level.value, unit, show), "words": level.words} for level in levels]
    y = amounts([*ends, *(line["value"] for line in lines)], unit, show)
    places = [str(place) for place in range(len(made))]
    chart = Chart(
        name="columns",
        rows={"rows": rows, "plans": plans, "levels": lines},
        y=y,
        x=Scale(domain=places, ticks=places, labels=_labels(made, _WIDE), thin=_labels(made, _NARROW)),
        description=_described(made, unit, show, title, digits),
        width=width,
        height=height,
        colours={name: TOKENS[key] for name, key in keys.items()},
    )
    legend = [Legend(text=name, key=key) for name, key in keys.items()]
    if tick and plans:
        legend.append(Legend(text=tick, key="ink", form="line"))
    return Plot(chart=chart, legend=tuple(legend), table=_table(made, list(keys), unit, show, title, tick, digits))


def _number(value: Any, unit: str, show: Display) -> float:
    return float(show.amount(value) or 0) if unit.startswith("money") else float(value)


def _stacked(place: int, one: Column, unit: str, show: Display) -> list[dict[str, Any]]:
    up = down = 0.0
    found = []
    for name, value in one.parts:
        if value is None:
            continue
        amount = _number(value, unit, show)
        base = up if amount >= 0 else down
        found.append({"place": str(place), "part": name, "from": base, "to": base + amount})
        up, down = (up + amount, down) if amount >= 0 else (up, down + amount)
    return found


def _labels(made: Sequence[Column], room: int) -> dict[str, str]:
    step = max(1, -(-len(made) // room))
    return {str(place): one.label for place, one in enumerate(made) if place % step == 0}


def _described(made: Sequence[Column], unit: str, show: Display, title: str, digits: int) -> str:
    last = made[-1]
    said = ", ".join(
        f"{name.lower()} {show.quantity(value, unit, digits)}" for name, value in last.parts if value is not None
    )
    return f"{title}, {made[0].label} to {last.label}. {last.label}: {said or 'nothing is known'}."


def _table(
    made: Sequence[Column], names: Sequence[str], unit: str, show: Display, title: str, tick: str, digits: int
) -> Table:
    def cell(value: Any) -> Cell:
        if value is None:
            return Cell(text=UNKNOWN)
        text = show.quantity(value, unit, digits)
        return Cell(text=text.text, unit=text.unit, order=value)

    rows = tuple(
        Row(
            cells=(
                Cell(text=one.label),
                *(cell(dict(one.parts).get(name)) for name in names),
                *((cell(one.tick),) if tick else ()),
            )
        )
        for one in made
    )
    heads = [Head(label="Period"), *(Head(label=name, numeric=True) for name in names)]
    return Table(
        columns=(*heads, *((Head(label=tick, numeric=True),) if tick else ())),
        rows=rows,
        caption=f"{title}, as a table",
    )
