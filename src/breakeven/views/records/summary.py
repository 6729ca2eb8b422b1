"""What the records add up to by invoice, or by provider and model, and by project: the way to some of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from breakeven.ledger.records.groups import Part, parts
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.question import Question
from breakeven.views.records.asked import Asked
from breakeven.views.records.columns import short
from breakeven.views.records.meaning import PLURALS
from breakeven.views.records_links import ABSENT, records_link

BY: Mapping[str, tuple[str, ...]] = {"interaction": ("provider", "model"), "cost": ("vendor", "invoice")}
"""Kind of fact → the fields that its records are added up by."""
TITLES: Mapping[str, str] = {"interaction": "By provider and model", "cost": "By invoice"}
MOST = 8


def summary(question: Question, asked: Asked) -> Panel | None:
    """Records added up; None where there is nothing to cut them by."""
    fields = BY.get(asked.kind)
    found = () if fields is None else parts(question.desk, asked.which, fields)
    if fields is None or len(found) < 2:
        return None
    heads = (*fields, PLURALS[asked.kind], "amount")
    columns = tuple(Column(label=head.capitalize(), numeric=head not in fields) for head in heads)
    rows = [_row(question, asked, fields, part) for part in found[:MOST]]
    if len(found) > MOST:
        rows.append(_others(question, found[MOST:], len(fields)))
    return Panel(
        id="parts", title=TITLES[asked.kind], sub="The largest amounts first; each leads to its records",
        body=Table(columns=columns, rows=tuple(rows), caption=f"{TITLES[asked.kind]}: number of records and amount"),
        hourly=True, printed=False,
    )  # fmt: skip


def _row(question: Question, asked: Asked, fields: tuple[str, ...], part: Part) -> Row:
    given = {field: ABSENT if value is None else value for field, value in zip(fields, part.values, strict=True)}
    which = asked.which
    kept = {field: ABSENT if value is None else value for field, value in which.fields}
    fixed: dict[str, Any] = {"measure": which.measure or "", "line": which.line or "", "q": which.text or ""}
    href = records_link(question, asked.kind, window=asked.window, figure=asked.figure, **fixed | kept | given)
    first, *others = (short(value) if value is not None else UNKNOWN for value in part.values)
    return Row(cells=(Cell(text=first, href=href), *(Cell(text=text) for text in others),
                      *_numbers(question, part.records, part.amount, part.without)))  # fmt: skip


def _others(question: Question, rest: tuple[Part, ...], fields: int) -> Row:
    known = [part.amount for part in rest if part.amount is not None]
    cells = (Cell(text=f"and {len(rest)} more"), *(Cell() for _ in range(fields - 1)))
    amount = sum(known, Decimal(0)) if known else None
    return Row(cells=(*cells, *_numbers(question, sum(part.records for part in rest), amount, 0)), kind="sub")


def _numbers(question: Question, records: int, amount: Decimal | None, without: int) -> tuple[Cell, Cell]:
    show = question.show
    sub = f"{show.plain(without)} without" if without and amount is not None else ""
    return (Cell(text=show.plain(records), order=records),
            Cell(text=show.full_money(amount), sub="not known" if amount is None else sub, order=amount))  # fmt: skip
