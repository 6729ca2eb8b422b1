"""A panel of any figure, as views.yaml declares it: a line, bars, a ring, a number or a table, without code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

import msgspec

from breakeven.errors import UsageProblem
from breakeven.ledger.catalogue import Figure
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricTable, Number
from breakeven.ledger.window import cells, snapped, window
from breakeven.period import Grain, add_months
from breakeven.views.charting.bars import ranked
from breakeven.views.charting.columns import columns
from breakeven.views.charting.data import Bar, Column, Key, Part, Series
from breakeven.views.charting.lines import lines
from breakeven.views.charting.parts import donut
from breakeven.views.comparison import title
from breakeven.views.content import Body, Cell, Empty, Fact, Facts, Panel, Row, Table
from breakeven.views.content import Column as Head
from breakeven.views.question import Question
from breakeven.views.words import CATEGORIES
from breakeven.workspace.definitions import Category
from breakeven.workspace.panel_refs import PanelRef

LEAST: Mapping[str, int] = {"month": 365, "week": 84, "day": 30}
"""Days that a chart over time shows even where the period is shorter."""
KEYS: tuple[Key, ...] = ("value", "cost", "productivity", "revenue", "incident", "infra", "compliance", "muted")
"""Colours of lines; as many are drawn at once, the largest."""
ALL = "All projects"
RATES = ("%", "ms", "1")
"""Units of figures that do not add up."""
OVER_TIME = ("line", "bar", "table")


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of one thing: by period, or in one value for the whole of it."""

    label: str
    project: str = ""
    """Where it is one: its explanation can be opened."""
    values: Sequence[Number | None]
    reason: str = ""
    """Why the last value is unknown, or what it does not include."""

    @property
    def last(self) -> Number | None:
        """The last known value."""
        return next((value for value in reversed(self.values) if value is not None), None)

    @property
    def size(self) -> Decimal:
        """What the largest ones are chosen by."""
        return sum((abs(Decimal(str(value))) for value in self.values if value is not None), Decimal(0))


def of_figure(question: Question, ref: PanelRef) -> Panel:
    """The panel; where the figure cannot be asked for in that way, it says why."""
    one = question.catalogue[ref.figure]
    over_time = (ref.by == "none" and ref.chart in OVER_TIME) or ref.chart == "line"
    try:
        if over_time:
            days, found = _over_time(question, ref)
            body, foot = _in_time(question, ref, one, days, found)
            foot = _joined(foot, _open(question, ref, days)) if not isinstance(body, Empty) else foot
        else:
            found = sorted(_whole(question, ref), key=lambda course: -course.size)
            body, foot = _in_parts(question, ref, one, found)
    except UsageProblem as error:
        body, foot = Empty(title="It cannot be shown like this", text=f"{error}."), ""
    return Panel(
        id=f"of-{'-'.join((ref.figure, ref.chart, ref.by, ref.grain))}".replace("_", "-"),
        title=ref.title or one.label or one.name, sub=_sub(question, ref, over_time=over_time), body=body, foot=foot,
        width=ref.width or (12 if ref.chart == "table" else 4 if ref.chart == "number" else 6), explain=one.name,
    )  # fmt: skip


def _sub(question: Question, ref: PanelRef, *, over_time: bool) -> str:
    if over_time:
        return f"By {ref.grain}" if ref.by == "none" else f"By {ref.grain} and {ref.by}"
    return title(question.period, question.show.locale) + ("" if ref.by == "none" else f" by {ref.by}")


# --- asking the ledger


def _whole(question: Question, ref: PanelRef) -> list[Course]:
    """One value for the period."""
    return _courses(question, ref, question.window, Grain.ALL, 1)


def _over_time(question: Question, ref: PanelRef) -> tuple[list[date], list[Course]]:
    """First days of the periods, and the values in them."""
    grain, desk = Grain(ref.grain), question.desk
    end = min(question.period.end, add_months(desk.reading.open_month, 1))
    if grain is not Grain.MONTH:
        end = min(end, desk.reading.today + timedelta(days=1))
    start = max(min(question.period.start, end - timedelta(days=LEAST[ref.grain])), desk.book().months[0])
    span = snapped(min(start, end - timedelta(days=1)), end, grain, question.calendar)
    days = [cell.first for cell in cells(window(*span, question.calendar), grain, question.calendar)]
    return days, _courses(question, ref, span, grain, len(days))


def _courses(
    question: Question, ref: PanelRef, span: tuple[date, date], grain: Grain, length: int
) -> list[Course]:  # fmt: skip
    if ref.by == "category":
        made = []
        for name, projects in _categories(question).items():
            (table,) = metrics(question.desk, [ref.figure], grain=grain, span=span, projects=projects)
            made += _of(question, table, length, CATEGORIES[name])
        return made
    (table,) = metrics(question.desk, [ref.figure], grain=grain, span=span, by=ref.by, projects=question.projects)
    return _of(question, table, length, "")


def _categories(question: Question) -> dict[str, tuple[str, ...]]:
    """The projects of each category that has any, as far as they are asked for."""
    found: dict[str, tuple[str, ...]] = {}
    for category in get_args(Category):
        names = tuple(
            one.id for one in question.workspace.projects.values()
            if one.category == category and (question.projects is None or one.id in question.projects)
        )  # fmt: skip
        if names:
            found[category] = names
    return found


def _of(question: Question, table: MetricTable, length: int, label: str) -> list[Course]:
    """The rows of a table, one course a key; rows come by period."""
    rows: dict[tuple[str | None, str | None], list[tuple[Number | None, str | None]]] = {}
    for row in table.rows:
        rows.setdefault((row.project, row.model), []).append((row.value, row.reason))
    found = []
    for (project, model), values in rows.items():
        name = label or (model if model is not None else question.name_of(project) if project is not None else ALL)
        course = Course(label=name or "Without a model", project=project or "", values=[value for value, _ in values],
                        reason=values[-1][1] or "" if values else "")  # fmt: skip
        if len(course.values) == length:
            found.append(course)
    return found


