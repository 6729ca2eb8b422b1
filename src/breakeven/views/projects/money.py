"""Value and cost of one project: by category and cost line, and month by month."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.results import Entry, Statement
from breakeven.views.content import Cell, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.headline import title
from breakeven.views.question import Question
from breakeven.views.records_links import records_link
from breakeven.views.standing import GRADES, evidence

KEYS = {
    "productivity_value": "productivity", "incident_value": "incident", "acceleration_value": "revenue",
    "infra_savings": "infra", "compliance_value": "compliance",
}  # fmt: skip
"""Value category → its colour; the colours of others are given out in their order."""
LINES = {
    "direct": ("cost_direct", "Direct cost", "cost"), "metered": ("cost_metered", "Metered cost", "cost"),
    "implementation": ("cost_implementation", "Implementation", "cost"),
    "allocated": ("cost_allocated", "Shared cost", "cost-weak"),
}  # fmt: skip
"""Line of a statement's cost → its figure, its name, its colour."""


def value_and_cost(mine: Question, found: Statement, project: str) -> Panel:
    """What it brings by category, what it costs by line, and what is left."""
    rows = [_value_row(mine, found, name, amount, project) for name, amount in found.value.items()
            if amount or amount is None]  # fmt: skip
    rows += [_cost_row(mine, found, line, amount, project) for line, amount in found.cost.items()
             if line in LINES and (amount or amount is None)]  # fmt: skip
    net = mine.show.money(found.net_value)
    rows.append(Row(kind="total", cells=(
        Cell(text="Net value"), Cell(),
        Cell(text=net, strong=True, explain=f"net_value@{project}" if found.net_value is not None else ""),
    )))  # fmt: skip
    columns = (Column(label="Amount"), Column(label="Known by"), Column(label="In the period", numeric=True))
    return Panel(
        id="value-cost", title="Value and cost", sub=title(mine.period), width=5,
        body=Table(columns=columns, rows=tuple(rows), caption="Value by category and cost by line"),
        foot_link=Link(text="Bills", href=records_link(mine, "cost", project=project)),
    )  # fmt: skip


def _value_row(mine: Question, found: Statement, name: str, amount: Decimal | None, project: str) -> Row:
    label = mine.catalogue[name].label if name in mine.catalogue else name
    why = _why(found, name) if amount is None else ""
    entries = [entry for entry in mine.entries if entry.category == name]
    return Row(cells=(
        Cell(text=label, key=KEYS.get(name, "value"), sub=why), _proof(entries),
        Cell(text=mine.show.money(amount), explain=f"{name}@{project}" if amount is not None else ""),
    ))  # fmt: skip


def _cost_row(mine: Question, found: Statement, line: str, amount: Decimal | None, project: str) -> Row:
    figure, label, key = LINES[line]
    why = _why(found, figure) if amount is None else ""
    entries = [entry for entry in mine.entries if entry.category == figure]
    text = UNKNOWN if amount is None else mine.show.money(-amount)
    return Row(cells=(
        Cell(text=label, key=key, sub=why), _proof(entries),
        Cell(text=text, explain=f"{figure}@{project}" if amount is not None else ""),
    ))  # fmt: skip


def _why(found: Statement, figure: str) -> str:
    return next((one.reason for one in found.unknown if one.figure == figure), "not measured")


def _proof(entries: list[Entry]) -> Cell:
    """The evidence of an amount: its bar for value, its grade for cost."""
    if not entries:
        return Cell(text=UNKNOWN)
    made = evidence(entries)
    if made is not None:
        return Cell(evidence=made)
    return Cell(grade=GRADES[max(entry.evidence for entry in entries)])  # type: ignore[arg-type]


def months_panel(mine: Question, found: Statement) -> Panel:
    """Month by month: value, cost, net, and the sum so far; the latest first."""
    show = mine.show
    columns = (Column(label="Month"), Column(label="Value", numeric=True), Column(label="Cost", numeric=True),
               Column(label="Net value", numeric=True), Column(label="Net so far", numeric=True))  # fmt: skip
    rows = tuple(
        Row(cells=(
            Cell(text=show.month_short(point.month), sub="" if point.complete else "still open",
                 href=mine.link(mine.path, period=f"{point.month:%Y-%m}")),
            Cell(text=show.full_money(point.value)), Cell(text=show.full_money(point.cost)),
            Cell(text=show.full_money(point.net), strong=True), Cell(text=show.full_money(point.cumulative)),
        )) for point in found.cumulative[::-1]
    )  # fmt: skip
    return Panel(id="months", title="Month by month", sub="Every month since the first amount", hourly=True,
                 body=Table(columns=columns, rows=rows, caption="Value, cost and net value by month",
                            empty="No amount is recorded yet."))  # fmt: skip
