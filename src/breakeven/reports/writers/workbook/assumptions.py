"""Assumptions: change a value here, and every figure that rests on it follows."""

from __future__ import annotations

from breakeven.reports.model import Model, Variant
from breakeven.reports.writers.workbook.book import MUTED, WASH, Book, safe_name

SHARE = "open_month_share"
"""Name of the part of the open month that is over."""
COLUMNS = ("Assumption", "Value", "Unit", "Holds from", "Project", "Evidence", "Source", "Owner", "Name in formulas")


def assumptions(book: Book, model: Model) -> list[str]:
    """The sheet; gives the name of each variant."""
    sheet = book.sheet("Assumptions", widths=(38, 16, 16, 14, 22, 10, 44, 24, 34))
    row = book.title(
        sheet,
        "Assumptions",
        "Change a value in a blue cell: the statement follows. A project that has the value of all follows it.",
    )
    for column, label in enumerate(COLUMNS):
        sheet.write_string(row, column, label, book.head)
    sheet.freeze_panes(row + 1, 1)
    general = {one.name: one for one in model.variants if one.current}
    plain, muted, found = book.format(), book.format(font_color=MUTED, text_wrap=True), []
    for place, one in enumerate(model.variants, row + 1):
        name = book.name(_name(one), sheet, place, 1)
        found.append(name)
        if one.current:
            book.names[one.name] = name
        sheet.write_string(place, 0, one.label, plain)
        form = book.format(num_format="#,##0.######", align="right", bg_color=WASH, font_color="#2a5bc4", locked=False)
        common = general.get(one.name)
        if common is not None and one.project is not None and common.value == one.value:
            sheet.write_formula(place, 1, f"={safe_name(one.name)}", form, float(one.value))
        else:
            sheet.write_number(place, 1, float(one.value), form)
        texts = (one.unit.replace("money", book.document.currency), "always" if one.start is None else f"{one.start}",
                 "all" if one.project is None else model.names.get(one.project, one.project), one.evidence,
                 one.source or "not stated", one.owner, name)  # fmt: skip
        for column, text in enumerate(texts, 2):
            sheet.write_string(place, column, text, muted if column > 5 else plain)
    last = row + len(model.variants) + 2
    over, whole = model.elapsed
    sheet.write_string(last, 0, f"Part of {model.open_month:%B %Y} that is over", plain)
    sheet.write_number(last, 1, over / whole, book.format(num_format="0.000000", align="right"))
    sheet.write_string(last, 8, book.name(SHARE, sheet, last, 1), plain)
    return found


def _name(one: Variant) -> str:
    if one.current:
        return one.name
    parts = [one.name, one.project or "", f"from_{one.start}" if one.start is not None else ""]
    made = ".".join(part.replace("-", "_") for part in parts if part)
    return safe_name(f"{made}.always" if made == one.name else made)
