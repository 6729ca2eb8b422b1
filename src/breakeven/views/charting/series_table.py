"""The data of lines as a table and as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from breakeven.views.charting.axes import instant, when_text
from breakeven.views.charting.data import Mark, Number, Series
from breakeven.views.content import Cell, Column, Row, Table
from breakeven.views.format import UNKNOWN, Display

TOLD = 4
"""Lines that the sentence names."""


def described(title: str, series: Sequence[Series], unit: str, show: Display, digits: int) -> str:
    """The lines in one sentence with their first and last numbers."""
    said = []
    for one in [one for one in series if one.key != "peer"][:TOLD]:
        known = [(when, value) for when, value in one.points if value is not None]
        if len(known) == 1:
            said.append(f"{one.label} {show.quantity(known[0][1], unit, digits)} ({when_text(known[0][0], show)})")
        elif known:
            (start, first), (end, last) = known[0], known[-1]
            said.append(
                f"{one.label} from {show.quantity(first, unit, digits)} ({when_text(start, show)}) "
                f"to {show.quantity(last, unit, digits)} ({when_text(end, show)})"
            )
    return f"{title}: {'; '.join(said)}." if said else f"{title}: nothing is known yet."


def series_table(
    series: Sequence[Series], unit: str, show: Display, title: str, digits: int, marks: Sequence[Mark] = ()
) -> Table:
    """A row for each time, with the ends of bands and what is marked between it and the one before."""
    moments = sorted({instant(when): when for one in series for when, _ in one.points}.items())
    heads = [Column(label="Time")]
    columns: list[dict[object, Number | None]] = []
    for one in series:
        heads.append(Column(label=one.label, numeric=True))
        columns.append({instant(when): value for when, value in one.points})
        if one.band:
            heads += [Column(label=f"{one.label}, {end} end", numeric=True) for end in ("low", "high")]
            columns += [
                {instant(when): low for when, low, _ in one.band},
                {instant(w): high for w, _, high in one.band},
            ]
    marked = _marked(marks, [at for at, _ in moments])
    if marked:
        heads.append(Column(label="Marked"))
    rows = []
    for place, (at, when) in enumerate(moments):
        cells = [Cell(text=when_text(when, show), order=at.isoformat())]
        cells += [value_cell(of.get(at), unit, show, digits) for of in columns]
        rows.append(Row(cells=(*cells, Cell(text="; ".join(marked.get(place, [])))) if marked else tuple(cells)))
    return Table(columns=tuple(heads), rows=tuple(rows), caption=f"{title}, as a table")


def _marked(marks: Sequence[Mark], moments: Sequence[datetime]) -> dict[int, list[str]]:
    """Annotations by the row of the first moment that is not before them."""
    found: dict[int, list[str]] = {}
    for mark in sorted(marks, key=lambda one: instant(one.on)):
        place = next((place for place, at in enumerate(moments) if at >= instant(mark.on)), None)
        if place is not None and instant(mark.on) >= moments[0]:
            found.setdefault(place, []).append(mark.words)
    return found


def value_cell(value: Number | None, unit: str, show: Display, digits: int) -> Cell:
    """A value with its unit, or –."""
    if value is None:
        return Cell(text=UNKNOWN)
    text = show.quantity(value, unit, digits)
    return Cell(text=text.text, unit=text.unit, order=order_of(value, unit, show))


def order_of(value: Number, unit: str, show: Display) -> Number | None:
    """The number behind a text: of an amount that in the currency that is shown."""
    return show.amount(value) if unit.startswith("money") else value
