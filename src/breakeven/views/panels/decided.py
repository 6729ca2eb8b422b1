"""Decisions: what is asked, by whom and until when, and what those that were taken returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from breakeven.facts import UNASSIGNED
from breakeven.ledger.cases.decisions import Aim, Outcome, Verdict, outcomes
from breakeven.ledger.results import Status
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.notes import Note
from breakeven.views.question import Question

SHOWN = 12
STATES: Mapping[Verdict, Status] = {
    "better than expected": "green", "as expected": "green", "better": "green",
    "below expected": "yellow", "worse": "red",
    "no change": "grey", "too early": "grey", "not known": "grey",
}  # fmt: skip
MET = frozenset({"better than expected", "as expected"})


def decision_log(question: Question) -> Panel:
    """Open decisions by their day, then those that were taken with their outcome."""
    notes = [note for note in question.notes if note.kind == "decision" and _within(question, note)]
    waiting = sorted((note for note in notes if note.status == "open"), key=lambda note: (note.due is None, note.due))
    taken = [note for note in notes if note.status == "done"]
    found = outcomes_of(question, taken)
    rows = [
        *(_open_row(question, note) for note in waiting),
        *(_taken_row(question, note, found.get(_id(note))) for note in taken),
    ]
    columns = (Column(label="Decision"), Column(label="What is to be done"), Column(label="Worth", numeric=True),
               Column(label="Owner"), Column(label="Due"), Column(label="State"))  # fmt: skip
    table = Table(
        columns=columns,
        rows=tuple(rows[:SHOWN]),
        caption="Decisions, open and taken",
        empty="No decision waits and none was noted. Add one with the figure it aims at, and its outcome stands here.",
    )
    return Panel(
        id="decision-log",
        title="Decisions",
        sub="What is asked, what it is worth, and what earlier decisions returned",
        body=table,
        foot=_score(found),
        hourly=True,
    )


def outcomes_of(question: Question, notes: Sequence[Note]) -> Mapping[str, Outcome]:
    """The outcome of each taken decision that names a figure, by the note's identity."""
    aims = [aim for note in notes if (aim := _aim(note)) is not None]
    found: tuple[Outcome, ...] = question.kept(("outcomes", tuple(aims)), lambda: outcomes(question.desk, aims))
    return {outcome.aim.id: outcome for outcome in found}


def _aim(note: Note) -> Aim | None:
    figure = note.labels.get("figure")
    if not figure:
        return None
    return Aim(
        id=_id(note),
        decided_at=_decided(note),
        figure=figure,
        expected=_number(note.labels.get("expected")),
        project=None if note.project == UNASSIGNED else note.project,
    )


def _decided(note: Note) -> datetime:
    """When it was taken: as noted, else the day that the note is about."""
    try:
        found = datetime.fromisoformat(note.labels.get("decided_at", ""))
    except ValueError:
        return note.time
    return found if found.tzinfo is not None else note.time


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _id(note: Note) -> str:
    return f"{note.source}/{note.id}"


def _within(question: Question, note: Note) -> bool:
    return question.projects is None or note.project in question.projects


def _first(question: Question, note: Note) -> tuple[Cell, Cell]:
    about = "" if note.project == UNASSIGNED else question.name_of(note.project)
    edit = (
        ""
        if question.filters.as_of
        else f"/notes/edit?note={quote(_id(note), safe='')}&back={quote(question.link(question.path), safe='')}"
    )
    return Cell(text=note.text, sub=about, href=edit), Cell(text=note.action or "")


def _open_row(question: Question, note: Note) -> Row:
    show, aim = question.show, _aim(note)
    due = None if note.due is None else question.calendar.today(note.due)
    days = None if due is None else (due - question.desk.reading.today).days
    state: Status = "grey" if days is None or days > 14 else "yellow" if days >= 0 else "red"
    word = "Awaiting decision" if days is None or days > 14 else f"Due in {days} days" if days >= 0 else "Overdue"
    worth = _expected(question, aim)
    return Row(
        cells=(
            *_first(question, note),
            Cell(text=worth, sub="expected a month" if worth else ""),
            Cell(text=note.owner or UNKNOWN),
            Cell(text=UNKNOWN if due is None else show.day(due)),
            Cell(text=word, status=state),
        )
    )


def _taken_row(question: Question, note: Note, outcome: Outcome | None) -> Row:
    day = question.show.day(question.calendar.today(_decided(note)))
    if outcome is None:
        worth, state = Cell(), Cell(text="Decided", status="grey", sub="no figure was named")
    else:
        expected = _expected(question, outcome.aim)
        worth = Cell(
            text=_amount(question, outcome.aim.figure, outcome.change),
            strong=True,
            sub=f"expected {expected}" if expected else _spans(question, outcome),
        )
        state = Cell(
            text=outcome.verdict.capitalize(),
            status=STATES[outcome.verdict],
            sub=outcome.reason or _spans(question, outcome),
        )
    return Row(
        cells=(*_first(question, note), worth, Cell(text=note.owner or UNKNOWN), Cell(text="Done", sub=day), state)
    )


def _expected(question: Question, aim: Aim | None) -> str:
    return "" if aim is None or aim.expected is None else _amount(question, aim.figure, aim.expected)


def _amount(question: Question, figure: str, amount: Decimal | None) -> str:
    one = question.catalogue.get(figure)
    if amount is None or one is None:
        return UNKNOWN
    if one.unit == "money":
        return f"{question.show.money(amount, signed=True)} a month"
    sign = "+" if amount > 0 else ""
    unit = " pp" if one.unit == "%" else ""
    text = question.show.quantity(amount, one.unit, max(one.decimals, 1))
    return f"{sign}{text.text}{unit or (f' {text.unit}' if text.unit else '')}"


def _spans(question: Question, outcome: Outcome) -> str:
    one = question.catalogue.get(outcome.aim.figure)
    if one is None or outcome.before is None or outcome.after is None:
        return ""
    before, after = (question.show.quantity(value, one.unit, one.decimals) for value in (outcome.before, outcome.after))
    return f"{one.label} {before} → {after}, {outcome.months} months each"


def _score(found: Mapping[str, Outcome]) -> str:
    """How decisions did on the whole."""
    judged = [one for one in found.values() if one.aim.expected is not None and one.change is not None]
    if not judged:
        return "An outcome compares whole months before and after a decision; what else changed is in it too."
    met = sum(one.verdict in MET for one in judged)
    told = f"{met} of {len(judged)} decisions with an expectation came out as expected or better."
    return f"{told} Months before and after are compared; what else changed is in it too."
