"""What the money was spent on."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.costs.by_category import CostByCategory, CostPart, cost_by_category
from breakeven.views.adding import adding
from breakeven.views.content import Cell, Column, Empty, Link, Meter, Panel, Row, Table
from breakeven.views.format import Display, decimal_of
from breakeven.views.question import Question
from breakeven.views.records_links import records_link

LEAST = Decimal("0.5")
"""Per cent; smaller shares round to none."""


def cost_panel(question: Question) -> Panel:
    """Cost by category; the parts add up to the investment."""
    found = cost_by_category(question.desk, question.period, question.projects)
    body = (
        _table(question, found)
        if found.parts
        else Empty(
            title="No cost is known yet",
            text="Bills by category, metered AI usage and written-off implementation stand here.",
            link=Link(text="Import the first bill", href="/start"),
        )
    )
    return Panel(
        id="cost-by-category",
        title="Cost by category",
        width=5,
        body=body,
        explain="investment",
        sub="What the investment was spent on, shared cost included",
        foot="AI usage is invoiced where an invoice came, else metered."
        if any(part.name == "usage" for part in found.parts)
        else "",
    )


def _table(question: Question, found: CostByCategory) -> Table:
    parts, total = found.parts, found.total
    amounts = adding(question.show, ([part.amount for part in parts], total))
    rows = [_row(question, part, found, amounts) for part in parts]
    rows.append(
        Row(
            kind="total",
            cells=(
                Cell(text="Investment"),
                Cell(),
                Cell(text=amounts.money(total), strong=True, explain="investment"),
                Cell(),
                Cell(),
            ),
        )
    )
    return Table(
        columns=(
            Column(label="Spent on", sort=True),
            Column(label="", wide=True),
            Column(label="Cost", numeric=True, sort=True),
            Column(label="Share", numeric=True),
            Column(label="In pools", numeric=True, sort=True, help="Of it as part of shared pools"),
        ),
        rows=tuple(rows),
        caption="Cost by category, adding up to the investment",
    )


def _share(question: Question, part: CostPart, found: CostByCategory) -> str:
    if found.total <= 0:
        return ""
    share = part.amount / found.total * 100
    return question.show.percent(share) if abs(share) >= LEAST else "under 1%"


def _row(question: Question, part: CostPart, found: CostByCategory, show: Display) -> Row:
    largest = max(abs(one.amount) for one in found.parts)
    bill = part.name not in ("usage", "implementation")
    href = (
        records_link(question, "cost", category=part.name)
        if bill
        else (records_link(question, "interaction") if part.name == "usage" else "")
    )
    share = _share(question, part, found)
    return Row(
        cells=(
            Cell(text=part.label, href=href),
            Cell(
                meter=Meter(
                    share=float(decimal_of(part.amount) / largest), tone="cost", words=f"{share} of the investment"
                )
            ),
            Cell(text=show.money(part.amount), order=part.amount, strong=True),
            Cell(text=share),
            Cell(text=show.money(part.shared) if part.shared else "", order=part.shared),
        )
    )
