"""The investment as finance looks at it: payback, present value, rate of return, run rate, cost per model."""

from __future__ import annotations

from collections.abc import Iterator

from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import Number
from breakeven.ledger.returns import Returns, returns
from breakeven.period import Grain
from breakeven.views.content import Fact, Facts, Panel
from breakeven.views.format import UNKNOWN, Shown
from breakeven.views.panels.way import month_change, reason_of
from breakeven.views.question import Question
from breakeven.views.tiles import shown

FURTHER = ("cost_per_model", "benefit_cost_ratio")


def investing_panel(question: Question) -> Panel:
    """Each figure with what it rests on, or why there is none."""
    return Panel(
        id="investment",
        title="The investment",
        width=5,
        sub="Payback and returns count every month so far",
        body=Facts(facts=tuple(_facts(question))),
    )


def _facts(question: Question) -> Iterator[Fact]:
    statement, show = question.statement, question.show
    found = returns(question.desk, question.period.end, question.projects)
    yield _payback(question)
    yield _present(question, found)
    yield Fact(
        label="Internal rate of return, a year",
        value=Shown(UNKNOWN if found.irr_percent is None else show.percent(found.irr_percent, 0, signed=True)),
        sub=found.irr_reason or "Implementation where it was spent, complete months only",
    )
    yield Fact(
        label="Net value per month",
        value=Shown(show.money(statement.run_rate)),
        explain=_if(statement.run_rate, "run_rate"),
        change=month_change(question),
        sub="" if statement.run_rate is not None else reason_of(statement, "run_rate"),
    )
    names = [name for name in FURTHER if name in question.catalogue]
    if names:
        tables = metrics(question.desk, names, grain=Grain.ALL, span=question.window, projects=question.projects)
        for table in tables:
            row, one = (table.rows[0] if table.rows else None), question.catalogue[table.metric]
            value = row.value if row is not None else None
            yield Fact(
                label=one.label,
                value=shown(value, one, show),
                explain=_if(value, one.name),
                sub=_said(value, row.reason if row is not None else "nothing is recorded"),
            )


def _said(value: Number | None, reason: str | None) -> str:
    """Why a figure is unknown; what a known one does not include is told where it is explained."""
    return reason or "" if value is None else "Partly known" if reason else ""


def _payback(question: Question) -> Fact:
    found = question.statement.payback
    if found is None or found.months is None:
        reason = (found.reason if found is not None else None) or "there is no entry yet"
        words = (
            "Not yet"
            if reason.startswith("not within")
            else "None needed"
            if "no payback needed" in reason
            else UNKNOWN
        )
        points = question.statement.cumulative
        missing = -points[-1].cumulative if points else None
        sub = f"{question.show.money(missing)} still missing" if missing and missing > 0 else reason
        return Fact(label="Payback", value=Shown(words), sub=sub)
    one = question.catalogue["payback_months"]
    reached = f"on {question.show.day(found.reached_on)}" if found.reached_on is not None else ""
    return Fact(label="Payback", value=shown(found.months, one, question.show), sub=reached, explain=one.name)


def _present(question: Question, found: Returns) -> Fact:
    sub = found.npv_reason or ""
    if found.npv is not None and found.flows:
        rate = question.show.percent(found.rate_percent, 1)
        sub = f"At {rate} a year, in {question.show.month(found.flows[0].month)}"
    return Fact(label="Net present value", value=Shown(question.show.money(found.npv)), sub=sub)


def _if(value: Number | None, figure: str) -> str:
    return figure if value is not None else ""
