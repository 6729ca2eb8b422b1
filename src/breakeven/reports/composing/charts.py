"""Plots of pages as charts of a document: the picture, and the numbers for charts that can be edited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from breakeven.reports.document import Cell as DocumentCell
from breakeven.reports.document import Chart, Column, Form, Row, Series, Table
from breakeven.views import content
from breakeven.views.charting.chart import fitted
from breakeven.views.format import UNKNOWN, decimal_of

FORMS: Mapping[str, Form] = {
    "columns": "stacked", "lines": "line", "cumulative": "area", "donut": "donut", "waterfall": "waterfall",
    "ranked": "bars", "crossing": "line",
}  # fmt: skip
"""Specification of a page's chart → the chart that can be edited; others stay pictures."""
_MONTH = re.compile(r"([A-Z][a-z]+)\s20(\d\d)")
_DAY = re.compile(r"\d{1,2}\s([A-Z][a-z]{2})\s20(\d\d)")
MANY = 14
"""Categories that have room for a day."""
ONE_ROW = ("donut", "waterfall", "bars")
"""Forms that show one row of numbers."""
LAST_ONLY = ("area",)
"""Forms whose last column is what they draw: the sum, not its parts."""


def chart(plot: content.Plot, title: str, columns: int, *, aside: bool = False) -> Chart:
    """A plot with its numbers taken from the table behind it."""
    form = FORMS.get(plot.chart.name, "none")
    numbers = _series(plot, form) if form != "none" else ()
    if not numbers:
        form = "none"
    return Chart(
        title=title, description=plot.chart.description, form=form, series=numbers,
        categories=_categories(plot.table.rows), unit=_unit(plot.table.rows),
        picture=fitted(plot.chart, columns, aside=aside), legend=plot.legend, table=_table(plot.table),
    )  # fmt: skip


def _categories(rows: Sequence[content.Row]) -> tuple[str, ...]:
    """What stands below the axis; of many days, which are the ends of months then, the months."""
    names = tuple(_category(row.cells[0]) for row in rows)
    days = [_DAY.fullmatch(name) for name in names]
    if len(names) <= MANY or not all(days):
        return names
    return tuple(f"{found[1]} {found[2]}" for found in days if found is not None)


def _category(cell: content.Cell) -> str:
    """What stands below the axis: of a month its short form."""
    found = _MONTH.fullmatch(cell.text)
    return f"{found[1][:3]} {found[2]}" if found is not None else cell.text


def _series(plot: content.Plot, form: Form) -> tuple[Series, ...]:
    table, keys = plot.table, {entry.text: entry.key for entry in plot.legend}
    lines = {entry.text for entry in plot.legend if entry.form == "line"}
    numeric = [place for place, column in enumerate(table.columns) if column.numeric and _known(table.rows, place)]
    if form in ONE_ROW:
        numeric = numeric[:1]
    elif form in LAST_ONLY:
        numeric = numeric[-1:]
    return tuple(
        Series(label=table.columns[place].label, key=keys.get(table.columns[place].label, ""),
               across=form == "stacked" and table.columns[place].label in lines,
               values=tuple(_number(row, place) for row in table.rows))
        for place in numeric
    )  # fmt: skip


def _known(rows: Sequence[content.Row], place: int) -> bool:
    return any(_number(row, place) is not None for row in rows)


def _number(row: content.Row, place: int) -> Decimal | None:
    if place >= len(row.cells) or row.cells[place].text == UNKNOWN:
        return None
    order = row.cells[place].order
    return None if order is None or isinstance(order, str) else decimal_of(order)


def _unit(rows: Sequence[content.Row]) -> str:
    """The unit of the first number."""
    for row in rows:
        for cell in row.cells[1:]:
            if cell.order is not None and not isinstance(cell.order, str):
                if "%" in cell.text + cell.unit:
                    return "%"
                return cell.unit or ("money" if not cell.text.lstrip("+−-")[:1].isdigit() else "")
    return ""


def _table(made: content.Table) -> Table:
    """The data of a chart."""
    rows = tuple(
        Row(cells=tuple(
            DocumentCell(text=" ".join(part for part in (cell.text, cell.unit) if part), sub=cell.sub,
                         exact=_number(row, place) if made.columns[place].numeric else None)
            for place, cell in enumerate(row.cells)), kind=row.kind)
        for row in made.rows
    )  # fmt: skip
    columns = tuple(Column(label=column.label, numeric=column.numeric) for column in made.columns)
    return Table(caption=made.caption, columns=columns, rows=rows, empty=made.empty)
