"""Financial performance: each figure against its target, with actual and status."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from breakeven.ledger.cases.projected import projected
from breakeven.ledger.results import Status
from breakeven.ledger.targets import WATCH, WORDS, judge
from breakeven.period import add_months
from breakeven.reports.composing.panels import exact_values
from breakeven.reports.composing.plainly import plainly
from breakeven.reports.composing.sentences import NEEDLESS
from breakeven.reports.document import Cell, Column, Row, Section, Table
from breakeven.views.format import UNKNOWN, decimal_of
from breakeven.views.key_figures import targets_of
from breakeven.views.question import Question
from breakeven.views.tiles import shown

FIGURES = ("total_monthly_value", "cumulative_roi_percent", "investment", "net_value", "roi_percent", "run_rate",
           "payback_months", "cost_per_model")  # fmt: skip
CALLED = {"total_monthly_value": "Monthly Value", "cumulative_roi_percent": "Cumulative ROI",
          "investment": "Platform Cost", "net_value": "Net Value", "roi_percent": "ROI of the Month",
          "run_rate": "Monthly Run Rate", "payback_months": "Payback", "cost_per_model": "Cost per Model"}  # fmt: skip
"""What a figure is called in a report of one month."""


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure should reach, and who says so."""

    text: str
    exact: Decimal | None = None
    sub: str = ""
    status: Status | None = None


def performance(question: Question) -> Section:
    """The table: Metric, Target, Actual, Status."""
    rows = tuple(_row(question, name) for name in FIGURES if name in question.catalogue)
    columns = (Column(label="Metric"), Column(label="Target", numeric=True), Column(label="Actual", numeric=True),
               Column(label="Status"))  # fmt: skip
    made = Table(caption="Financial figures against their targets", columns=columns, rows=rows)
    return Section(id="financial-performance", title="Financial Performance", blocks=(made,),
                   sources=("Statement, targets.yaml, budgets and business cases of projects.yaml",))  # fmt: skip


def _row(question: Question, name: str) -> Row:
    one, value = question.catalogue[name], exact_values(question, [name]).get(name)
    aim = _aim(question, name, value)
    text = str(shown(value, one, question.show))
    reason = "" if value is not None else _reason(question, name)
    word = "No target" if value is not None else "Not known"
    if reason.startswith(NEEDLESS):
        text, reason, word = "None needed", reason.removeprefix(NEEDLESS).lstrip(": "), "Not needed"
    elif aim.status is not None:
        word = WORDS[aim.status]
    status = None if word == "Not needed" else aim.status
    label = CALLED.get(name, one.label) if _one_month(question) else one.label
    return Row(cells=(
        Cell(text=label),
        Cell(text=aim.text, sub=aim.sub, exact=aim.exact, unit=one.unit if aim.exact is not None else ""),
        Cell(text=text, sub=plainly(question, reason), exact=value, unit=one.unit, strong=True),
        Cell(text=word, status=status),
    ))  # fmt: skip


def _one_month(question: Question) -> bool:
    return add_months(question.period.start, 1) == question.period.end


def _reason(question: Question, name: str) -> str:
    found = (one.reason for one in question.statement.unknown if one.figure == name)
    return next(found, "not measured in this period")


def _aim(question: Question, name: str, value: Decimal | None) -> Aim:
    """The target that is declared; of value what business cases promise, of cost the budget."""
    declared = next((one for one in targets_of(question) if one.metric == name), None)
    one, show = question.catalogue[name], question.show
    if declared is not None:
        sign = "≥" if declared.rule == "at_least" else "≤"
        digits = 0 if declared.target == declared.target.to_integral_value() else one.decimals
        return Aim(text=f"{sign} {show.quantity(declared.target, one.unit, digits)}", exact=declared.target,
                   status=declared.status)  # fmt: skip
    if name == "investment" and question.statement.budget is not None:
        allowed = question.statement.budget
        return Aim(text=f"≤ {show.money(allowed)}", exact=allowed, sub="budget",
                   status=judge(value, allowed, allowed * (1 + WATCH), "at_most"))  # fmt: skip
    if name == "total_monthly_value":
        plan = planned(question)
        if plan is not None:
            return Aim(text=f"≥ {show.money(plan)}", exact=plan, sub="business cases",
                       status=judge(value, plan, plan * (1 - WATCH), "at_least"))  # fmt: skip
    return Aim(text=UNKNOWN)


def planned(question: Question) -> Decimal | None:
    """What the business cases promise for the months of the period; None where none says anything."""
    end = min(question.period.end, add_months(question.desk.reading.open_month, 1))
    start: date = max(question.period.start, question.desk.book().months[0])
    if start >= end:
        return None
    found = projected(question.desk, start, end, question.projects)
    amounts = [month.planned_benefit for month in found.months if month.planned_benefit is not None]
    return decimal_of(sum(amounts, Decimal(0))) if amounts else None
