"""Two dimensions at once: cost against quality with the Pareto line, and a state by thing and day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from breakeven.views.charting.axes import amounts, drawn, magnitudes
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.data import TOKENS, Dot, Tile
from breakeven.views.charting.marking import short
from breakeven.views.charting.naming import Spot, sides
from breakeven.views.charting.series_table import order_of
from breakeven.views.content import Cell, Column, Legend, Plot, Row, Table
from breakeven.views.format import UNKNOWN, Display

BANDS = {"none": "var(--surface-3)", "low": "var(--value-wash)", "middle": "var(--value-weak)", "high": "var(--value)"}
KEYS = {"low": "value-wash", "middle": "value-weak", "high": "value"}
WIDE_DAYS, NARROW_DAYS = 7, 4
"""Labels below a heat map."""
ROW = 22
SHAPES: tuple[tuple[str, Literal["dot", "box", "tri", "diamond"]], ...] = (
    ("circle", "dot"), ("square", "box"), ("triangle-up", "tri"), ("diamond", "diamond"))  # fmt: skip
"""Shapes of groups in turn, in the chart and in the legend: colour is not the only sign."""
PICTURE = (560.0, 270.0)
"""About the size of a scatter's field, for finding room for names."""


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
    """Things by cost (to the right is dearer) and quality (up is better); those that nothing beats are joined.

    None without a thing that can be drawn; on a logarithmic axis that is one with a cost.
    """
    usable = [dot for dot in dots if dot.x > 0 or not log]
    if not usable:
        return None
    across, up = drawn(x_unit, show), drawn(y_unit, show)
    xs, ys = [across(dot.x) for dot in usable], [up(dot.y) for dot in usable]
    x = magnitudes(xs, x_unit, show, x_title) if log else amounts(xs, x_unit, show)
    y = amounts(ys, y_unit, show, zero=False, room=0.12)
    low, high = float(y.domain[0]), float(y.domain[1])
    y = Scale(domain=[low - (high - low) * 0.06, high], ticks=y.ticks, labels=y.labels)
    groups = list(dict.fromkeys(dot.group for dot in usable))
    spots = [Spot(dot.label, at, up, dot.best) for dot, at, up in zip(usable, xs, ys, strict=True)]
    rows: list[dict[str, Any]] = [
        {"x": at, "y": up, "label": short(dot.label), "group": dot.group or "All", "best": dot.best, "side": side,
         "shape": SHAPES[groups.index(dot.group) % len(SHAPES)][0]}
        for dot, at, up, side in zip(usable, xs, ys, sides(spots, x, y, PICTURE), strict=True)
    ]  # fmt: skip
    best = sorted((row for row in rows if row["best"]), key=lambda row: float(row["x"]))
    frontier = [{"x": row["x"], "y": row["y"]} for row in best]
    if frontier:
        frontier.append({"x": float(x.domain[1]), "y": frontier[-1]["y"]})
    chart = Chart(
        name="scatter",
        rows={"rows": rows, "frontier": frontier},
        x=x,
        y=y,
        colours={dot.group or "All": TOKENS[dot.key] for dot in usable},
        description=_described(title, usable, len(best), x_unit, show),
    )
    keys = {dot.group: dot.key for dot in usable}
    legend = [Legend(text=name, key=keys[name], form=SHAPES[place % len(SHAPES)][1])
              for place, name in enumerate(groups) if name]  # fmt: skip
    if frontier:
        legend.append(Legend(text="Pareto line: nothing is both cheaper and better", key="value", form="line"))
    return Plot(
        chart=chart, legend=tuple(legend), table=_table(dots, x_unit, y_unit, (x_title, y_title), show, title, y_digits)
    )


def _described(title: str, dots: Sequence[Dot], best: int, unit: str, show: Display) -> str:
    dear = max(dots, key=lambda dot: dot.x)
    return (
        f"{title}: {len(dots)} in all, {best} of them on the Pareto line; the dearest is {dear.label} at "
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
                Cell(text=show.quantity(dot.x, x_unit, 4).text, order=order_of(dot.x, x_unit, show)),
                Cell(text=str(show.quantity(dot.y, y_unit, digits)), order=order_of(dot.y, y_unit, show)),
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
        x=Scale(domain=across, ticks=across, labels=_thinned(across, WIDE_DAYS), thin=_thinned(across, NARROW_DAYS)),
        y=Scale(domain=down, ticks=down, labels=down),
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
    legend = [Legend(text=words[band], key=key, form="diamond" if band == "high" else "box")
              for band, key in KEYS.items() if band in words]  # fmt: skip
    return Plot(chart=chart, table=table, legend=tuple(legend))


def _thinned(names: Sequence[str], most: int) -> list[str]:
    """Every so many names, the last one among them."""
    step = max(1, -(-len(names) // most))
    return [name if (len(names) - 1 - place) % step == 0 else "" for place, name in enumerate(names)]


def _hot(title: str, tiles: Sequence[Tile], show: Display) -> str:
    hot = list(dict.fromkeys(tile.row for tile in tiles if tile.band == "high"))
    number = show.plain(len({tile.row for tile in tiles}))
    return f"{title}: {', '.join(hot[:5]) if hot else 'nothing'} in the highest band, of {number}."
