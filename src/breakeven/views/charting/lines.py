"""Lines over time: a trend, several models, a metric with its baseline, value against cost."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from breakeven.views.charting.axes import amounts, instant, stamp, times, whole_days
from breakeven.views.charting.chart import Chart, Scale
from breakeven.views.charting.data import TOKENS, Level, Mark, Number, Series, When
from breakeven.views.content import Cell, Column, Legend, Plot, Row, Table
from breakeven.views.format import UNKNOWN, Display

MARKED = 4
"""Annotations on a chart; lines of more would cross their labels."""
LABEL = 28
"""Letters of an annotation."""
FORMS = {"line": "line", "area": "line", "dash": "dash", "dots": "dots"}
ENDS = 0.075
"""Part of the height that two labels at the end of lines keep apart."""


def lines(
    series: Sequence[Series],
    *,
    unit: str,
    show: Display,
    title: str,
    digits: int = 2,
    levels: Sequence[Level] = (),
    marks: Sequence[Mark] = (),
    zero: bool = True,
    labelled: bool = True,
    width: int | None = None,
    height: int | None = None,
) -> Plot | None:
    """Lines with their ends labelled; None where no value is known. `labelled` false: no labels at the ends."""
    drawn = [one for one in series if any(value is not None for _, value in one.points)]
    if not drawn:
        return None
    number = _reader(unit, show)
    values = [number(value) for one in drawn for _, value in one.points if value is not None]
    values += [number(edge) for one in drawn for _, *edges in one.band for edge in edges]
    y = amounts(
        [*values, *(number(level.value) for level in levels)], unit, show, zero=zero, room=0.16 if marks else 0.08
    )
    x = times([when for one in drawn for when, _ in one.points], show)
    ends = _ends(drawn, number, unit, show, digits, y) if labelled else []
    chart = Chart(
        name="lines",
        rows={
            "rows": [row for one in drawn for row in _rows(one, number)],
            "bands": [
                {"date": stamp(when), "low": number(low), "high": number(high), "series": one.label}
                for one in drawn
                for when, low, high in one.band
            ],
            "levels": [{"value": number(level.value), "words": level.words, "style": level.style} for level in levels],
            "events": events(marks, x, y),
            "ends": ends,
            "zero": [{}] if min(values) < 0 else [],
        },
        description=described(title, drawn, unit, show, digits),
        x=x,
        y=y,
        colours={one.label: TOKENS[one.key] for one in drawn},
        width=width,
        height=height,
    )
    return Plot(chart=chart, legend=_legend(drawn), table=table(drawn, unit, show, title, digits))


def _reader(unit: str, show: Display) -> Any:
    """From a value to what is drawn: amounts in the currency of the page."""
    if unit.startswith("money"):
        return lambda value: float(show.amount(value) or 0)
    return float


def _rows(one: Series, number: Any) -> list[dict[str, Any]]:
    """The points of a line, cut into runs where a value is not known."""
    found: list[dict[str, Any]] = []
    run, last = 0, None
    for when, value in one.points:
        if value is None:
            run, last = run + 1, None
            continue
        row = {
            "date": stamp(when),
            "value": number(value),
            "series": one.label,
            "run": f"{one.label} {run}",
            "style": one.style,
            "thick": 1.25 if one.key == "peer" else 2,
            "alone": last is None,
        }
        if last is not None:
            last["alone"] = False
            row["alone"] = False
        found.append(row)
        last = row
    return found


def _ends(
    series: Sequence[Series], number: Any, unit: str, show: Display, digits: int, y: Scale
) -> list[dict[str, Any]]:
    """What stands at the end of each line that is no peer, far enough apart to be read."""
    found = []
    for one in series:
        known = [(when, value) for when, value in one.points if value is not None]
        if one.key == "peer" or not known:
            continue
        when, value = known[-1]
        words = str(show.quantity(value, unit, digits))
        found.append(
            {"date": stamp(when), "value": number(value), "at": number(value), "series": one.label, "words": words}
        )
    found.sort(key=lambda row: float(row["at"]))
    low, high = (float(edge) for edge in y.domain)
    for before, row in itertools.pairwise(found):
        row["at"] = max(float(row["at"]), float(before["at"]) + (high - low) * ENDS)
    return found


def events(marks: Sequence[Mark], x: Scale, y: Scale) -> list[dict[str, Any]]:
    """Annotations inside the axis, the last few, their labels stepping down from left to right."""
    first, last = str(x.domain[0]), str(x.domain[1])
    inside = sorted((mark for mark in marks if first <= stamp(mark.on) <= last), key=lambda mark: instant(mark.on))
    top, bottom = float(y.domain[1]), float(y.domain[0])
    found = []
    for place, mark in enumerate(inside[-MARKED:]):
        words = mark.words if len(mark.words) <= LABEL else f"{mark.words[: LABEL - 1].rstrip()}…"
        share = _share(stamp(mark.on), first, last)
        found.append(
            {"date": stamp(mark.on), "top": top - (top - bottom) * 0.07 * place, "words": words, "right": share > 0.7}
        )
    return found


def _share(at: str, first: str, last: str) -> float:
    """How far along the axis a time lies, 0 to 1."""
    begin, end, here = (datetime.fromisoformat(text) for text in (first, last, at))
    return (here - begin) / (end - begin) if end > begin else 0.0


def _legend(series: Sequence[Series]) -> tuple[Legend, ...]:
    if len(series) == 1 and not series[0].band:
        return ()
    named = [one for one in series if one.key != "peer"]
    peers = len(series) - len(named)
    found = [Legend(text=one.label, key=one.key, form=FORMS[one.style]) for one in named]  # type: ignore[arg-type]
    if peers:
        found.append(Legend(text=f"{peers} {'other' if peers == 1 else 'others'}", key="peer", form="line"))
    return tuple(found)


def described(title: str, series: Sequence[Series], unit: str, show: Display, digits: int) -> str:
    """The lines in one sentence with their first and last numbers."""
    told = []
    for one in [one for one in series if one.key != "peer"][:4]:
        known = [(when, value) for when, value in one.points if value is not None]
        if known:
            (start, first), (end, last) = known[0], known[-1]
            told.append(
                f"{one.label} from {show.quantity(first, unit, digits)} ({_when(start, show)}) "
                f"to {show.quantity(last, unit, digits)} ({_when(end, show)})"
            )
    return f"{title}: {'; '.join(told)}." if told else f"{title}: nothing is known yet."


def _when(when: When, show: Display) -> str:
    return show.day(when) if whole_days([when]) else show.moment(instant(when))


def table(series: Sequence[Series], unit: str, show: Display, title: str, digits: int) -> Table:
    """The data of the lines, a row for each time."""
    moments = sorted({instant(when): when for one in series for when, _ in one.points}.items())
    values = [{instant(when): value for when, value in one.points} for one in series]
    rows = tuple(
        Row(
            cells=(
                Cell(text=_when(when, show), order=at.timestamp()),
                *(_cell(of.get(at), unit, show, digits) for of in values),
            )
        )
        for at, when in moments
    )
    heads = tuple(Column(label=one.label, numeric=True) for one in series)
    return Table(columns=(Column(label="Time"), *heads), rows=rows, caption=f"{title}, as a table")


def _cell(value: Number | None, unit: str, show: Display, digits: int) -> Cell:
    if value is None:
        return Cell(text=UNKNOWN)
    text = show.quantity(value, unit, digits)
    return Cell(text=text.text, unit=text.unit, order=value)


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
    number = _reader("money", show)
    x = times([when for when, *_ in points], show)
    y = amounts([number(amount) for _, *both in points for amount in both], "money", show, room=0.16 if marks else 0.1)
    rows = [{"date": stamp(when), "value": number(value), "cost": number(cost)} for when, value, cost in points]
    rows = _with_crossing(rows, cross)
    series = [
        Series(label="Value", points=[(when, value) for when, value, _ in points]),
        Series(label="Cost", points=[(when, cost) for when, _, cost in points], key="cost"),
    ]
    chart = Chart(
        name="crossing",
        rows={"rows": rows, "events": events(marks, x, y), "ends": _ends(series, number, "money", show, 2, y)},
        description=described(title, series, "money", show, 2),
        x=x,
        y=y,
        colours={one.label: TOKENS[one.key] for one in series},
    )
    return Plot(chart=chart, legend=_legend(series), table=table(series, "money", show, title, 2))


def _with_crossing(rows: list[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    """The rows with the points at which the lines meet; the one at which value overtakes for good is named."""
    found, last_cross = [rows[0]], None
    for before, row in itertools.pairwise(rows):
        gap, then = before["value"] - before["cost"], row["value"] - row["cost"]
        if gap * then < 0:
            share = gap / (gap - then)
            at = _between(before["date"], row["date"], share)
            amount = before["value"] + share * (row["value"] - before["value"])
            meeting = {"date": at, "value": amount, "cost": amount}
            found.append(meeting)
            last_cross = meeting if then > 0 else None
        found.append(row)
    if last_cross is not None:
        last_cross["cross"] = words
    return found


def _between(first: str, last: str, share: float) -> str:
    begin, end = (datetime.fromisoformat(f"{text}+00:00") for text in (first, last))
    return stamp(begin + (end - begin) * share)
