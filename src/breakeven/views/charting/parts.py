"""Parts of a whole, and the way from one amount to another: the donut and the waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from breakeven.views.charting.axes import drawn as reader
from breakeven.views.charting.axes import places
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.data import TOKENS, Part, Step
from breakeven.views.charting.marking import Drawn
from breakeven.views.charting.series_table import order_of
from breakeven.views.content import Cell, Column, Donut, Legend, Plot, Row, Table
from breakeven.views.format import Display, decimal_of

MOST = 5
"""Parts of a donut; the smallest ones beyond become one."""
ROW = 34
"""Pixels of one step."""
WORDS, WORDS_LEFT = 0.3, 0.4
"""Parts of the reach that are kept free for the words beside bars."""


def donut(parts: Sequence[Part], *, unit: str, show: Display, title: str, words: str) -> Donut | None:
    """The positive parts as a ring, all of them in the table beside it; None without a positive part."""
    positive = sorted((part for part in parts if part.value > 0), key=lambda part: -part.value)
    if not positive:
        return None
    total = sum((decimal_of(part.value) for part in parts), Decimal(0))
    whole = sum((decimal_of(part.value) for part in positive), Decimal(0))
    drawn = positive if len(positive) <= MOST else positive[: MOST - 1]
    rows: list[dict[str, Any]] = [
        {"label": one.label, "value": float(one.value), "place": place} for place, one in enumerate(drawn)
    ]
    colours = {one.label: TOKENS[one.key] for one in drawn}
    if len(drawn) < len(positive):
        rest = sum((decimal_of(part.value) for part in positive[len(drawn) :]), Decimal(0))
        rows.append({"label": "Others", "value": float(rest), "place": len(drawn)})
        colours["Others"] = TOKENS["muted"]
    said = ", ".join(f"{one.label} {_share(one, whole, show)}" for one in positive)
    chart = Chart(name="donut", rows={"rows": rows}, description=f"{title}: {said}.", colours=colours, fixed=True)
    shown = sorted(parts, key=lambda part: -part.value)
    table = Table(
        columns=(Column(label="Part"), Column(label="Amount", numeric=True), Column(label="Share", numeric=True)),
        rows=tuple(_row(one, whole, unit, show) for one in shown),
        caption=f"{title}, as a table",
    )
    legend = [Legend(text=f"{one.label} {_share(one, whole, show)}", key=one.key) for one in drawn]
    if len(drawn) < len(positive):
        legend.append(Legend(text="Others", key="muted"))
    return Donut(
        plot=Plot(chart=chart, table=table, legend=tuple(legend)), center=show.quantity(total, unit), center_words=words
    )


def _share(one: Part, whole: Decimal, show: Display) -> str:
    return show.percent(decimal_of(one.value) / whole * 100) if one.value > 0 else ""


def _row(one: Part, whole: Decimal, unit: str, show: Display) -> Row:
    value = str(show.quantity(one.value, unit))
    return Row(
        cells=(
            Cell(text=one.label, key=one.key, sub=one.sub),
            Cell(text=value, explain=one.explain, order=order_of(one.value, unit, show)),
            Cell(text=_share(one, whole, show)),
        )
    )


def waterfall(
    steps: Sequence[Step], *, show: Display, title: str, unit: str = "money", width: int | None = None
) -> Plot | None:
    """From amount to amount: steps add up, a total stands on zero; None without a step."""
    if not steps:
        return None
    number = reader(unit, show)
    rows: Drawn = []
    so_far = 0.0
    for place, step in enumerate(steps):
        amount = number(step.amount)
        start, end = (0.0, amount) if step.total else (so_far, so_far + amount)
        so_far = end
        left = end < start and end < 0
        words = str(show.quantity(step.amount, unit)) if step.total else _signed(step, unit, show)
        rows.append({"place": str(place), "start": start, "end": end, "colour": step.key, "words": words, "left": left,
                     "label_x": end if left else max(start, end),
                     "next": str(place + 1) if place + 1 < len(steps) else None})  # fmt: skip
    ends = [edge for row in rows for edge in (row["start"], row["end"])]
    low, high = min(0.0, *ends), max(0.0, *ends)
    reach = (high - low) or 1.0
    left, right = (any(row["left"] is side for row in rows) for side in (True, False))
    room, tight = ([low - reach * WORDS_LEFT * left * more, high + reach * WORDS * right * more] for more in (1.0, 1.8))
    chart = Chart(
        name="waterfall",
        rows={"rows": rows},
        x=Scale(domain=room, tight=tight, ticks=[], labels=[]),
        y=places([step.label for step in steps]),
        width=width,
        colours={key: TOKENS[key] for key in dict.fromkeys(step.key for step in steps)},
        height=ROW * len(steps) + 12,
        description=f"{title}: "
        + ", ".join(f"{step.label} {row['words']}" for step, row in zip(steps, rows, strict=True))
        + ".",
    )
    table = Table(
        columns=(Column(label="Step"), Column(label="Amount", numeric=True)),
        caption=f"{title}, as a table",
        rows=tuple(
            Row(
                cells=(
                    Cell(text=step.label),
                    Cell(text=str(row["words"]), explain=step.explain, order=order_of(step.amount, unit, show)),
                ),
                kind="sub" if step.total else "",
            )
            for step, row in zip(steps, rows, strict=True)
        ),
    )
    return Plot(chart=chart, table=table)


def _signed(step: Step, unit: str, show: Display) -> str:
    if unit == "money":
        return show.money(step.amount, signed=True)
    text = show.quantity(step.amount, unit)
    return f"+{text}" if step.amount > 0 else str(text)
