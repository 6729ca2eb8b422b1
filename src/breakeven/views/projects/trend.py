"""Charts of one project: value against cost with what happened, and the figure of its category with its baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from breakeven.ledger.catalogue import Figure
from breakeven.ledger.comparing.events import Event, events
from breakeven.ledger.comparing.way import so_far
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricRow, MetricTable, Number, Statement
from breakeven.period import Grain
from breakeven.views.charting.data import Level, Mark, Series
from breakeven.views.charting.lines import crossing, lines
from breakeven.views.content import Body, Empty, Item, Items, Link, Panel
from breakeven.views.projects.kinds import label
from breakeven.views.question import Question
from breakeven.views.records_links import record_link

COURSES = {
    "customer_service": ("minutes_saved_per_interaction", "resolution_rate", "csat", "conversion_rate"),
    "process_automation": ("rejection_rate", "minutes_saved_per_interaction", "hours_saved"),
    "predictive_analytics": ("accuracy", "error_rate"), "platform": ("hours_saved", "incidents"),
    "": ("interactions", "hours_saved"),
}  # fmt: skip
"""Category → the figures whose course is worth a chart; the first that has one is shown."""
BASELINES = {"rejection_rate": "baseline_error_rate", "accuracy": "accuracy_baseline"}
"""Figure → what says where it stood before AI: a figure, or an assumption."""
WEEKS = 26
MARKED = 4
"""Marks on the chart: what people noted first, then releases and grave incidents, the latest first."""
NEAR = 21
"""Days between two marks, so that their words can be read."""
GRAVE = frozenset(("p1", "p2", "sev1", "sev2", "1", "2", "critical", "high"))
"""Severities of incidents that stand on the chart, as sources name them."""
LISTED = 6
"""Events that are named below a chart."""


def happened(mine: Question, project: str, first: date) -> tuple[Event, ...]:
    """Releases and incidents since a day, kept for a minute."""
    end = mine.until + timedelta(days=1)
    found: tuple[Event, ...] = mine.kept(("events", first, end), lambda: events(mine.desk, project, first, end))
    return found


def way_panel(mine: Question, found: Statement, project: str) -> Panel:
    """Value against cost since the first amount, with what people noted and what happened."""
    points = [(one.on, one.value, one.cost) for one in so_far(found.cumulative, mine.desk.reading.today)]
    first = found.cumulative[0].month if found.cumulative else mine.period.start
    notes = [Mark(on=mine.calendar.today(note.time), words=note.text) for note in mine.notes
             if note.project == project and note.kind == "annotation"]  # fmt: skip
    told = happened(mine, project, first)
    marks = apart([*notes, *(Mark(on=one.on, words=_words(one)) for one in told[::-1] if _major(one))])
    plot = crossing(points, show=mine.show, title="Value against cost, cumulative", marks=marks)
    body: Body = (
        plot
        if plot is not None
        else Empty(
            title="Nothing to draw yet", text="The line begins with the second month that has a value or a cost."
        )
    )
    since = f"Since the first amount in {mine.show.month(first)}" if found.cumulative else ""
    return Panel(id="way", title="Value against cost, cumulative", sub=since, body=body, width=8)


def events_panel(mine: Question, found: Statement, project: str) -> Panel:
    """The latest releases and incidents, with a place to note another event."""
    first = found.cumulative[0].month if found.cumulative else mine.period.start
    return Panel(id="events", title="What happened", sub="Releases and incidents, the latest first", width=4,
                 body=_told(mine, happened(mine, project, first)))  # fmt: skip


def apart(marks: Sequence[Mark]) -> list[Mark]:
    """The first few of some marks that do not stand on each other."""
    kept: list[Mark] = []
    for mark in marks:
        if len(kept) < MARKED and all(abs((_day(mark) - _day(other)).days) >= NEAR for other in kept):
            kept.append(mark)
    return kept


def _day(mark: Mark) -> date:
    return mark.on.date() if isinstance(mark.on, datetime) else mark.on


def _major(event: Event) -> bool:
    """First or whole versions, and grave incidents: the others are listed, they would hide the line."""
    if event.kind == "incident":
        return (event.state or "").casefold() in GRAVE
    version = event.version or ""
    return event.state == "succeeded" and (version.endswith(".0") or "." not in version)


def _words(event: Event) -> str:
    if event.kind == "incident":
        return f"{(event.what or 'incident').capitalize()}, {event.state}"
    return f"{event.model} {event.version or ''}".strip()


def _told(mine: Question, told: Sequence[Event]) -> Items:
    """The latest releases and incidents."""
    latest = sorted(told, key=lambda one: one.time, reverse=True)
    return Items(items=tuple(_item(mine, one) for one in latest[:LISTED]), more=max(0, len(latest) - LISTED),
                 empty="No release and no incident is recorded.", add="annotation")  # fmt: skip


def _item(mine: Question, one: Event) -> Item:
    day = mine.show.day(one.on)
    link = Link(text="Record", href=record_link(mine, one.kind, one.source, one.id))
    if one.kind == "deployment":
        good = one.state == "succeeded"
        words = {"succeeded": "Released", "failed": "Failed", "rolled_back": "Rolled back"}[one.state or "succeeded"]
        return Item(lead=f"{one.model} {one.version or ''}".strip(), by=day, link=link,
                    status="green" if good else "red", word=words)  # fmt: skip
    over = "" if one.resolved_at is None else f"over after {_long(mine, one)}"
    kind = f"{(one.what or 'incident').capitalize()}{f', {one.state}' if one.state else ''}"
    return Item(lead=kind, rest=over, by=day, link=link, status="yellow" if over else "red",
                word="Incident" if over else "Open incident")  # fmt: skip


def _long(mine: Question, one: Event) -> str:
    seconds = (one.resolved_at - one.time).total_seconds() if one.resolved_at is not None else 0.0
    return mine.show.age(max(0.0, seconds))


# --- the figure of the category

Course = tuple[Figure, Sequence[MetricRow], Number | None]
"""A figure, its weeks, and where it stood before AI."""


def course_panel(mine: Question, category: str, project: str) -> Panel | None:
    """The category's figure by week with its baseline and the releases."""
    names = [name for name in COURSES.get(category, ()) if name in mine.catalogue]
    made: Course | None = mine.kept(("course", tuple(names)), lambda: _course(mine, names, project))
    if made is None:
        return None
    one, rows, baseline = made
    points = [(_monday(row.period), row.value) for row in rows]
    first = points[0][0]
    marks = [Mark(on=event.on, words=f"{event.version or event.model}") for event in happened(mine, project, first)
             if event.kind == "deployment" and event.state == "succeeded"]  # fmt: skip
    show = mine.show
    levels = (
        []
        if baseline is None
        else [Level(value=baseline, words=f"Before {show.quantity(baseline, one.unit, one.decimals)}")]
    )
    plot = lines([Series(label=label(one), points=points)], unit=one.unit, show=show, title=label(one),
                 digits=one.decimals, levels=levels, marks=marks, zero=False, width=560)  # fmt: skip
    if plot is None:
        return None
    return Panel(id="course", title=label(one), sub="By week; marks are releases", body=plot, width=7, hourly=True,
                 explain=f"{one.name}@{project}")  # fmt: skip


