"""What people decided and wrote about a project, and what puts its value at risk: decay, experiments, overruns."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.cases.notes import Note
from breakeven.ledger.effects.decay_risk import Risk, risks
from breakeven.ledger.effects.effects import experiment
from breakeven.ledger.effects.experiment_answers import Effect
from breakeven.views.content import Cell, Column, Item, Items, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.question import Question

LISTS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("decisions", ("decision",), "Decisions", "No decision is noted for this project."),
    ("worries", ("concern", "risk"), "Risks and concerns", "No risk and no concern is noted."),
    ("other-notes", ("highlight", "priority", "annotation"), "Highlights, priorities, events",
     "Nothing else is noted yet."),
)  # fmt: skip
"""Panel, kinds of note, title, and what stands there without notes."""
MOST = 20
FIRST = {"decisions": "decision", "worries": "risk", "other-notes": "highlight"}


def notes_about(mine: Question, project: str) -> Sequence[Note]:
    """What is written about the project, the latest first."""
    return [note for note in mine.notes if note.project == project]


def note_panels(mine: Question, project: str) -> list[Panel]:
    """Three lists of notes, each with a place to write another."""
    found = notes_about(mine, project)
    panels = []
    for name, kinds, title, empty in LISTS:
        notes = [note for note in found if note.kind in kinds]
        items = tuple(_item(mine, note) for note in notes[:MOST])
        panels.append(Panel(id=name, title=title, width=4, body=Items(
            items=items, more=max(0, len(notes) - MOST), empty=empty, add=FIRST[name])))  # fmt: skip
    return panels


def _item(mine: Question, note: Note) -> Item:
    show, today = mine.show, mine.desk.reading.today
    due = mine.calendar.today(note.due) if note.due is not None else None
    late = due is not None and due < today and note.status == "open"
    said = [note.owner, f"by {show.day(due)}" if due else None, show.day(mine.calendar.today(note.time))]
    word = "Overdue" if late else note.status.capitalize()
    status = "red" if late else "green" if note.status == "done" else "grey"
    return Item(lead=note.text.strip(), rest=note.action or "", status=status, word=word,  # type: ignore[arg-type]
                by=" · ".join(part for part in said if part), note=f"{note.source}/{note.id}")  # fmt: skip


# --- what the value rests on


def decay_panel(mine: Question, project: str) -> Panel | None:
    """Figures that the value rests on, and what falls away with them; None where none is declared."""
    declared = mine.workspace.projects.get(project)
    if declared is None or not declared.rests_on:
        return None
    every: Sequence[Risk] = mine.kept(("decay",), lambda: risks(mine.desk))
    rows = tuple(_decay_row(mine, one) for one in every if one.project == project)
    columns = (Column(label="Rests on"), Column(label="Value"), Column(label="Baseline", numeric=True),
               Column(label="This month", numeric=True), Column(label="Counts", numeric=True),
               Column(label="Lost a month", numeric=True, help="If the present level goes on"),
               Column(label="State"))  # fmt: skip
    return Panel(id="decay", title="What the value rests on", hourly=True,
                 sub="Where a figure falls below its baseline, the value falls with it",
                 body=Table(columns=columns, rows=rows, caption="Figures that the value rests on"))  # fmt: skip


def _decay_row(mine: Question, one: Risk) -> Row:
    show, figure = mine.show, mine.catalogue.get(one.figure)
    digits = figure.decimals if figure else 2
    category = mine.catalogue[one.category].label if one.category in mine.catalogue else one.category
    since = f"since {show.month(one.since)}" if one.since else ""
    status, word = {"holds": ("green", "Holds"), "below": ("yellow", "Below"),
                    "not measured": ("grey", "Not measured")}[one.state]  # fmt: skip
    return Row(cells=(
        Cell(text=figure.label if figure else one.figure), Cell(text=category),
        Cell(text=str(show.quantity(one.baseline, one.unit, digits))),
        Cell(text=str(show.quantity(one.now, one.unit, digits)), sub=one.reason or ""),
        Cell(text=show.percent(one.factor * 100, 1)),
        Cell(text=show.money(one.per_month) if one.per_month is not None else UNKNOWN),
        Cell(text=word, status=status, sub=since),  # type: ignore[arg-type]
    ))  # fmt: skip


def experiments_panel(mine: Question, project: str) -> Panel | None:
    """Experiments in this project; None where none is declared."""
    names = [one.name for one in mine.workspace.experiments.values() if project in one.projects]
    if not names:
        return None
    desk = mine.desk
    found: Sequence[Effect] = mine.kept(
        ("experiments", tuple(names)), lambda: [experiment(desk.reading, desk.evaluator, name) for name in names]
    )
    items = tuple(_experiment(mine, one) for one in found)
    return Panel(id="experiments", title="Experiments", sub="What was compared, and what it showed", hourly=True,
                 body=Items(items=items, empty="No experiment is declared."))  # fmt: skip


def _experiment(mine: Question, one: Effect) -> Item:
    show, name = mine.show, one.label or one.name
    if one.effect is None:
        rest = f"No effect can be said: {one.reason}."
        return Item(lead=name, rest=rest, by=one.needed or "", status="grey", word="Refused")
    unit = "" if one.unit == "1" else f"\u00a0{one.unit}"
    interval = ""
    if one.interval is not None:
        low, high = (show.plain(edge, 4) for edge in one.interval)
        interval = f", {one.level:.0%} interval {low} to {high}"
    said = f"Effect {show.plain(one.effect, 4)}{unit}{interval}."
    days = f"{show.day(one.start)} to {show.day(one.end)}" if one.start and one.end else ""
    return Item(lead=name, rest=said, by=" · ".join(part for part in (days, one.owner, one.method) if part),
                status="green", word=f"Grade {one.grade}")  # fmt: skip