# --- showing it


def _in_time(
    question: Question, ref: PanelRef, one: Figure, days: Sequence[date], found: Sequence[Course]
) -> tuple[Body, str]:
    if ref.chart == "table":
        return _time_table(question, ref, one, days, found), ""
    if ref.chart == "bar":
        made = columns([
            Column(label=_day(question, ref, day), parts=[(course.label, course.values[place]) for course in found])
            for place, day in enumerate(days)
        ], {course.label: "value" for course in found}, unit=one.unit, show=question.show, title=one.label,
            digits=one.decimals)  # fmt: skip
        return (made, "") if made is not None else (_nothing(found), "")
    known = [course for course in found if course.last is not None]
    drawn = sorted(known, key=lambda course: -course.size)[: len(KEYS)]
    plot = lines(
        [Series(label=course.label, points=list(zip(days, course.values, strict=True)), key=key)
         for course, key in zip(drawn, KEYS, strict=False)],
        unit=one.unit, show=question.show, title=one.label, digits=one.decimals, zero=one.unit != "%",
    )  # fmt: skip
    more = f"The {len(drawn)} largest of {len(known)} are drawn." if len(known) > len(drawn) else ""
    return (plot, more) if plot is not None else (_nothing(found), "")


def _in_parts(question: Question, ref: PanelRef, one: Figure, found: Sequence[Course]) -> tuple[Body, str]:
    show, known = question.show, [course for course in found if course.last is not None]
    if ref.chart == "number":
        return Facts(facts=tuple(
            Fact(label=course.label, value=show.quantity(course.last, one.unit, one.decimals), sub=course.reason,
                 explain=_explain(one, course))
            for course in found
        )), ""  # fmt: skip
    if not known:
        return _nothing(found), ""
    if ref.chart == "donut":
        if one.unit in RATES or one.unit.startswith("money/"):
            return Empty(title="It has no parts", text=f"{one.label} of the parts does not add up to that of the whole:"
                         " show it as bars."), ""  # fmt: skip
        parts = [
            Part(label=course.label, value=course.last or 0, key=KEYS[min(place, len(KEYS) - 1)],
                 explain=_explain(one, course))
            for place, course in enumerate(course for course in known if course.last)
        ]  # fmt: skip
        ring = donut(parts, unit=one.unit, show=show, title=one.label, words=one.label.lower())
        return (ring, _unknown(found)) if ring is not None else (_nothing(found), "")
    if ref.chart == "table":
        return _parts_table(question, ref, one, found), ""
    bars = [Bar(label=course.label, value=course.last, explain=_explain(one, course)) for course in known]
    plot = ranked(bars, unit=one.unit, show=show, title=one.label, digits=one.decimals)
    return (plot, _unknown(found)) if plot is not None else (_nothing(found), "")


def _explain(one: Figure, course: Course) -> str:
    return f"{one.name}@{course.project}" if course.project else one.name if course.label == ALL else ""


def _nothing(found: Sequence[Course]) -> Empty:
    reason = next((course.reason for course in found if course.reason), "nothing is recorded")
    return Empty(title="Not known yet", text=f"{reason[0].upper()}{reason[1:]}.")


def _unknown(found: Sequence[Course]) -> str:
    missing = [course.label for course in found if course.last is None]
    return f"Not known: {', '.join(missing[:3])}{' and others' if len(missing) > 3 else ''}." if missing else ""


def _open(question: Question, ref: PanelRef, days: Sequence[date]) -> str:
    """That the last period is not over."""
    if ref.grain != "month" or not days or days[-1] != question.desk.reading.open_month:
        return ""
    return f"{question.show.month_name(days[-1])} is still open."


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _day(question: Question, ref: PanelRef, day: date) -> str:
    if ref.grain != "month":
        return question.show.day_short(day)
    return question.show.month_name(day, short=True) if day.month > 1 else question.show.month_short(day)


def _time_table(
    question: Question, ref: PanelRef, one: Figure, days: Sequence[date], found: Sequence[Course]
) -> Table:  # fmt: skip
    name = question.show.month_short if ref.grain == "month" else question.show.day
    rows = tuple(
        Row(cells=(Cell(text=name(day), order=day.toordinal()),
                   *(_cell(question, one, course.values[place]) for course in found)))
        for place, day in reversed(list(enumerate(days)))
    )  # fmt: skip
    heads = (Head(label=ref.grain.capitalize(), sort=True),
             *(Head(label=course.label, numeric=True, sort=True) for course in found))  # fmt: skip
    return Table(columns=heads, rows=rows, caption=f"{one.label} by {ref.grain}")


def _parts_table(question: Question, ref: PanelRef, one: Figure, found: Sequence[Course]) -> Table:
    rows = tuple(
        Row(cells=(Cell(text=course.label), _cell(question, one, course.last, course.reason, _explain(one, course))))
        for course in found
    )
    heads = (Head(label=ref.by.capitalize(), sort=True), Head(label=one.label, numeric=True, sort=True))
    return Table(columns=heads, rows=rows, caption=f"{one.label} by {ref.by}")


def _cell(question: Question, one: Figure, value: Number | None, reason: str = "", explain: str = "") -> Cell:
    text = str(question.show.quantity(value, one.unit, one.decimals))
    return Cell(
        text=text, order=value, sub=reason if value is None else "", explain=explain if value is not None else ""
    )
