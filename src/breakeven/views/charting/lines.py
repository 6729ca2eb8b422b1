"""Lines over time: a trend, several models, a metric with its baseline, value against cost."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from breakeven.views.charting.axes import amounts, drawn, stamp, times
from breakeven.views.charting.chart import Chart
from breakeven.views.charting.data import TOKENS, Level, Mark, Series, When
from breakeven.views.charting.marking import Drawn, Reader, ends, events, inside, level_rows, share, short, told
from breakeven.views.charting.series_table import described, series_table
from breakeven.views.content import Legend, Plot
from breakeven.views.format import Display

EARLY = 0.2
"""Part of the width up to which a label stands right of its place."""
FORMS: dict[str, Literal["line", "dash", "dots"]] = {"line": "line", "area": "line", "dash": "dash", "dots": "dots"}


def lines(
    series: Sequence[Series],
    *,
    unit: str,
    show: Display,
    title: str,
    digits: int = 2,
    levels: Sequence[Level] = (),
    marks: Sequence[Mark] = (),
    rings: Sequence[Mark] = (),
    zero: bool = True,
    labelled: bool = True,
    width: int | None = None,
    height: int | None = None,
) -> Plot | None:
    """Lines with their ends labelled; None where no value is known: an `Empty` then says what is needed.

    `zero`: whether the axis includes zero; `rings`: days on which a line crosses zero; `labelled` false: no labels at
    the ends.
    """
    known = [one for one in series if any(value is not None for _, value in one.points)]
    if not known:
        return None
    number = drawn(unit, show)
    values = [number(value) for one in known for _, value in one.points if value is not None]
    values += [number(edge) for one in known for _, *edges in one.band for edge in edges]
    y = amounts(
        [*values, *(number(level.value) for level in levels)], unit, show, zero=zero, room=0.16 if marks else 0.08
    )
    x = times([when for one in known for when, _ in one.points], show)
    chart = Chart(
        name="lines",
        rows={
            "rows": [row for one in known for row in _rows(one, number)],
            "bands": [
                {"at": stamp(when), "low": number(low), "high": number(high), "series": one.label}
                for one in known
                for when, low, high in one.band
            ],
            "levels": level_rows(levels, known, number, x),
            "events": events(marks, x, y),
            "rings": [
                {"at": stamp(ring.on), "words": short(ring.words), "right": share(stamp(ring.on), x) > 0.6}
                for ring in inside(rings, x)
            ],
            "ends": ends(known, number, unit, show, digits, x, y) if labelled else [],
            "zero": [{}] if min(values) < 0 else [],
        },
        description=described(title, known, unit, show, digits) + told([*marks, *rings], x, show),
        x=x,
        y=y,
        colours={one.label: TOKENS[one.key] for one in known},
        width=width,
        height=height,
    )
    return Plot(chart=chart, legend=legend_of(known), table=series_table(known, unit, show, title, digits, marks))


def _rows(one: Series, number: Reader) -> Drawn:
    """The points of a line, cut into runs where a value is not known; one without neighbours is a dot."""
    found: Drawn = []
    run = 0
    for known, group in itertools.groupby(one.points, key=lambda point: point[1] is not None):
        points = [(when, value) for when, value in group if value is not None]
        if not known:
            run += 1
            continue
        found += [
            {
                "at": stamp(when),
                "value": number(value),
                "series": one.label,
                "run": f"{one.label} {run}",
                "style": one.style,
                "thick": 1.25 if one.key == "peer" else 2,
                "alone": len(points) == 1,
            }
            for when, value in points
        ]
    return found


def legend_of(series: Sequence[Series]) -> tuple[Legend, ...]:
    """The lines with their colours, peers as one; a single line needs none."""
    if len(series) == 1 and not series[0].band:
        return ()
    named = [one for one in series if one.key != "peer"]
    peers = len(series) - len(named)
    found = [Legend(text=one.label, key=one.key, form=FORMS[one.style]) for one in named]
    if peers:
        found.append(Legend(text=f"{peers} {'other' if peers == 1 else 'others'}", key="peer", form="line"))
    return tuple(found)


def crossing(
    points: Sequence[tuple[When, Decimal, Decimal]],
    *,
    show: Display,
    title: str,
    marks: Sequence[Mark] = (),
    cross: str = "Break-even",
) -> Plot | None:
    """Value against cost, added up over time, as (when, value, cost): bronze until they cross, blue after."""
    if len(points) < 2:
        return None
    number = drawn("money", show)
    x = times([when for when, *_ in points], show)
    y = amounts([number(amount) for _, *both in points for amount in both], "money", show, room=0.16 if marks else 0.1)
    rows: Drawn = [{"at": stamp(when), "value": number(value), "cost": number(cost)} for when, value, cost in points]
    rows = _with_crossing(rows, cross)
    for row in rows:
        row["early"] = share(row["at"], x) < EARLY
    series = [
        Series(label="Value", points=[(when, value) for when, value, _ in points]),
        Series(label="Cost", points=[(when, cost) for when, _, cost in points], key="cost"),
    ]
    chart = Chart(
        name="crossing",
        rows={"rows": rows, "events": events(marks, x, y), "ends": ends(series, number, "money", show, 2, x, y)},
        description=described(title, series, "money", show, 2) + told(marks, x, show),
        x=x,
        y=y,
        colours={one.label: TOKENS[one.key] for one in series},
    )
    return Plot(chart=chart, legend=legend_of(series), table=series_table(series, "money", show, title, 2, marks))


def _with_crossing(rows: Drawn, words: str) -> Drawn:
    """The rows with the points at which the lines meet; the one at which value overtakes for good is named.

    Areas between the lines are cut where they meet, so that one with a hole in it is not drawn across the hole.
    """
    found, last_cross, run = [rows[0] | {"run": 0}], None, 0
    for before, row in itertools.pairwise(rows):
        gap, then = before["value"] - before["cost"], row["value"] - row["cost"]
        if gap * then < 0:
            part = gap / (gap - then)
            amount = before["value"] + part * (row["value"] - before["value"])
            meeting = {"at": before["at"] + part * (row["at"] - before["at"]), "value": amount, "cost": amount}
            found.append(meeting | {"run": run})
            run += 1
            found.append(meeting | {"run": run})
            last_cross = found[-1] if then > 0 else None
        found.append(row | {"run": run})
    if last_cross is not None:
        last_cross["cross"] = words
    return found
