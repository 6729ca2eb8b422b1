"""Incidents by month and severity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import Number
from breakeven.period import Grain
from breakeven.views.charting.columns import columns
from breakeven.views.charting.data import Column, Key
from breakeven.views.content import Panel
from breakeven.views.panels.engineering import chart_panel, span_of_months
from breakeven.views.question import Question

COLOURS: tuple[Key, ...] = ("red", "yellow", "incident", "value-weak", "peer")
"""From the worst severity to the least, and of what does not say."""
UNSTATED = "Not stated"
WORDS: Mapping[str, int] = {
    "critical": 1, "blocker": 1, "fatal": 1, "high": 2, "major": 2, "error": 2, "medium": 3, "moderate": 3,
    "warning": 3, "minor": 4, "low": 4, "info": 4,
}  # fmt: skip
"""How sources name severities, 1 the worst."""
LAST = len(COLOURS)
SUB = "By month and severity, without what was caught before"


def rank(severity: str) -> tuple[int, str]:
    """How bad a severity is, 1 the worst, by its number or its word; what is neither comes last."""
    word = severity.strip().lower()
    digits = "".join(sign for sign in word if sign in "0123456789")
    if digits and int(digits) < LAST:
        return max(1, int(digits)), word
    return WORDS.get(word, LAST), word


def incidents_by_month(question: Question) -> Panel | None:
    """What went wrong, by how bad it was; None where nothing did."""
    end, start = span_of_months(question)
    if start >= end:
        return None
    (table,) = question.kept(
        ("incidents by severity",),
        lambda: metrics(
            question.desk,
            ["incidents"],
            grain=Grain.MONTH,
            span=(start, end),
            by="severity",
            projects=question.projects,
        ),
    )
    months: dict[str, dict[str, Number | None]] = {}
    for row in table.rows:
        months.setdefault(row.period, {})[row.dimension or UNSTATED] = row.value
    names = sorted({name for parts in months.values() for name, value in parts.items() if value}, key=rank)
    if not names:
        return None
    keys = {name: COLOURS[rank(name)[0] - 1] for name in names}
    made = [Column(label=question.show.month_name(date.fromisoformat(f"{month}-01"), short=True),
                   parts=[(name, parts.get(name)) for name in reversed(names)])
            for month, parts in months.items()]  # fmt: skip
    plot = columns(made, keys, unit="incident", show=question.show, title="Incidents by month", digits=0)
    return chart_panel("incidents-by-month", "Incidents", SUB, plot, "incidents")
