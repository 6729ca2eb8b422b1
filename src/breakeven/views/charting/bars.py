"""Bars below each other: a ranking with its goal, what moves a figure most, a cost with its parts, rules compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakeven.views.charting.axes import drawn, places, sideways
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.columns import table as columns_table
from breakeven.views.charting.data import TOKENS, Bar, Column, Key, Level, Number, Swing
from breakeven.views.charting.marking import Drawn, Reader
from breakeven.views.charting.series_table import order_of
from breakeven.views.content import Cell, Legend, Plot, Row, Table
from breakeven.views.content import Column as Head
from breakeven.views.format import UNKNOWN, Display

MOST = 20
"""Bars that are drawn; all stand in the table."""
GROUPED = 40
"""The same where several stand for one thing."""
TOLD = 8
"""Bars that the sentence names."""
ROW, SLIM = 32, 17
"""Pixels of one bar, and of one of several."""
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


def divided(
    made: Sequence[Column], keys: Mapping[str, Key], *, unit: str, show: Display, title: str, first: str = "Name",
    digits: int = 2,
) -> Plot | None:  # fmt: skip
    """Bars whose parts follow each other, such as direct and shared cost; None where nothing is known."""
    known = [one for one in made if any(value is not None for _, value in one.parts)]
    if not known:
        return None
    kept, number = known[:MOST], drawn(unit, show)
    rows: Drawn = []
    labels: Drawn = []
    for place, one in enumerate(kept):
        up = down = 0.0
        for name, value in one.parts:
            amount = 0.0 if value is None else number(value)
            start = up if amount >= 0 else down
            rows.append({"place": str(place), "start": start, "end": start + amount, "colour": name})
            up, down = (up + amount, down) if amount >= 0 else (up, down + amount)
        whole = sum(value for _, value in one.parts if value is not None)
        words = value_text(whole, unit, show, digits)
        partly = any(value is None for _, value in one.parts)
        labels.append({"place": str(place), "value": up, "words": f"{words} known" if partly else words})
    names = [one.label for one in kept] + ([f"and {len(known) - MOST} more"] if len(known) > MOST else [])
    said = ", ".join(f"{one.label} {label['words']}" for one, label in zip(kept[:TOLD], labels, strict=False))
    return _parted(rows, labels, places(names), keys, ROW * len(names) + EDGE, f"{title}: {said}.", unit, show,
                   columns_table(made, list(keys), unit, show, title, digits, first=first))  # fmt: skip


def grouped(
    made: Sequence[Column], keys: Mapping[str, Key], *, unit: str, show: Display, title: str, first: str = "Name",
    digits: int = 2,
) -> Plot | None:  # fmt: skip
    """Bars of one thing below each other, such as a project's cost by each rule; None where nothing is known."""
    known = [one for one in made if any(value is not None for _, value in one.parts)]
    if not known:
        return None
    number, kept = drawn(unit, show), known[: max(1, GROUPED // max(1, len(keys)))]
    rows: Drawn = []
    labels: Drawn = []
    names: list[str] = []
    for one in kept:
        parts = dict(one.parts)
        for place, key in enumerate(keys):
            at, value = str(len(names)), parts.get(key)
            names.append(one.label if place == (len(keys) - 1) // 2 else "")
            amount = 0.0 if value is None else number(value)
            rows.append({"place": at, "start": 0.0, "end": amount, "colour": key})
            labels.append({"place": at, "value": max(0.0, amount), "words": value_text(value, unit, show, digits)})
        names.append("")  # room between two things
    names[-1] = f"and {len(known) - len(kept)} more" if len(known) > len(kept) else ""
    said = "; ".join(
        f"{one.label}: " + ", ".join(f"{name} {value_text(value, unit, show, digits)}" for name, value in one.parts)
        for one in kept[:TOLD]
    )
    return _parted(rows, labels, places(names), keys, SLIM * len(names) + EDGE, f"{title}. {said}.", unit, show,
                   columns_table(made, list(keys), unit, show, title, digits, first=first))  # fmt: skip


def _parted(
    rows: Drawn, labels: Drawn, names: Scale, keys: Mapping[str, Key], height: int, description: str, unit: str,
    show: Display, table: Table,
) -> Plot:  # fmt: skip
    ends = [float(row[end]) for row in rows for end in ("start", "end")]
    chart = Chart(
        name="ranked",
        rows={"rows": rows, "labels": labels, "levels": []},
        x=sideways(ends, unit, show, words=WORDS),
        y=names,
        colours={name: TOKENS[key] for name, key in keys.items()},
        height=height,
        description=description,
    )
    return Plot(chart=chart, table=table, legend=tuple(Legend(text=name, key=key) for name, key in keys.items()))


def tornado(
    swings: Sequence[Swing],
    middle: Number,
    *,
    unit: str,
    show: Display,
    title: str,
    digits: int = 0,
    signed: bool = True,
    more_is_better: bool = True,
    width: int | None = None,
) -> Plot | None:
    """How far each assumption moves a figure around its value, the widest first; None without one."""
    if not swings:
        return None
    kept, number = swings[:MOST], drawn(unit, show)
    center = number(middle)
    rows: Drawn = []
    labels: Drawn = []
    colours = ("worse", "better") if more_is_better else ("better", "worse")
    for place, swing in enumerate(kept):
        low, high = number(swing.low), number(swing.high)
        least, most = min(low, high, center), max(low, high, center)
        rows += [
            {"place": str(place), "start": edge, "end": center, "colour": colour}
            for edge, colour in zip((least, most), colours, strict=True)
        ]
        words = (swing.low_words, swing.high_words) if low <= high else (swing.high_words, swing.low_words)
        labels.append({"place": str(place), "least": least, "most": most, "left": words[0], "right": words[1]})
    edges = [float(label[end]) for label in labels for end in ("least", "most")]
    chart = Chart(
        name="tornado",
        rows={"rows": rows, "labels": labels, "middle": [{"value": center}]},
        width=width,
        height=ROW * len(kept) + EDGE,
        x=sideways(edges, unit, show, words=0.14, before=0.14, zero=False, signed=signed),
        y=places([swing.label for swing in kept]),
        colours={"worse": TOKENS["cost-weak"], "better": TOKENS["value"]},
        description=_swung(title, kept[0], unit, show, digits, signed),
    )
    legend = (Legend(text="Unfavourable value", key="cost-weak"), Legend(text="Favourable value", key="value"))
    return Plot(chart=chart, table=_swings_table(swings, unit, show, title, digits, signed), legend=legend)


def _swings_table(swings: Sequence[Swing], unit: str, show: Display, title: str, digits: int, signed: bool) -> Table:
    rows = []
    for one in swings:
        ends = ((one.low, one.low_words), (one.high, one.high_words))
        cells = [
            Cell(
                text=value_text(value, unit, show, digits, signed=signed), sub=words, order=order_of(value, unit, show)
            )
            for value, words in ends
        ]
        rows.append(Row(cells=(Cell(text=one.label), *cells)))
    heads = [Head(label="At its low end", numeric=True), Head(label="At its high end", numeric=True)]
    return Table(columns=(Head(label="Assumption"), *heads), rows=tuple(rows), caption=f"{title}, as a table")


def _swung(title: str, first: Swing, unit: str, show: Display, digits: int, signed: bool) -> str:
    ends = " to ".join(value_text(value, unit, show, digits, signed=signed) for value in (first.low, first.high))
    return f"{title}: {first.label} moves it most, from {ends}."
