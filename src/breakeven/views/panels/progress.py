"""Projects against their business cases: what was planned so far, what happened, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from breakeven.ledger.cases.notes import Note
from breakeven.ledger.cases.progress import Progress, WayMonth, way
from breakeven.ledger.cases.progress import progress as stands
from breakeven.ledger.results import Status
from breakeven.period import add_months
from breakeven.views.annotations import Annotations, events_on
from breakeven.views.charting.data import Series, When
from breakeven.views.charting.lines import lines
from breakeven.views.content import Cell, Column, Empty, Link, Meter, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.question import Question
from breakeven.views.tiles import Point

SHOWN = 20
RECENT = 12
"""Months of the small line."""
ORDER: tuple[Status, ...] = ("red", "yellow", "green", "grey")
ROOM = 1.25
"""Of a budget, how much the bar has room for."""
CURVE = "Net value against plan"
Points = list[tuple[When, Decimal | None]]


def progress(question: Question) -> Panel:
    """Each project: stage, plan and actual so far, forecast, budget, what is due next, status; the worst first."""
    found = sorted(progress_of(question), key=lambda one: (ORDER.index(_status(one)), one.variance or 0))
    more = Link(text=f"All {len(found)} projects", href=question.link("/projects")) if len(found) > SHOWN else None
    columns = (
        Column(label="Project"), Column(label="Net value", help="The last twelve months that are over, added up"),
        Column(label="Planned so far", numeric=True), Column(label="Actual so far", numeric=True),
        Column(label="At the end", numeric=True, help="If the rest of the plan goes as it went so far"),
        Column(label="Budget used", numeric=True), Column(label="Next"), Column(label="Status"),
    )  # fmt: skip
    return Panel(
        id="progress", title="Progress against plan", hourly=True, chip=_chip(found),
        sub="Net value of the months that are over, and the forecast",
        body=Table(columns=columns, rows=tuple(_row(question, one) for one in found[:SHOWN]), more=more,
                   caption="Projects against their business cases", empty="No project is declared in projects.yaml."),
    )  # fmt: skip


def progress_of(question: Question) -> tuple[Progress, ...]:
    """Every declared project of the scope."""
    found: tuple[Progress, ...] = question.kept(
        ("progress",), lambda: stands(question.desk, *question.window, question.projects)
    )
    return found


def _chip(found: Sequence[Progress]) -> tuple[Status, str] | None:
    behind = sum(one.case.status == "behind plan" for one in found)
    judged = sum(_status(one) != "grey" for one in found)
    if not judged:
        return None
    return ("yellow", f"{behind} of {judged} behind plan") if behind else ("green", "All on plan or ahead")


def _status(one: Progress) -> Status:
    if one.case.status == "behind plan":
        return "red" if one.forecast is not None and one.forecast < 0 else "yellow"
    return "green" if one.case.status in ("as planned", "ahead of plan") else "grey"


def _row(question: Question, one: Progress) -> Row:
    show, declared = question.show, question.workspace.projects.get(one.case.project)
    name, project = one.case.name, one.case.project
    return Row(cells=(
        Cell(text=name, href=question.link(f"/projects/{project}"),
             sub=declared.stage.capitalize() if declared is not None else ""),
        Cell(trend=_line(question, one), trend_words=f"Net value of {name}, added up"),
        Cell(text=show.money(one.planned), order=one.planned, help="" if one.planned is not None else _why(one)),
        Cell(text=show.money(one.actual), order=one.actual, strong=True, explain=f"net_value@{project}",
             help="" if one.actual is not None else _why(one)),
        Cell(text=show.money(one.forecast), order=one.forecast),
        _budget(question, one),
        _next(question, project),
        Cell(text=one.case.status.capitalize(), status=_status(one), sub=_variance(question, one)),
    ))  # fmt: skip


def _why(one: Progress) -> str:
    return one.case.words[:1].upper() + one.case.words[1:]


def _line(question: Question, one: Progress) -> tuple[Point, ...]:
    over = [month for month in one.case.months if month.phase == "over"][-RECENT:]
    return tuple(
        Point(question.show.month_short(month.month), _drawn(question, month.actual_cumulative)) for month in over
    )


def _drawn(question: Question, amount: Decimal | None) -> float | None:
    shown = question.show.amount(amount)
    return None if shown is None else float(shown)


def _variance(question: Question, one: Progress) -> str:
    if one.variance is None:
        return _why(one) if one.case.status != "no plan" else "Declare a business case"
    since = f" since {question.show.month_short(one.since)}" if one.since is not None else ""
    return f"{question.show.money(one.variance, signed=True)}{since}"


def _budget(question: Question, one: Progress) -> Cell:
    if one.budget_used is None:
        return Cell(text=UNKNOWN, help="No budget is declared, or no cost is known")
    share = float(one.budget_used)
    text = question.show.percent(one.budget_used * 100)
    return Cell(text=text, order=one.budget_used * 100, explain=f"budget_variance@{one.case.project}",
                tone="bad" if one.budget_used > 1 else None,
                meter=Meter(share=min(share / ROOM, 1.0), mark=1 / ROOM, tone="cost",
                            words=f"{text} of budget"))  # fmt: skip


def _next(question: Question, project: str) -> Cell:
    """The note of the project that is due next."""
    waiting: list[Note] = [
        note for note in question.notes
        if note.project == project and note.status == "open" and note.due is not None
        and note.kind in ("priority", "decision")
    ]  # fmt: skip
    first = min(waiting, key=lambda note: note.due or note.time, default=None)
    if first is None or first.due is None:
        return Cell(text="None open")
    due = question.calendar.today(first.due)
    late = due < question.desk.reading.today
    return Cell(text=first.text, sub=f"{'Overdue since ' if late else ''}{question.show.day(due)}")


def j_curve(question: Question) -> Panel:
    """Planned and actual net value of all cases, added up: down while it is built, up when it returns."""
    planned = [one.case for one in progress_of(question) if one.case.months]
    found = way(planned)
    marked = events_on(question, found[0].month, min(_end(found[-1]), question.until)) if found else Annotations()
    made = _series(found)
    plot = lines(made, unit="money", show=question.show, title=f"{CURVE}, added up", marks=marked.marks)
    if plot is None:
        needed = "With a `business_case` in projects.yaml its plan, what happened, and the forecast stand here."
        return Panel(id="j-curve", title=CURVE, width=6, hourly=True, adds=("annotation",),
                     body=Empty(title="No plan to compare with", text=needed))  # fmt: skip
    told = f"{len(planned)} business {'case' if len(planned) == 1 else 'cases'}; the rest as it went so far"
    return Panel(id="j-curve", title=CURVE, sub=told, body=plot, width=6, hourly=True, foot=marked.rest,
                 adds=("annotation",), chip=_ahead(question, found))  # fmt: skip


def _series(found: Sequence[WayMonth]) -> list[Series]:
    plan: Points = [(_end(one), one.plan) for one in found]
    actual: Points = [(_end(one), one.actual) for one in found]
    over = [one for one in found if one.actual is not None]
    ahead: Points = [(_end(one), one.forecast) for one in found if one.actual is None]
    if over and ahead:
        ahead.insert(0, (_end(over[-1]), over[-1].actual))
    return [
        Series(label="Actual", points=actual, style="area"),
        Series(label="Plan", points=plan, key="muted", style="dash"),
        Series(label="Forecast", points=ahead, style="dots", key="value-weak"),
    ]


def _end(one: WayMonth) -> date:
    return add_months(one.month, 1) - timedelta(days=1)


def _ahead(question: Question, found: Sequence[WayMonth]) -> tuple[Status, str] | None:
    over = [one for one in found if one.actual is not None]
    if not over or over[-1].actual is None:
        return None
    gap = over[-1].actual - over[-1].plan
    if gap < 0:
        return "yellow", f"{question.show.money(-gap)} behind plan"
    return "green", f"{question.show.money(gap)} ahead of plan"
