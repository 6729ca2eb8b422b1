"""Two dimensions at once: cost against quality with the Pareto line, and a state by thing and day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from breakeven.views.charting.axes import amounts, magnitudes
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.data import TOKENS, Dot, Tile
from breakeven.views.content import Cell, Column, Legend, Plot, Row, Table
from breakeven.views.format import UNKNOWN, Display

NAMED = 24
"""Dots that have their name beside them."""
BANDS = {"none": "var(--surface-3)", "low": "var(--value-wash)", "middle": "var(--value-weak)", "high": "var(--value)"}
WIDE_DAYS, NARROW_DAYS = 14, 5
ROW = 22


def scatter(
    dots: Sequence[Dot],
    *,
    x_unit: str,
    y_unit: str,
    x_title: str,
    show: Display,
    title: str,
    y_title: str = "Quality",
    y_digits: int = 1,
    log: bool = True,
) -> Plot | None:
    """Things by cost (to the right is dearer) and quality (up is better); those that nothing beats are joined."""
    usable = [dot for dot in dots if dot.x > 0 or not log]
    if not usable:
        return None
    values = [(_x(dot, x_unit, show), float(dot.y)) for dot in usable]
    xs, ys = [x for x, _ in values], [y for _, y in values]
    x = magnitudes(xs, x_unit, show, x_title) if log else amounts(xs, x_unit, show)
    y = amounts(ys, y_unit, show, zero=False, room=0.12)
    reach = float(y.domain[1]) - float(y.domain[0])
    y = Scale(domain=[float(y.domain[0]) - reach * 0.06, float(y.domain[1])], ticks=y.ticks, labels=y.labels)
    half = (float(x.domain[0]) * float(x.domain[1])) ** 0.5 if log else (float(x.domain[0]) + float(x.domain[1])) / 2
    rows: list[dict[str, Any]] = [
        {
            "x": at,
            "y": up,
            "label": dot.label if place < NAMED else "",
            "group": dot.group or "All",
            "best": dot.best,
            "side": "l" if at > half else "r",
        }
        for place, (dot, (at, up)) in enumerate(zip(usable, values, strict=True))
    ]
    best = sorted((row for row in rows if row["best"]), key=lambda row: float(row["x"]))
    frontier = [{"x": row["x"], "y": row["y"]} for row in best]
    if frontier:
        frontier.append({"x": float(x.domain[1]), "y": frontier[-1]["y"]})
    colours = {dot.group or "All": TOKENS[dot.key] for dot in usable}
    chart = Chart(
        name="scatter",
        rows={"rows": rows, "frontier": frontier},
        x=x,
        y=y,
        colours=colours,
        description=_described(title, usable, best, x_unit, show),
    )
    legend = [
        Legend(text=name, key=dot.key, form="dot")
        for name, dot in {dot.group: dot for dot in usable if dot.group}.items()
    ]
    legend.append(Legend(text="Pareto line: nothing is both cheaper and better", key="value", form="line"))
    return Plot(
        chart=chart, legend=tuple(legend), table=_table(dots, x_unit, y_unit, (x_title, y_title), show, title, y_digits)
    )


def _x(dot: Dot, unit: str, show: Display) -> float:
    return float(show.amount(dot.x) or 0) if unit.startswith("money") else float(dot.x)


def _described(title: str, dots: Sequence[Dot], best: Sequence[dict[str, Any]], unit: str, show: Display) -> str:
    dear = max(dots, key=lambda dot: dot.x)
    return (
        f"{title}: {len(dots)} in all, {len(best)} of them on the Pareto line; the dearest is {dear.label} at "
        f"{show.quantity(dear.x, unit, 4)}."
    )


def _table(
    dots: Sequence[Dot], x_unit: str, y_unit: str, titles: tuple[str, str], show: Display, title: str, digits: int
) -> Table:
    heads = (
        Column(label="Name", sort=True),
        *(Column(label=label, numeric=True, sort=True) for label in titles),
        Column(label="Pareto line"),
    )
    rows = tuple(
        Row(
            cells=(
                Cell(text=dot.label),
                Cell(text=show.quantity(dot.x, x_unit, 4).text, order=dot.x),
                Cell(text=str(show.quantity(dot.y, y_unit, digits)), order=dot.y),
                Cell(text="on it" if dot.best else ""),
            )
        )
        for dot in dots
    )
    return Table(columns=heads, rows=rows, caption=f"{title}, as a table")


def heatmap(
    tiles: Sequence[Tile], *, title: str, words: dict[str, str], show: Display, width: int | None = None
) -> Plot | None:
    """A state by thing (rows) and time (columns); `words` names the bands in the legend. None without a tile."""
    if not tiles:
        return None
    across, down = list(dict.fromkeys(tile.column for tile in tiles)), list(dict.fromkeys(tile.row for tile in tiles))
    chart = Chart(
        name="heatmap",
        rows={"rows": [{"row": tile.row, "column": tile.column, "band": tile.band} for tile in tiles]},
        x=Scale(
            domain=across, ticks=across, labels=_thinned(across, WIDE_DAYS // 2), thin=_thinned(across, NARROW_DAYS)
        ),
        y=Scale(domain=down, ticks=down, labels={name: name for name in down}),
        colours=BANDS,
        width=width,
        height=ROW * len(down) + 30,
        description=_hot(title, tiles, show),
    )
    found = {(tile.row, tile.column): tile.words for tile in tiles}
    table = Table(
        columns=(Column(label="Name"), *(Column(label=name, numeric=True) for name in across)),
        rows=tuple(
            Row(cells=(Cell(text=name), *(Cell(text=found.get((name, column), UNKNOWN)) for column in across)))
            for name in down
        ),
        caption=f"{title}, as a table",
    )
    keys = {"low": "value-wash", "middle": "value-weak", "high": "value"}
    return Plot(
        chart=chart,
        table=table,
        legend=tuple(Legend(text=words[band], key=keys[band]) for band in keys if band in words),
    )


def _thinned(names: Sequence[str], most: int) -> dict[str, str]:
    step = max(1, -(-len(names) // most))
    return {name: name for place, name in enumerate(reversed(names)) if place % step == 0}


def _hot(title: str, tiles: Sequence[Tile], show: Display) -> str:
    hot = list(dict.fromkeys(tile.row for tile in tiles if tile.band == "high"))
    number = show.plain(len({tile.row for tile in tiles}))
    return f"{title}: {', '.join(hot[:5]) if hot else 'nothing'} in the highest band, of {number}."
