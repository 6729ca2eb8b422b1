"""What records add up to beside the figure that they make up."""

from __future__ import annotations

from decimal import Decimal

from breakeven.errors import BreakevenError
from breakeven.ledger.explain import explain
from breakeven.ledger.records.totals import Total
from breakeven.ledger.records.which import METER
from breakeven.ledger.results import Explanation, Status
from breakeven.money import CENT
from breakeven.views.explaining.asked import figured
from breakeven.views.format import decimal_of
from breakeven.views.question import Question
from breakeven.views.records.asked import Asked

HALF = CENT / 2


def compared(question: Question, asked: Asked, total: Total) -> tuple[Status, str] | None:
    """How the records relate to the amount that was explained; None: none was, or it cannot be told."""
    if not asked.figure:
        return None
    try:
        one = figured(question, asked.figure)
        found = explain(question.desk, one.name, one.period, one.projects)
    except BreakevenError:
        return None  # the figure of an older link is gone: the records are still what was asked for
    if found.value is None:
        return "grey", f"{found.label} is not known: {found.reason}"
    whole = total.value if asked.which.measure is not None and found.kind == "measure" else total.amount
    shown = question.show.exact_quantity(found.value, found.unit)
    if _partly(asked):
        return "grey", f"{found.label} is {shown}: its part of these bills, which are shared out"
    if whole is None:
        return None
    difference = whole - decimal_of(found.value)
    if abs(difference) < (HALF if "money" in found.unit else Decimal("1e-6")):
        return "green", f"Equal to {found.label}, {shown}"
    said = question.show.exact_quantity(abs(difference), found.unit)
    return "grey", f"{found.label} is {shown}: {said} {'less' if difference > 0 else 'more'}{_why(asked, found)}"


def _partly(asked: Asked) -> bool:
    named = {field for field, _ in asked.which.fields}
    return asked.kind == "cost" and bool(named & {"pool", METER})


def _why(asked: Asked, found: Explanation) -> str:
    """Why records and figure differ."""
    if asked.kind == "interaction" and found.kind == "cost":
        return ". Where an invoice has come, it counts in place of the meter"
    narrowed = [name for name in asked.own if name not in ("kind", "from", "to", "figure", "line", "measure")]
    if narrowed:
        return ": these are some of its records"
    return ". Closed months keep what they were closed with"
