"""What people wrote for the board: highlights, priorities, and what waits for a decision."""

from __future__ import annotations

from breakeven.views.content import Item, Items, Panel
from breakeven.views.notes import NotePanel, panels
from breakeven.views.question import Question

ADDED = {"highlights": "highlight", "priorities": "priority", "decisions": "decision"}
"""Kind of note that is written in each list."""


def highlights(question: Question) -> Panel:
    """What went well in the quarter."""
    return _panel(question, 0)


def priorities(question: Question) -> Panel:
    """What comes next."""
    return _panel(question, 1)


def decisions(question: Question) -> Panel:
    """What is asked of the readers."""
    return _panel(question, 2)


def _panel(question: Question, place: int) -> Panel:
    names = {project.id: project.name for project in question.workspace.projects.values()}
    notes = question.notes
    if question.projects is not None:
        notes = [note for note in notes if note.project in question.projects]
    made: NotePanel = panels(notes, names, question.until, question.calendar)[place]
    items = tuple(
        Item(lead=one.lead, rest=one.rest, status=one.status, word=one.word, by=one.by, note=one.note)  # type: ignore[arg-type]
        for one in made.notes
    )  # fmt: skip
    return Panel(
        id=made.id, title=made.title, width=4,
        body=Items(items=items, empty=made.empty, more=made.more, overline=True, add=ADDED[made.id]),
        adds=("concern", "risk") if made.id == "decisions" else (),
    )  # fmt: skip
