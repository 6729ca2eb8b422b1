"""What the report says, sheet by sheet: key figures, tables with their numbers, charts that can be edited."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from breakeven.reports.document import SHAPES, Block, Cell, Chart, Figure, Figures, Notes, Table, Text
from breakeven.reports.writers.palette import colour
from breakeven.reports.writers.waterfall import steps
from breakeven.reports.writers.workbook.book import MUTED, Book

TYPES = {"line": {"type": "line"}, "area": {"type": "area"}, "stacked": {"type": "column", "subtype": "stacked"},
         "columns": {"type": "column"}, "bars": {"type": "bar"}, "donut": {"type": "doughnut"},
         "waterfall": {"type": "column", "subtype": "stacked"}}  # fmt: skip
"""Form of a chart → the chart of the spreadsheet; a waterfall is columns of which the lowest part is not seen."""
TALL = 18
"""Rows that a chart takes."""


def report(book: Book) -> None:
    """One sheet below the other: summary, figures, and every section."""
    document = book.document
    sheet = book.sheet("Report", widths=(44, *(18,) * 11))
    row = book.title(sheet, f"{document.title}, {document.period}", f"{document.company}, {document.scope}")
    wrapped = book.format(text_wrap=True)
    for sentence in document.summary:
        sheet.merge_range(row, 0, row, 6, "", wrapped)
        sheet.write_string(row, 0, sentence, wrapped)
        sheet.set_row(row, 30)
        row += 1
    row = _figures(book, sheet, row + 1, document.figures) + 1 if document.figures else row
    for section in document.sections:
        sheet.write_string(row, 0, section.title, book.format(bold=True, font_size=13))
        row += 1
        for said in (section.message, section.sub):
            if said:
                sheet.write_string(row, 0, said, book.format(font_color=MUTED))
                row += 1
        for block in section.blocks:
            row = _block(book, sheet, row, block) + 1
        if section.foot:
            sheet.write_string(row, 0, section.foot, book.format(font_color=MUTED))
            row += 1
        row += 1


def _block(book: Book, sheet: Worksheet, row: int, block: Block) -> int:
    """Write a block; gives the row after it."""
    match block:
        case Table():
            return _table(book, sheet, row, block)
        case Chart():
            return _chart(book, sheet, row, block)
        case Figures():
            return _figures(book, sheet, row, block.figures)
        case Notes():
            for note in block.notes:
                said = f"{SHAPES[note.status]} {note.word}" if note.status is not None else note.word
                for column, text in enumerate((note.lead, said, note.rest, note.by, note.amount)):
                    sheet.write_string(row, column, text, book.format())
                row += 1
            if not block.notes:
                sheet.write_string(row, 0, block.empty, book.format(font_color=MUTED))
                row += 1
            return row
        case Text():
            for paragraph in block.paragraphs:
                sheet.write_string(row, 0, paragraph, book.format())
                row += 1
            return row


def _figures(book: Book, sheet: Worksheet, row: int, figures: Sequence[Figure]) -> int:
    for column, label in enumerate(
        ("Figure", "Exact", "Shown", "Status", "Target", "Change", "80% interval", "Rests on")
    ):
        sheet.write_string(row, column, label, book.head)
    for one in figures:
        row += 1
        sheet.write_string(row, 0, one.label, book.format())
        _exact(book, sheet, row, 1, Cell(text=one.text, exact=one.exact, unit=one.unit))
        sheet.write_string(row, 2, one.text, book.format(align="right"))
        _status(book, sheet, row, 3, one.status, one.word)
        for column, text in enumerate((one.goal, one.change, one.range, one.evidence or one.reason), 4):
            sheet.write_string(row, column, text, book.format(font_color=MUTED))
    return row + 1


def _table(book: Book, sheet: Worksheet, row: int, table: Table) -> int:
    """Heads and rows; second lines stand in a column of their own at the end."""
    if not table.rows:
        sheet.write_string(row, 0, table.empty, book.format(font_color=MUTED))
        return row + 1
    for column, head in enumerate(table.columns):
        sheet.write_string(row, column, head.label, book.heading(numeric=head.numeric))
    for one in table.rows:
        row += 1
        for column, made in enumerate(one.cells):
            if made.status is not None:
                _status(book, sheet, row, column, made.status, made.text)
            elif made.exact is not None and table.columns[column].numeric:
                _exact(book, sheet, row, column, made, bold=one.kind == "total")
            else:
                sheet.write_string(row, column, made.text, book.format(bold=one.kind == "total"))
        said = [(head.label, made.sub) for head, made in zip(table.columns, one.cells, strict=False) if made.sub]
        subs = "; ".join(sub if label == table.columns[0].label else f"{label}: {sub}" for label, sub in said)
        if subs:
            sheet.write_string(row, len(table.columns), subs, book.format(font_color=MUTED, font_size=8))
    return row + 1


def _exact(book: Book, sheet: Worksheet, row: int, column: int, one: Cell, *, bold: bool = False) -> None:
    if one.exact is None:
        sheet.write_string(row, column, one.text, book.format(align="right"))
    else:
        sheet.write_number(row, column, float(one.exact), book.number(one.unit, bold=bold))


def _status(book: Book, sheet: Worksheet, row: int, column: int, status: str | None, word: str) -> None:
    if status is None:
        sheet.write_string(row, column, word, book.format())
    else:
        shape = next(shape for name, shape in SHAPES.items() if name == status)
        sheet.write_string(row, column, f"{shape} {word}", book.status(status))


def _chart(book: Book, sheet: Worksheet, row: int, chart: Chart) -> int:
    """The numbers, and beside them the chart over them."""
    if chart.form == "none":
        sheet.write_string(row, 0, chart.description, book.format(font_color=MUTED))
        return _table(book, sheet, row + 1, chart.table)
    first, name = row + 1, sheet.get_name()
    waterfall = chart.form == "waterfall"
    heads = ["", *(one.label for one in chart.series), *(("Not seen", "Up or total", "Down") if waterfall else ())]
    for column, label in enumerate(heads):
        sheet.write_string(row, column, label, book.head)
    for place, category in enumerate(chart.categories):
        sheet.write_string(first + place, 0, category, book.format())
        for column, one in enumerate(chart.series, 1):
            value = one.values[place]
            if value is not None:
                sheet.write_number(first + place, column, float(value), book.number(chart.unit))
    last = first + len(chart.categories) - 1
    if waterfall:
        _steps(book, sheet, first, chart)
    made, across = book.workbook.add_chart(TYPES[chart.form]), book.workbook.add_chart({"type": "line"})
    drawn = range(2, 5) if waterfall else range(1, len(chart.series) + 1)
    for column in drawn:
        given = {"name": [name, row, column], "categories": [name, first, 0, last, 0],
               "values": [name, first, column, last, column], "gap": 40}  # fmt: skip
        if not waterfall and chart.series[column - 1].across:
            across.add_series(given | {"line": {"color": colour("ink"), "width": 1.5, "dash_type": "dash"}})
        else:
            made.add_series(given | _colours(chart, column))
    if any(one.across for one in chart.series):
        made.combine(across)
    made.set_title({"name": chart.title, "name_font": {"size": 11, "bold": True}})
    made.set_legend(
        {"none": True} if waterfall or (len(drawn) == 1 and chart.form != "donut") else {"position": "bottom"}
    )
    if chart.form == "bars":
        made.set_y_axis({"reverse": True, "label_position": "low"})
    elif chart.form not in ("donut",):
        made.set_x_axis({"label_position": "low"})
    made.set_size({"width": 640, "height": 340})
    sheet.insert_chart(row, len(heads) + 1, made, {"description": chart.description})
    return max(last + 2, row + TALL)


def _colours(chart: Chart, column: int) -> dict[str, object]:
    if chart.form == "waterfall":
        grounds: tuple[dict[str, object], ...] = ({"none": True}, {"color": colour("value")}, {"color": colour("cost")})
        return {"fill": grounds[column - 2]}
    if chart.form == "donut":
        keys = {entry.text: entry.key for entry in chart.legend}
        found = [next((key for text, key in keys.items() if text.startswith(name)), "") for name in chart.categories]
        return {"points": [{"fill": {"color": colour(key, place)}} for place, key in enumerate(found)]}
    ink = colour(chart.series[column - 1].key, column - 1)
    return {"line": {"color": ink, "width": 2}} if chart.form == "line" else {"fill": {"color": ink}}


def _steps(book: Book, sheet: Worksheet, first: int, chart: Chart) -> None:
    """Where each step of a waterfall begins, as formulas over its amounts; a total stands on zero."""
    number, begin = book.number(chart.unit, font_color=MUTED), 0
    for place, step in enumerate(steps(chart)):
        at = first + place + 1
        if step.total:
            begin = place
        cells = f"B{first + begin + 1}:B{at}"
        before = f"(SUM({cells})-B{at})" if place > begin else "0"
        sheet.write_formula(first + place, 2, f"=MAX(0,MIN({before},SUM({cells})))", number, float(step.hidden))
        up = f"=ABS(B{at})" if step.total else f"=MAX(0,B{at})"
        sheet.write_formula(first + place, 3, up, number, float(step.up))
        sheet.write_formula(first + place, 4, "=0" if step.total else f"=MAX(0,-B{at})", number, float(step.down))
