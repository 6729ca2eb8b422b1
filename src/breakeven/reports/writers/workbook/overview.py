"""Value and cost by month and by project: the same formulas over parts of the rows, with charts that can be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

import msgspec
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from breakeven.formula import excel
from breakeven.formula.excel import cell
from breakeven.reports.model import Model, Total
from breakeven.reports.writers.palette import LIGHT
from breakeven.reports.writers.workbook.book import Book, month_of, shown
from breakeven.reports.writers.workbook.rows import Rows
from breakeven.reports.writers.workbook.statement import summed

VALUE, INVESTMENT = "total_monthly_value", "investment"
TOP = 4
"""Row of the heads, counted from 0."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the sheet: a sum of rows, or a formula over other columns."""

    name: str
    label: str
    unit: str
    total: Total | None


def overview(book: Book, model: Model, found: Rows) -> None:
    """Both sheets, where value and cost are made of nothing but sums of rows and assumptions."""
    lines = _lines(book, model, found)
    if not lines or not model.months:
        return
    _months(book, model, found, lines)
    _projects(book, model, found, lines)


def _lines(book: Book, model: Model, found: Rows) -> list[Line]:
    """Sums first, then the formulas that lead to value and investment; none where one needs anything else."""
    by_name = {one.name: one for one in model.totals}
    needed: dict[str, None] = {}
    waiting = [name for name in (VALUE, INVESTMENT) if name in by_name]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        one = by_name.get(name)
        if one is None:
            if name not in book.names or any(name == fact.name for fact in model.facts):
                return []
            continue
        needed[name] = None
        waiting += one.expression.names if one.expression is not None else ()
    ordered = [one for one in model.totals if one.name in needed]
    if len([one for one in ordered if one.name in (VALUE, INVESTMENT)]) < 2:
        return []
    if any(one.expression is None and one.name not in found.places for one in ordered):
        return []
    return [Line(name=one.name, label=one.label, unit=one.unit, total=one if one.expression is not None else None)
            for one in ordered]  # fmt: skip


def _months(book: Book, model: Model, found: Rows, lines: Sequence[Line]) -> None:
    months = list(dict.fromkeys(model.months))
    sheet = book.sheet("Months", widths=(12, *(16,) * (len(lines) + 3)))
    book.title(sheet, "By month", "Every month since the first record; the last one may still be open.")
    _heads(book, sheet, ["Month", *(line.label for line in lines), "Net value", "Cumulative", "Cumulative ROI, %"])
    columns = {line.name: xl_col_to_name(place) for place, line in enumerate(lines, 1)}
    net, total = (xl_col_to_name(len(lines) + place) for place in (1, 2))
    sums = (Decimal(0), Decimal(0))
    for row, month in enumerate(months, TOP + 1):
        at = row + 1
        sheet.write_datetime(row, 0, month_of(month), book.format(num_format="mmm yyyy", align="left"))
        known = model.shares.months.get(month, {})
        _cells(book, sheet, row, lines, columns, found, known, month=f"$A{at}")
        value, cost = (f"{columns[name]}{at}" for name in (VALUE, INVESTMENT))
        money, first = book.number("money"), TOP + 2
        sums = (sums[0] + (known.get(VALUE) or 0), sums[1] + (known.get(INVESTMENT) or 0))
        gained = (known.get(VALUE) or Decimal(0)) - (known.get(INVESTMENT) or Decimal(0))
        _made(sheet, row, len(lines) + 1, f"=N({value})-N({cost})", money, gained)
        _made(sheet, row, len(lines) + 2, f"=SUM({net}${first}:{net}{at})", money, sums[0] - sums[1])
        told = [f"SUM({columns[name]}${first}:{columns[name]}{at})" for name in (VALUE, INVESTMENT)]
        _made(sheet, row, len(lines) + 3, cell(f"({told[0]}/{told[1]}-1)*100"), book.number("%"), _roi(*sums))
    last = TOP + len(months)
    _month_chart(book, sheet, columns, total, last)


def _made(sheet: Worksheet, row: int, column: int, formula: str, form: Format, value: Decimal | None) -> None:
    sheet.write_formula(row, column, formula, form, shown(value))


def _roi(value: Decimal | None, cost: Decimal | None) -> Decimal | None:
    """What a formula's cell shows before it is computed anew."""
    return None if value is None or not cost else (value / cost - 1) * 100


