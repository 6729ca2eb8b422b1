"""Cost against what was projected to be saved, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from breakeven.ledger.cases.projected import Projected, ProjectedMonth, projected
from breakeven.period import add_months
from breakeven.views.charting.columns import columns
from breakeven.views.charting.data import Column, Key
from breakeven.views.content import Empty, Link, Panel
from breakeven.views.question import Question

LEAST = 12
"""Months that are shown even where the period is shorter."""
KEYS: Mapping[str, Key] = {"Value": "value", "Implementation": "cost", "Run cost": "cost-weak"}
TITLE = "Costs against projected savings"


def costs_and_savings(question: Question) -> Panel:
    """Value above the line, implementation and run cost below it, the business cases across."""
    found: Projected = question.kept(("projected", question.projects), lambda: _asked(question))
    months = [one for one in found.months if one.value is not None or one.investment is not None]
    made = (
        columns(
            [_column(question, one) for one in months],
            KEYS,
            unit="money",
            show=question.show,
            title=TITLE,
            tick="Projected savings",
        )
        if months
        else None
    )
    return Panel(
        id="costs-and-savings",
        title=TITLE,
        sub=_sub(question, found),
        width=6,
        body=made
        if made is not None
        else Empty(
            title="No month is known yet",
            text="Value, run cost and implementation of every month stand here, against"
            " what the business cases of projects.yaml promise.",
        ),
        action=Link(text="Test assumptions", href=question.link("/what-if")),
        foot=reading(question, months) if made is not None else "",
        hourly=True,
    )


def _asked(question: Question) -> Projected:
    end = min(question.period.end, add_months(question.desk.reading.open_month, 1))
    start = max(min(question.period.start, add_months(end, -LEAST)), question.desk.book().months[0])
    return projected(question.desk, start, end, question.projects)


def _column(question: Question, one: ProjectedMonth) -> Column:
    label = question.show.month_name(one.month, short=True)
    return Column(
        label=f"{label} {one.month:%y}" if one.month.month == 1 else label,
        tick=one.planned_benefit,
        parts=[("Value", one.value), ("Implementation", _down(one.implementation)), ("Run cost", _down(one.running))],
    )


def _down(amount: Decimal | None) -> Decimal | None:
    return -amount if amount else None


def _sub(question: Question, found: Projected) -> str:
    said = "By month, implementation included"
    if not found.planned:
        return f"{said}; no business case is declared, so nothing is projected"
    if found.unplanned:
        names = [question.name_of(name) for name in found.unplanned]
        return f"{said}; without a business case: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"
    return said


def reading(question: Question, months: Sequence[ProjectedMonth]) -> str:
    """Since when the value of a month is above its cost, and above what was projected."""
    whole = [one for one in months if one.complete and one.value is not None and one.investment is not None]
    if len(whole) < 2:
        return ""
    over = _since(question, [(one, (one.value or 0) > (one.investment or 0)) for one in whole])
    said = f"Value has been above monthly cost {over}" if over else _last(question, whole[-1])
    planned = [one for one in whole if one.planned_benefit is not None]
    if len(planned) < 2:
        return f"{said}."
    ahead = _since(question, [(one, (one.value or 0) >= (one.planned_benefit or 0)) for one in planned])
    return f"{said}, and above the projection {ahead}." if ahead else f"{said}, and below the projection in the last."


def _since(question: Question, judged: Sequence[tuple[ProjectedMonth, bool]]) -> str:
    """Since when something holds without a break, in words; empty where it does not hold in the last month."""
    if not judged[-1][1]:
        return ""
    broken = [place for place, (_, good) in enumerate(judged) if not good]
    if not broken:
        return "in every month shown"
    return f"since {question.show.month(judged[broken[-1] + 1][0].month)}"


def _last(question: Question, one: ProjectedMonth) -> str:
    return f"In {question.show.month(one.month)} value was below monthly cost"
