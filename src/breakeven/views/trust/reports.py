"""The page on reports: what can be taken along today."""

from __future__ import annotations

from breakeven.views.content import Cell, Column, Empty, Link, Page, Panel, Row, Table
from breakeven.views.question import Question


def reports(question: Question) -> Page:
    """What can be printed and exported now, and a place for reports that come by themselves."""
    asked = {"period": question.filters.period}
    rows = tuple(
        Row(cells=(Cell(text=name, href=href), Cell(text=what), Cell(text=form)))
        for name, href, what, form in (
            ("Board one-pager", question.link("/board"), "One A4 or Letter page, by Print", "Paper, PDF"),
            ("Finance", question.link("/cfo"), "Statement, budget, evidence, invoices", "Paper, PDF"),
            (
                "Statement",
                question.filters.link("/v1/statement", asked, period="ytd"),
                "Every amount with its reasons",
                "JSON",
            ),
            (
                "Entries",
                question.filters.link("/v1/entries", asked, period="ytd"),
                "The amounts behind the statement",
                "JSON",
            ),
            ("Audit log", "/v1/audit", "Who closed, validated, approved what", "JSON"),
        )
    )
    columns = (Column(label="Report"), Column(label="What it holds"), Column(label="Form"))
    return Page(
        title="Reports",
        finding="Every page prints; every table and chart can be taken along.",
        exception="Each carries the period, the data version and the methodology that made it.",
        panels=(
            Panel(
                id="now",
                title="To take along now",
                width=7,
                body=Table(columns=columns, rows=rows, caption="What can be printed or exported"),
            ),
            Panel(
                id="scheduled",
                title="Scheduled reports",
                width=5,
                body=Empty(
                    title="No report is scheduled",
                    text="Reports that are made by themselves (board pack, finance pack, weekly overview), kept with "
                    "their hash and sent to their readers, will stand here.",
                ),
            ),
            _exports(),
        ),
    )


def two_issues(question: Question) -> Page:  # noqa: ARG001 - every page is made from a question
    """Where two issues are compared, before they are chosen."""
    choose = Empty(title="Choose two issues of the same report",
                   text="Tick two of the issued reports: what changed between them, and why, stands here.",
                   link=Link(text="Choose them", href="/reports#panel-issued"))  # fmt: skip
    return Page(title="Two issues", finding="Two issues of a report are compared here.",
                crumbs=(Link(text="Reports", href="/reports"),),
                panels=(Panel(id="choose", title="What changed", body=choose),))  # fmt: skip


def _exports() -> Panel:
    commands = (
        ("breakeven ledger export csv", "Entries for a spreadsheet"),
        ("breakeven ledger export parquet", "Entries for a data tool"),
        ("breakeven ledger export beancount", "Entries as double-entry bookkeeping, checked by bean-check"),
        ("breakeven ledger export sealed", "Closed months with their hashes, for an auditor"),
    )
    rows = tuple(Row(cells=(Cell(text=command, mono=True), Cell(text=what))) for command, what in commands)
    columns = (Column(label="Command"), Column(label="What it gives"))
    return Panel(
        id="exports",
        title="On the command line",
        width=5,
        body=Table(columns=columns, rows=rows, caption="Exports by command"),
        foot_link=Link(text="Records", href="/records"),
    )