def _course(mine: Question, names: Sequence[str], project: str) -> Course | None:
    end = mine.until + timedelta(days=1)
    begin = mine.calendar.containing(end - timedelta(weeks=WEEKS), Grain.WEEK).start
    wanted = [*names, *(BASELINES[name] for name in names if BASELINES.get(name) in mine.catalogue)]
    if not wanted:
        return None
    tables = {table.metric: table for table in metrics(
        mine.desk, wanted, grain=Grain.WEEK, span=(begin, end), projects=(project,))}  # fmt: skip
    for name in names:
        rows = [row for row in tables[name].rows if row.period]
        if sum(row.value is not None for row in rows) > 1:
            return mine.catalogue[name], rows, _baseline(mine, name, tables, project)
    return None


def _baseline(mine: Question, name: str, tables: Mapping[str, MetricTable], project: str) -> Number | None:
    """Where a figure stood before AI, as it is measured or stated; None: nobody says."""
    said = BASELINES.get(name)
    if said is None:
        return None
    if said in tables:
        return next((row.value for row in reversed(tables[said].rows) if row.value is not None), None)
    stated = mine.workspace.assumptions.get(said)
    value = stated.on(mine.until, project) if stated is not None else None
    return value.value if value is not None else None


def _monday(week: str) -> date:
    return datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC).date()
