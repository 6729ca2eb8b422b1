"""Metered cost against invoices, by vendor."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.invoicing.by_vendor import VendorGap, VendorGaps, by_vendor
from breakeven.ledger.invoicing.reconcile import reconcile
from breakeven.ledger.results import Status
from breakeven.views.adding import adding
from breakeven.views.content import Cell, Column, Empty, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN, Display
from breakeven.views.question import Question
from breakeven.views.records_links import records_link

TOLERANCE = Decimal("0.03")
"""Part of the invoice that it may differ from the meter."""
MOST = 8
"""Vendors in the table, those with the largest invoices first."""


def gaps_of(question: Question) -> VendorGaps:
    """The vendors of the period; invoices are of the company, not of a project."""
    found: VendorGaps = question.kept(
        ("vendor gaps",), lambda: by_vendor(reconcile(question.desk, question.period, tolerance=TOLERANCE))
    )
    return found


def invoices_panel(question: Question) -> Panel:
    """What was metered and what was invoiced for the same months."""
    found = gaps_of(question)
    title, percent = "Metered cost against invoices", question.show.percent(TOLERANCE * 100)
    both = [one for one in found.vendors if one.gap is not None]
    if not both:
        waiting = sum(one.waiting for one in found.vendors)
        return Panel(
            id="invoices",
            title=title,
            width=7,
            hourly=True,
            body=Empty(
                title="No invoice to compare with yet",
                text=f"{waiting} metered months of vendors wait for an invoice."
                if waiting
                else "Bills and metered traffic of the same vendor and month stand here beside each other.",
                link=Link(text="Import a bill", href="/start"),
            ),
        )
    chip: tuple[Status, str] = (
        ("yellow", f"{question.show.money(found.to_reconcile)} to reconcile")
        if found.to_reconcile
        else ("green", f"Within {percent}")
    )
    return Panel(
        id="invoices",
        title=title,
        width=7,
        hourly=True,
        chip=chip,
        body=_table(question, found, both),
        sub=f"Months for which both are known, all projects; tolerance {percent}",
        foot="The books use the invoice once it arrives, the meter until then.",
        foot_link=Link(text="Month by month", href=question.link("/quality")),
    )


def _table(question: Question, found: VendorGaps, both: list[VendorGap]) -> Table:
    total = found.total
    metered = adding(question.show, ([one.metered for one in both], total.metered))
    invoiced = adding(question.show, ([one.invoice for one in both], total.invoice))
    rows = [_row(question, one, metered, invoiced) for one in both[:MOST]]
    rows.append(_row(question, total, metered, invoiced, total=True))
    heads = (("Supplier", False), ("Metered", True), ("Invoiced", True), ("Difference", True), ("Status", False))
    return Table(
        columns=tuple(Column(label=label, numeric=numeric, sort=True) for label, numeric in heads),
        rows=tuple(rows),
        caption="Metered cost against invoices by supplier",
    )


def _row(question: Question, one: VendorGap, metered: Display, invoiced: Display, *, total: bool = False) -> Row:
    share = UNKNOWN if one.gap_share is None else question.show.percent(one.gap_share * 100, 1, signed=True)
    word = "Does not match" if one.beyond_tolerance else "Within 3%" if total else "Matches"
    waiting = f"{one.waiting} {'month' if one.waiting == 1 else 'months'} not invoiced yet" if one.waiting else ""
    return Row(
        kind="total" if total else "",
        cells=(
            Cell(
                text="Total" if total else one.vendor,
                href="" if total else records_link(question, "cost", vendor=one.vendor),
                sub="" if total else waiting,
            ),
            Cell(text=metered.money(one.metered), order=one.metered),
            Cell(text=invoiced.money(one.invoice), order=one.invoice),
            Cell(text=share, order=None if one.gap_share is None else one.gap_share * 100, strong=True),
            Cell(text=word, status="red" if one.beyond_tolerance else "green", order=word),
        ),
    )
