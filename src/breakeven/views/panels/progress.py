"""Projects against their business cases: what was planned so far, what happened, what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from breakeven.ledger.cases.business_case import cases
from breakeven.ledger.cases.results import Case, CaseMonth
from breakeven.ledger.cases.results import Status as CaseStatus
from breakeven.ledger.results import Status
from breakeven.views.charting.data import Series, When
from breakeven.views.charting.lines import lines
from breakeven.views.content import Cell, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.notes import Note
from breakeven.views.question import Question

SHOWN = 20
STATES: Mapping[CaseStatus, Status] = {
    "as planned": "green", "ahead of plan": "green", "behind plan": "yellow", "not known": "grey",
    "not started": "grey",
    "no plan": "grey",
}  # fmt: skip


def progress(question: Question) -> Panel:
    """Each project: stage, plan and actual so far, forecast, what is due next, status."""
    found = _cases(question)
    rows = tuple(_row(question, one) for one in found[:SHOWN])
    columns = (
        Column(label="Project"),
        Column(label="Stage"),
        Column(label="Planned so far", numeric=True),
        Column(label="Actual so far", numeric=True),
        Column(label="At the end", numeric=True),
        Column(label="Next"),
        Column(label="Status"),
    )
    more = Link(text=f"All {len(found)} projects", href=question.link("/projects")) if len(found) > SHOWN else None
    return Panel(
        id="progress",
        title="Progress against plan",
        sub="Net value of the months that are over, and the forecast",
        body=Table(
            columns=columns,
            rows=rows,
            caption="Projects against their business cases",
            more=more,
            empty="No project is declared.",
        ),
        hourly=True,
    )


def _cases(question: Question) -> list[Case]:
    found: tuple[Case, ...] = question.kept(("cases",), lambda: cases(question.desk))
    return [one for one in found if question.projects is None or one.project in question.projects]


def _row(question: Question, one: Case) -> Row:
    show, declared = question.show, question.workspace.projects.get(one.project)
    over = [month for month in one.months if month.phase == "over"]
    planned, actual = (over[-1].plan_cumulative, over[-1].actual_cumulative) if over else (None, None)
    final = one.months[-1].forecast_cumulative if one.months else None
    return Row(
        cells=(
            Cell(text=one.name, href=question.link(f"/projects/{one.project}")),
            Cell(text=declared.stage.capitalize() if declared is not None else UNKNOWN),
            Cell(text=show.money(planned)),
            Cell(text=show.money(actual), strong=True),
            Cell(text=show.money(final)),
            _next(question, one.project),
            Cell(text=one.status.capitalize(), status=STATES[one.status], sub=_variance(question, one)),
        )
    )


def _variance(question: Question, one: Case) -> str:
    over = [month.variance for month in one.months if month.variance is not None]
    return f"{question.show.money(sum(over, Decimal(0)), signed=True)} against plan" if over else ""


def _next(question: Question, project: str) -> Cell:
    """The note of the project that is due next."""
    waiting: list[Note] = [
        note
        for note in question.notes
        if note.project == project
        and note.status == "open"
        and note.due is not None
        and note.kind in ("priority", "decision")
    ]
    first = min(waiting, key=lambda note: note.due or note.time, default=None)
    if first is None or first.due is None:
        return Cell(text="None open")
    return Cell(text=first.text, sub=question.show.day(question.calendar.today(first.due)))


def j_curve(question: Question) -> Panel | None:
    """Planned and actual net value of all cases, added up: down while it is built, up when it returns."""
    months: dict[date, list[CaseMonth]] = {}
    planned = [one for one in _cases(question) if one.months]
    for case in planned:
        for month in case.months:
            months.setdefault(month.month, []).append(month)
    plan: list[tuple[When, Decimal]] = []
    actual: list[tuple[When, Decimal | None]] = []
    forecast: list[tuple[When, Decimal | None]] = []
    plan_sum = actual_sum = forecast_sum = Decimal(0)
    for when in sorted(months):
        of = months[when]
        plan_sum += sum((one.plan_net for one in of), Decimal(0))
        forecast_sum += sum((one.forecast_net for one in of), Decimal(0))
        known = [one.actual_net for one in of if one.phase == "over" and one.actual_net is not None]
        actual_sum += sum(known, Decimal(0))
        over = all(one.phase == "over" for one in of)
        plan.append((when, plan_sum))
        actual.append((when, actual_sum if over else None))
        forecast.append((when, None if over else forecast_sum))
    series = [
        Series(label="Actual", points=actual, style="area"),
        Series(label="Plan", points=plan, key="muted", style="dash"),
        Series(label="Forecast", points=forecast, style="dots", key="value-weak"),
    ]
    plot = lines(series, unit="money", show=question.show, title="Net value against plan, added up", width=620)
    if plot is None:
        return None
    told = f"{len(planned)} business cases; the forecast takes the rest of each plan as it went so far"
    return Panel(id="j-curve", title="The way of the plans", sub=told, body=plot, width=6, hourly=True)
