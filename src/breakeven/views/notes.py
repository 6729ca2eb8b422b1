"""What people wrote for the board: highlights of the quarter, priorities, decisions and what worries them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.cases.notes import Note
from breakeven.period import Calendar, Grain
from breakeven.views.format import day_of_year

SHOWN = 3
KINDS = {
    "highlight": "Highlight of this quarter",
    "priority": "Priority for next quarter",
    "decision": "Decision to be taken",
    "concern": "Concern",
    "risk": "Risk",
    "annotation": "Event on the chart",
}
"""Kinds of note that can be written on the page, by name."""

STATES = {"open": "Open", "done": "Done", "dropped": "Dropped"}
"""Where a note stands."""
DECIDED = {"open": "Awaiting decision", "done": "Decided", "dropped": "Dropped"}
"""Where a decision stands."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A note as it is shown."""

    lead: str
    """Its text."""
    rest: str
    """What is to be done, or which project it is about."""
    status: str | None = None
    """green, yellow, red or grey; None where there is nothing to judge."""
    word: str = ""
    by: str = ""
    """Who, and by when."""
    note: str = ""
    """Its identity: source/id."""


class NotePanel(msgspec.Struct, frozen=True, kw_only=True):
    """One list of notes."""

    id: str
    title: str
    notes: tuple[Written, ...]
    more: int
    """How many are not shown."""
    empty: str
    """What stands there without notes."""


def edit_link(identity: str, back: str) -> str:
    """Address of a page with the form of a note that is there; `back`: the page."""
    return f"/notes/form?note={quote(identity, safe='')}&back={quote(back, safe='')}#note-form"


def panels(notes: Sequence[Note], names: dict[str, str], until: date, calendar: Calendar) -> tuple[NotePanel, ...]:
    """The board's three lists for the quarter that holds the day `until`; `names` are those of projects."""
    quarter = calendar.containing(until, Grain.QUARTER)
    recent = [note for note in notes if quarter.start <= calendar.today(note.time) < quarter.end]
    highlights = [_told(note, names) for note in recent if note.kind == "highlight" and note.status != "dropped"]
    priorities = [_asked(note, names, until, calendar) for note in notes if _open(note, "priority", until, calendar)]
    wanted = [note for kind in ("decision", "concern", "risk") for note in notes if _open(note, kind, until, calendar)]
    decisions = [_asked(note, names, until, calendar) for note in wanted]
    return (
        _panel("highlights", "Key highlights this quarter", highlights,
               f"Nothing is noted for {quarter.start:%B} to {add_word(quarter.end)} yet."),
        _panel("priorities", "Next quarter priorities", priorities, "No priority is set yet."),
        _panel("decisions", "Decisions and concerns", decisions, "Nothing waits for a decision."),
    )  # fmt: skip


def add_word(end: date) -> str:
    """Name of the last month before a day."""
    return f"{date(end.year - (end.month == 1), (end.month - 2) % 12 + 1, 1):%B}"


def _panel(name: str, title: str, written: Sequence[Written], empty: str) -> NotePanel:
    return NotePanel(id=name, title=title, notes=tuple(written[:SHOWN]), more=max(0, len(written) - SHOWN), empty=empty)


def _open(note: Note, kind: str, until: date, calendar: Calendar) -> bool:
    return note.kind == kind and note.status == "open" and calendar.today(note.time) <= until


def _named(note: Note, names: dict[str, str]) -> str:
    return "" if note.project == UNASSIGNED else names.get(note.project, note.project)


def _told(note: Note, names: dict[str, str]) -> Written:
    by = " · ".join(part for part in (_named(note, names), note.owner) if part)
    return Written(lead=_sentence(note.text), rest=note.action or "", by=by, note=note.identity)


def _asked(note: Note, names: dict[str, str], until: date, calendar: Calendar) -> Written:
    due = calendar.today(note.due) if note.due is not None else None
    when = "" if due is None else f"{'Decide by' if note.kind == 'decision' else 'by'} {day_of_year(due)}"
    said = [_named(note, names), note.owner, when]
    late = due is not None and due < until
    status, word = {
        "decision": ("grey", "Awaiting decision"), "concern": ("yellow", "Concern"), "risk": ("yellow", "Risk"),
    }.get(note.kind, (None, ""))  # fmt: skip
    if late:
        status, word = "red", "Overdue"
    rest = _sentence(note.action) if note.action else ""
    by = " · ".join(part for part in said if part)
    return Written(lead=_sentence(note.text), rest=rest, status=status, word=word, by=by, note=note.identity)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text[-1:] in ".?!…" else f"{text}."
