"""Decisions: what is asked, by whom and until when, and what those that were taken returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.cases.decisions import Outcome, Score, Verdict, monthly, outcomes, score
from breakeven.ledger.cases.log import aim_of
from breakeven.ledger.cases.notes import Note, closed
from breakeven.ledger.results import Number, Status
from breakeven.views.content import Cell, Chips, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.notes import edit_link
from breakeven.views.question import Question
from breakeven.views.records_links import records_link

SHOWN = 12
SOON = 14
"""Days before its day from which on a decision is said to be due."""
STATES: Mapping[Verdict, Status] = {
    "better than expected": "green", "as expected": "green", "better": "green",
    "below expected": "yellow", "worse": "red",
    "no change": "grey", "too early": "grey", "not known": "grey",
}  # fmt: skip
FOOT = "Months before and after the one of the decision are compared: what else changed then is in the difference too."


def decision_log(question: Question) -> Panel:
    """Open decisions by their day, then those that were taken, the latest first, with their outcome."""
    notes = [note for note in question.notes if note.kind == "decision" and _within(question, note)]
    waiting = sorted((note for note in notes if note.status == "open"), key=lambda note: (note.due is None, note.due))
    taken = sorted((note for note in notes if note.status == "done"), key=closed, reverse=True)
    found = outcomes_of(question, taken)
    rows = [*(_open_row(question, note) for note in waiting),
            *(_taken_row(question, note, found.get(note.identity)) for note in taken)]  # fmt: skip
    columns = (Column(label="Decision"), Column(label="What is to be done"), Column(label="Worth", numeric=True),
               Column(label="Owner"), Column(label="Due"), Column(label="State"),
               *(() if question.filters.as_of else (Column(label=""),)))  # fmt: skip
    more = Link(text=f"All {len(rows)} decisions", href=records_link(question, "note"))
    table = Table(
        columns=columns, rows=tuple(rows[:SHOWN]), caption="Decisions, open and taken",
        more=more if len(rows) > SHOWN else None,
        empty="No decision waits and none was noted. Add one with the figure it aims at, and its outcome stands here.",
    )  # fmt: skip
    return Panel(
        id="decision-log", title="Decisions", adds=("decision",), hourly=True, foot=FOOT if found else "",
        sub="What is asked, what it is worth, and what earlier decisions returned",
        body=(_scored(score(tuple(found.values()), len(taken)), len(waiting)), table) if rows else table,
    )  # fmt: skip


def outcomes_of(question: Question, notes: Sequence[Note]) -> Mapping[str, Outcome]:
    """The outcome of each taken decision that names a figure, by the note's identity."""
    aims = tuple(aim for note in notes if (aim := aim_of(note)) is not None)
    found: tuple[Outcome, ...] = question.kept(("outcomes", aims), lambda: outcomes(question.desk, aims))
    return {outcome.aim.id: outcome for outcome in found}


def _scored(found: Score, waiting: int) -> Chips:
    """The log in counts."""
    chips: list[tuple[Status, str]] = []
    if waiting:
        chips.append(("grey", f"{waiting} open"))
    if found.judged:
        chips.append(("green" if found.met * 2 >= found.judged else "yellow",
                      f"{found.met} of {found.judged} as expected or better"))  # fmt: skip
    if found.below:
        chips.append(("yellow", f"{found.below} below expected"))
    if found.early:
        chips.append(("grey", f"{found.early} too early to say"))
    if found.unsaid:
        chips.append(("grey", f"{found.unsaid} without an expectation"))
    return Chips(chips=tuple(chips))


def _within(question: Question, note: Note) -> bool:
    return question.projects is None or note.project in question.projects


def _row(question: Question, note: Note, *cells: Cell) -> Row:
    """A row with its two first cells and the way to change it."""
    about = "" if note.project == UNASSIGNED else question.name_of(note.project)
    edit = Cell(text="Edit", href=edit_link(note.identity, question.link(question.path)), help=note.text)
    last = () if question.filters.as_of else (edit,)
    return Row(cells=(Cell(text=note.text, sub=about), Cell(text=note.action or ""), *cells, *last))


def _open_row(question: Question, note: Note) -> Row:
    due = None if note.due is None else question.calendar.today(note.due)
    status, word = _waiting(due, question.desk.reading.today)
    aim = aim_of(note)
    worth = "" if aim is None or aim.expected is None else _amount(question, aim.figure, aim.expected)
    label = "" if aim is None else _label(question, aim.figure)
    asked = Cell(text=worth, sub=f"expected, {label}" if worth else label)
    day = Cell(text=UNKNOWN if due is None else question.show.day(due))
    return _row(question, note, asked, Cell(text=note.owner or UNKNOWN), day, Cell(text=word, status=status))


def _waiting(due: date | None, today: date) -> tuple[Status, str]:
    """How urgent an open decision is."""
    if due is None or (due - today).days > SOON:
        return "grey", "Awaiting decision"
    days = (due - today).days
    if days < 0:
        return "red", f"Overdue by {-days} {'day' if days == -1 else 'days'}"
    return "yellow", "Due today" if days == 0 else f"Due in {days} {'day' if days == 1 else 'days'}"


def _taken_row(question: Question, note: Note, outcome: Outcome | None) -> Row:
    day = question.show.day(question.calendar.today(closed(note)))
    if outcome is None:
        worth, state = Cell(), Cell(text="Decided", status="grey", sub="No figure was named")
    else:
        expected = outcome.aim.expected
        said = f"expected {_amount(question, outcome.aim.figure, expected)}" if expected is not None else ""
        worth = Cell(text=_amount(question, outcome.aim.figure, outcome.change), strong=True,
                     sub=said or _label(question, outcome.aim.figure))  # fmt: skip
        why = _spans(question, outcome) if outcome.reason is None else _first_up(outcome.reason)
        state = Cell(text=outcome.verdict.capitalize(), status=STATES[outcome.verdict], sub=why,
                     help=_length(outcome))  # fmt: skip
    return _row(question, note, worth, Cell(text=note.owner or UNKNOWN), Cell(text="Decided", sub=day), state)


def _amount(question: Question, figure: str, amount: Decimal | None) -> str:
    """A change of a figure with its sign."""
    one = question.catalogue.get(figure)
    if amount is None or one is None:
        return UNKNOWN
    each = " a month" if monthly(question.desk, figure) else ""
    if one.unit == "money":
        return f"{question.show.money(amount, signed=True)}{each}"
    sign = "+" if amount > 0 else ""
    if one.unit == "%":
        return f"{sign}{question.show.plain(amount, max(one.decimals, 1))} pp"
    return f"{sign}{question.show.quantity(amount, one.unit, max(one.decimals, 1))}{each}"


def _spans(question: Question, outcome: Outcome) -> str:
    """The figure before and after."""
    before, after = (_value(question, outcome.aim.figure, value) for value in (outcome.before, outcome.after))
    return f"{_label(question, outcome.aim.figure)} {before} → {after}"


def _length(outcome: Outcome) -> str:
    """How long each side is."""
    if not outcome.months:
        return ""
    return "One month on each side" if outcome.months == 1 else f"{outcome.months} months on each side"


def _value(question: Question, figure: str, value: Number | None) -> str:
    one = question.catalogue.get(figure)
    return UNKNOWN if one is None else str(question.show.quantity(value, one.unit, one.decimals))


def _label(question: Question, figure: str) -> str:
    one = question.catalogue.get(figure)
    return one.label if one is not None else figure


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