def _month_chart(book: Book, sheet: Worksheet, columns: Mapping[str, str], total: str, last: int) -> None:
    made = book.workbook.add_chart({"type": "column"})
    months = f"='Months'!$A${TOP + 2}:$A${last + 1}"
    for name, label, colour in ((VALUE, "Value", "--value"), (INVESTMENT, "Cost", "--cost")):
        cells = f"='Months'!${columns[name]}${TOP + 2}:${columns[name]}${last + 1}"
        made.add_series({"name": label, "categories": months, "values": cells, "fill": {"color": LIGHT[colour]},
                         "gap": 60})  # fmt: skip
    line = book.workbook.add_chart({"type": "line"})
    line.add_series({
        "name": "Cumulative net value", "categories": months,
        "values": f"='Months'!${total}${TOP + 2}:${total}${last + 1}", "line": {"color": LIGHT["--text"], "width": 2},
    })  # fmt: skip
    made.combine(line)
    made.set_x_axis({"date_axis": True, "num_format": "mmm yy", "label_position": "low", "major_unit": 1,
                     "major_unit_type": "months"})  # fmt: skip
    _look(made, "Value, cost and cumulative net value by month")
    made.set_size({"width": 1000, "height": 360})
    sheet.insert_chart(last + 2, 0, made, {"description": "Value and cost by month, and net value added up"})


def _projects(book: Book, model: Model, found: Rows, lines: Sequence[Line]) -> None:
    projects = list(dict.fromkeys(model.projects))
    sheet = book.sheet("Projects", widths=(28, *(16,) * (len(lines) + 2)))
    book.title(sheet, "By project", "Of the period; what no project can be given has a line of its own.")
    _heads(book, sheet, ["Project", *(line.label for line in lines), "Net value", "ROI, %"])
    columns = {line.name: xl_col_to_name(place) for place, line in enumerate(lines, 1)}
    for row, project in enumerate(projects, TOP + 1):
        at = row + 1
        sheet.write_string(row, 0, model.names.get(project, project), book.format())
        known = model.shares.projects.get(project, {})
        _cells(book, sheet, row, lines, columns, found, known, project=f"$A{at}")
        value, cost = (f"{columns[name]}{at}" for name in (VALUE, INVESTMENT))
        gained, spent = known.get(VALUE), known.get(INVESTMENT)
        net = (gained or Decimal(0)) - (spent or Decimal(0))
        _made(sheet, row, len(lines) + 1, f"=N({value})-N({cost})", book.number("money"), net)
        _made(sheet, row, len(lines) + 2, cell(f"({value}/{cost}-1)*100"), book.number("%"), _roi(gained, spent))
    letter, last = xl_col_to_name(len(lines) + 1), TOP + len(projects)
    made = book.workbook.add_chart({"type": "bar"})
    made.add_series({
        "name": "Net value", "categories": f"='Projects'!$A${TOP + 2}:$A${last + 1}",
        "values": f"='Projects'!${letter}${TOP + 2}:${letter}${last + 1}", "gap": 50,
        "fill": {"color": LIGHT["--value"]},
        "invert_if_negative": True, "invert_if_negative_color": LIGHT["--cost"],
    })  # fmt: skip
    _look(made, "Net value by project")
    made.set_legend({"none": True})
    made.set_y_axis({"reverse": True, "line": {"none": True}, "label_position": "low"})
    made.set_size({"width": 900, "height": max(260, 24 * len(projects) + 80)})
    sheet.insert_chart(last + 2, 0, made, {"description": "Net value of each project"})


def _heads(book: Book, sheet: Worksheet, labels: Sequence[str]) -> None:
    for column, label in enumerate(labels):
        sheet.write_string(TOP, column, label, book.heading(numeric=column > 0))
    sheet.freeze_panes(TOP + 1, 1)


def _cells(
    book: Book, sheet: Worksheet, row: int, lines: Sequence[Line], columns: Mapping[str, str], found: Rows,
    known: Mapping[str, Decimal | None], **where: str,
) -> None:  # fmt: skip
    """The sums and formulas of one month or project."""
    for column, line in enumerate(lines, 1):
        if line.total is None:
            formula = cell(_part(line.name, found, where))
        else:
            assert line.total.expression is not None  # noqa: S101 - else it were a sum
            at = {name: f"{letter}{row + 1}" for name, letter in columns.items()}
            formula = excel(line.total.expression, partial(_named, book.names | at))
        sheet.write_formula(row, column, formula, book.number(line.unit), shown(known.get(line.name)))


def _named(places: Mapping[str, str], name: str) -> str:
    return places.get(name, "NA()")


def _part(name: str, found: Rows, where: Mapping[str, str]) -> str:
    """A sum by month is of all months; one by project of those of the period."""
    if "project" in where:
        cells = found.places[name].range
        tests = ((found.places["Project"].range, where["project"]), (found.places["In period"].range, "1"))
        known = "*".join(f"({one}={wanted})" for one, wanted in tests)
        return (f"IF(SUMPRODUCT(ISNUMBER({cells})*{known})=0,NA(),"
                f"SUMIFS({cells},{','.join(f'{one},{wanted}' for one, wanted in tests)}))")  # fmt: skip
    return summed(name, found, month=where["month"])


def _look(made: Chart, title: str) -> None:
    made.set_title({"name": title, "name_font": {"size": 12, "bold": True, "color": LIGHT["--text"]}})
    made.set_legend({"position": "bottom"})
