"""Columns by period: value and cost against each other, deployments by result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakeven.views.charting.axes import amounts, drawn, places
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.data import TOKENS, Column, Key, Level
from breakeven.views.charting.marking import Drawn, Reader
from breakeven.views.charting.series_table import value_cell
from breakeven.views.content import Cell, Legend, Plot, Row, Table
from breakeven.views.content import Column as Head
from breakeven.views.format import Display

_WIDE, _NARROW = 16, 7
"""Labels that fit below the columns."""
ALARM: Key = "red"
"""Parts in this colour have their number above the column."""


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

    None where no part of any column is known: an `Empty` then says what is needed.
    """
    if not any(value is not None for one in made for _, value in one.parts):
        return None
    number = drawn(unit, show)
    rows = [row for place, one in enumerate(made) for row in _stacked(place, one, number)]
    plans: Drawn = [
        {"place": str(place), "plan": number(one.tick)} for place, one in enumerate(made) if one.tick is not None
    ]
    lines: Drawn = [{"value": number(level.value), "words": level.words} for level in levels]
    ends = [edge for row in rows for edge in (row["from"], row["to"])]
    y = amounts([*ends, *(plan["plan"] for plan in plans), *(line["value"] for line in lines)], unit, show)
    tops = [
        {
            "place": row["place"],
            "value": row["to"],
            "part": row["part"],
            "words": str(show.quantity(row["given"], unit, 0)),
        }
        for row in rows
        if keys[row["part"]] == ALARM and row["to"] > row["from"]
    ]
    numbers = places([one.label for one in made])
    chart = Chart(
        name="columns",
        rows={"rows": [_drawn(row) for row in rows], "plans": plans, "levels": lines, "tops": tops},
        x=Scale(domain=numbers.domain, ticks=numbers.ticks, labels=_thinned(numbers.labels, _WIDE),
                thin=_thinned(numbers.labels, _NARROW)),
        y=y,
        description=_described(made, unit, show, title, digits),
        width=width,
        height=height,
        colours={name: TOKENS[key] for name, key in keys.items()},
    )  # fmt: skip
    legend = [Legend(text=name, key=key) for name, key in keys.items()]
    if tick and plans:
        legend.append(Legend(text=tick, key="ink", form="line"))
    return Plot(chart=chart, legend=tuple(legend), table=table(made, list(keys), unit, show, title, digits, tick))


def _stacked(place: int, one: Column, number: Reader) -> Drawn:
    up = down = 0.0
    found: Drawn = []
    for name, value in one.parts:
        if value is None:
            continue
        amount = number(value)
        base = up if amount >= 0 else down
        found.append({"place": str(place), "part": name, "from": base, "to": base + amount, "given": value})
        up, down = (up + amount, down) if amount >= 0 else (up, down + amount)
    return found


def _drawn(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "given"}


def _thinned(labels: Sequence[str], room: int) -> list[str]:
    """Every so many labels, the last one among them."""
    step = max(1, -(-len(labels) // room))
    return [label if (len(labels) - 1 - place) % step == 0 else "" for place, label in enumerate(labels)]


def _described(made: Sequence[Column], unit: str, show: Display, title: str, digits: int) -> str:
    last = made[-1]
    said = ", ".join(f"{name} {show.quantity(value, unit, digits)}" for name, value in last.parts if value is not None)
    reach = f", {made[0].label} to {last.label}" if len(made) > 1 else ""
    return f"{title}{reach}. {last.label}: {said or 'nothing is known'}."


def table(
    made: Sequence[Column], names: Sequence[str], unit: str, show: Display, title: str, digits: int, tick: str = "",
    first: str = "Period",
) -> Table:  # fmt: skip
    """A row for each column, its parts beside each other."""
    rows = []
    for one in made:
        parts = dict(one.parts)
        values = [parts.get(name) for name in names] + ([one.tick] if tick else [])
        rows.append(Row(cells=(Cell(text=one.label), *(value_cell(value, unit, show, digits) for value in values))))
    heads = [*names, *([tick] if tick else [])]
    return Table(columns=(Head(label=first), *(Head(label=head, numeric=True) for head in heads)), rows=tuple(rows),
                 caption=f"{title}, as a table")  # fmt: skip
