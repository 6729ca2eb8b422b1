"""The way to break-even and beyond, with figures beside it."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.results import MonthPoint, Number, Statement, TargetStatus
from breakeven.views.charting.cumulative import cumulative
from breakeven.views.comparison import Change, change
from breakeven.views.content import Beside, Cell, Column, Empty, Fact, Facts, Legend, Panel, Plot, Row, Table
from breakeven.views.format import Shown, decimal_of
from breakeven.views.question import Question
from breakeven.views.tiles import judged, shown
from breakeven.views.trend import MONTHS, Trend, covered, trend

BESIDE = {"cumulative_roi_percent": "Return since the start", "payback_months": "Payback",
          "run_rate": "Net value per month"}  # fmt: skip
"""Figures beside the chart, with what they are called there."""
NOT_YET, NEVER = "Not yet", "None needed"


def trend_panel(question: Question) -> Panel:
    """Cumulative net value of twelve months."""
    way = way_of(question)
    title = f"Cumulative net value, {MONTHS} months"
    if not way.points:
        return Panel(id="trend", title=title, body=Empty(
            title="Nothing is added up yet",
            text="With the first cost and the first benefit the way to break-even begins here."))  # fmt: skip
    return Panel(
        id="trend", title=title, sub=covered(way, question.show),
        body=Beside(plot=plot_of(question, way), facts=Facts(facts=facts_of(question))), explain="net_value",
        adds=("annotation",),
    )  # fmt: skip


def way_of(question: Question) -> Trend:
    """The trend of the projects that are asked for."""
    projects = question.workspace.projects.values()
    inside = [one for one in projects if question.projects is None or one.id in question.projects]
    return trend(question.statement, inside, question.notes, question.calendar, question.now, question.show)


def plot_of(question: Question, way: Trend) -> Plot:
    """The chart with its legend and its data."""
    legend = [Legend(text="Actual", key="value", form="line")]
    if way.open_month:
        legend.append(Legend(text=f"{way.open_month}, still open", key="value", form="dots"))
    if way.planned:
        legend.append(Legend(text=f"Plan: {way.planned}", key="muted", form="dash"))
    legend.append(Legend(text="Below break-even", key="cost", faded=True))
    return Plot(chart=cumulative(way, question.show), legend=tuple(legend), table=_data(question, way))


def _data(question: Question, way: Trend) -> Table:
    show, points = question.show, {point.month: point for point in question.statement.cumulative}
    rows = []
    for month in way.months:
        point = points[month]
        said = "" if point.complete else "still open"
        rows.append(Row(cells=(
            Cell(text=show.month(month), sub=said, order=month.isoformat()),
            *(Cell(text=show.money(amount), order=amount)
              for amount in (point.value, point.cost, point.net, point.cumulative)))))  # fmt: skip
    heads = ("Value", "Cost", "Net value", "Cumulative")
    return Table(columns=(Column(label="Month"), *(Column(label=head, numeric=True) for head in heads)),
                 rows=tuple(rows), caption="Net value by month, added up")  # fmt: skip


def facts_of(question: Question) -> tuple[Fact, ...]:
    """Return, payback and run rate of the statement, each against its target or the month before."""
    statement = question.statement
    values: dict[str, Number | None] = {
        "cumulative_roi_percent": statement.cumulative_roi_percent, "payback_months": statement.payback_months,
        "run_rate": statement.run_rate,
    }  # fmt: skip
    return tuple(_fact(question, name, label, values[name]) for name, label in BESIDE.items())


def _fact(question: Question, name: str, label: str, value: Number | None) -> Fact:
    statement, one = question.statement, question.catalogue[name]
    target = next((target for target in statement.targets if target.metric == name), None)
    if target is not None and target.value is not None:
        goal = judged(target, one, question.show)
        return Fact(label=label, value=shown(value, one, question.show), status=goal.status, word=goal.word,
                    sub=goal.words, explain=name)  # fmt: skip
    moved = month_change(question) if name == "run_rate" else None
    return Fact(label=label, value=_text(question, name, value), change=moved, explain=name,
                sub="" if moved is not None else _why(question, name, target))  # fmt: skip


def _text(question: Question, name: str, value: Number | None) -> Shown:
    """A figure; a payback that has no number is said in words."""
    points = question.statement.cumulative
    if name == "payback_months" and value is None and points:
        return Shown(NOT_YET if points[-1].cumulative < 0 else NEVER)
    return shown(value, question.catalogue[name], question.show)


def _why(question: Question, name: str, target: TargetStatus | None) -> str:
    statement = question.statement
    if name == "payback_months" and statement.payback_months is None and statement.cumulative:
        missing = -statement.cumulative[-1].cumulative
        return f"{question.show.money(missing)} still missing" if missing > 0 else "Never below break-even"
    return reason_of(statement, name) or ("" if target is not None else "No target set")


def reason_of(statement: Statement, name: str) -> str:
    """Why a figure of a statement is unknown; empty where it is known."""
    return next((one.reason for one in statement.unknown if one.figure == name), "")


def month_change(question: Question) -> Change | None:
    """The last complete month against the one before it."""
    whole = complete(question.statement.cumulative)
    if len(whole) < 2:
        return None
    before, last = whole[-2:]
    name = question.show.month_name
    return change(
        decimal_of(last.net), decimal_of(before.net), unit="money", digits=2, direction="up", show=question.show,
        words=f"{name(last.month)} against {name(before.month)}",
    )  # fmt: skip


def complete(points: Sequence[MonthPoint]) -> list[MonthPoint]:
    """Months that are over."""
    return [point for point in points if point.complete]
