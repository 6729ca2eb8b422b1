"""The monthly executive summary: exactly its parts, written from the figures."""

from __future__ import annotations

from datetime import timedelta

from breakeven.ledger.cases.notes import Note
from breakeven.period import Grain, add_months
from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import figures
from breakeven.reports.composing.performance import performance
from breakeven.reports.composing.sentences import concern, driver, open_notes, result, said_until
from breakeven.reports.document import Cell, Column, Document, Figure, Figures, Notes, Row, Section, Table
from breakeven.reports.document import Note as Said
from breakeven.views.asking.resolve import Asked
from breakeven.views.audiences.audience import figures as named
from breakeven.views.key_figures import key_figures
from breakeven.views.question import Question

KIND = Kind(name="summary", title="Executive summary", audience="Executives", path="/board", period="last-month",
            what="The monthly executive summary: performance, key metrics, highlights, concerns, focus.")  # fmt: skip
METRICS = named("time_to_production_days", "models_in_production", "nps", "csat", "deployment_success_rate",
                "incidents", "hours_saved")  # fmt: skip
MOST = 5
"""Notes of a list."""
SHOWN = 3
"""Figures that stand in for notes that nobody wrote."""


def compose(question: Question, found: Asked, *, live: bool = False) -> Document:
    """The summary; its period is a month, or any other that is asked for."""
    metrics = figures(question, key_figures(question, METRICS, short=True))
    money = performance(question)
    return framed(
        question, found, KIND, summary=(result(question), driver(question), concern(question)), figures=(),
        sections=(
            money,
            Section(id="key-metrics", title="Key Metrics", blocks=(Figures(figures=metrics),)),
            Section(id="highlights", title="Highlights", blocks=(_highlights(question, metrics),)),
            Section(id="concerns", title="Concerns", blocks=(_concerns(question, metrics),)),
            Section(id="next-focus", title=f"Next {_length(question)} Focus", blocks=(_focus(question),)),
        ),
        live=live, brief=True,
    )  # fmt: skip


def _length(question: Question) -> str:
    return {Grain.MONTH: "Month", Grain.QUARTER: "Quarter", Grain.YEAR: "Year"}.get(question.period.grain, "Month")


def _highlights(question: Question, metrics: tuple[Figure, ...]) -> Notes:
    """What people noted in the period; where they noted nothing, the figures that are better and on track."""
    noted = [note for note in question.notes if note.kind == "highlight" and note.status != "dropped"
             and _within(question, note)]  # fmt: skip
    said = [Said(lead=_sentence(note.text), by=_who(question, note)) for note in noted[:MOST]]
    if not said:
        good = [one for one in metrics if one.status == "green"][:SHOWN]
        said = [Said(lead=f"{one.label} is on track at {one.text}, {one.goal}.") for one in good]
    return Notes(notes=tuple(said), more=max(0, len(noted) - MOST),
                 empty="No highlight was noted, and no figure with a target is on track.")  # fmt: skip


def _within(question: Question, note: Note) -> bool:
    inside = question.period.start <= question.calendar.today(note.time) < said_until(question)
    return inside and (question.projects is None or note.project in question.projects)


def _concerns(question: Question, metrics: tuple[Figure, ...]) -> Table:
    """Open concerns and risks with action and ETA, then missed targets that nobody noted."""
    rows = [
        Row(cells=(Cell(text=_sentence(note.text), sub=_who(question, note)), Cell(text=note.action or "None stated"),
                   Cell(text=_due(question, note))))
        for note in open_notes(question, "concern", "risk")[:MOST]
    ]  # fmt: skip
    rows += [
        Row(cells=(Cell(text=f"{one.label} is off track at {one.text}, {one.goal}.", status="red"),
                   Cell(text="None stated"), Cell(text="None stated")))
        for one in metrics if one.status == "red"
    ]  # fmt: skip
    columns = (Column(label="Concern"), Column(label="Action"), Column(label="ETA"))
    return Table(caption="Concerns with action and ETA", columns=columns, rows=tuple(rows),
                 empty="No concern is noted, and no key metric is off track.")  # fmt: skip


def _due(question: Question, note: Note) -> str:
    if note.due is None:
        return "None stated"
    due = question.calendar.today(note.due)
    day = question.show.day(due)
    return f"{day} (overdue)" if due < question.desk.reading.today else day


def _focus(question: Question) -> Notes:
    """Open priorities, then decisions that are due by the end of the next period."""
    last = add_months(question.period.end, 1) - timedelta(days=1)
    wanted = open_notes(question, "priority")
    due = [note for note in open_notes(question, "decision")
           if note.due is not None and question.calendar.today(note.due) <= last]  # fmt: skip
    said = [Said(lead=_sentence(note.text), rest=note.action or "", by=_who(question, note),
                 word="Decision" if note.kind == "decision" else "") for note in (*wanted, *due)]  # fmt: skip
    return Notes(
        notes=tuple(said[:MOST]), more=max(0, len(said) - MOST), empty="No priority is set and no decision is due."
    )


def _who(question: Question, note: Note) -> str:
    project = "" if note.project == "unassigned" else question.name_of(note.project)
    due = (
        ""
        if note.due is None or note.kind in ("concern", "risk")
        else f"by {question.show.day(question.calendar.today(note.due))}"
    )
    return " · ".join(part for part in (project, note.owner, due) if part)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text[-1:] in ".?!…" else f"{text}."
