"""The log of decisions: what waits for one, what was decided, and what that returned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.cases.decisions import Aim, Outcome, Score, outcomes, score
from breakeven.ledger.cases.notes import Note, closed, notes_of, number
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result


class Decision(Result, frozen=True, kw_only=True):
    """One decision, waiting or taken."""

    id: str
    """source/id of the note."""
    text: str
    project: str | None
    """None: all projects."""
    action: str | None
    owner: str | None
    due: date | None
    status: str
    """open, done (taken) or dropped."""
    decided_at: datetime | None
    """None: it waits, or was dropped."""
    figure: str | None
    """The figure that it aims at."""
    expected: Decimal | None
    """By how much the figure is to change; a month, where it adds up."""
    outcome: Outcome | None
    """Of a decision that was taken and names a figure."""


class DecisionLog(Result, frozen=True, kw_only=True):
    """All decisions: open ones by their day, then those taken, the latest first, then those dropped."""

    decisions: tuple[Decision, ...]
    score: Score
    data_version: int


def decision_log(desk: Desk, projects: Sequence[str] | None = None) -> DecisionLog:
    """The decisions about some projects (None: all of them and the whole). Raises UnknownName for a project."""
    scope = desk.check_projects(projects)
    notes = [note for note in notes_of(desk.reading.moment) if note.kind == "decision"]
    notes = [note for note in notes if scope is None or note.project in scope]
    open_ = sorted((note for note in notes if note.status == "open"), key=lambda note: (note.due is None, note.due))
    taken = sorted((note for note in notes if note.status == "done"), key=closed, reverse=True)
    dropped = [note for note in notes if note.status == "dropped"]
    aims = [aim for aim in map(aim_of, taken) if aim is not None]
    found = {one.aim.id: one for one in outcomes(desk, aims)}
    return DecisionLog(
        decisions=tuple(_decision(desk, note, found.get(note.identity)) for note in (*open_, *taken, *dropped)),
        score=score(tuple(found.values()), len(taken)), data_version=desk.reading.moment.versions.data,
    )  # fmt: skip


def aim_of(note: Note) -> Aim | None:
    """What a decision aims at; None where it names no figure."""
    figure = note.labels.get("figure")
    if not figure:
        return None
    return Aim(
        id=note.identity, decided_at=closed(note), figure=figure, expected=number(note.labels.get("expected", "")),
        project=None if note.project == UNASSIGNED else note.project,
    )  # fmt: skip


def _decision(desk: Desk, note: Note, outcome: Outcome | None) -> Decision:
    aim = aim_of(note)
    return Decision(
        id=note.identity, text=note.text, project=None if note.project == UNASSIGNED else note.project,
        action=note.action, owner=note.owner, status=note.status,
        due=None if note.due is None else desk.workspace.calendar.today(note.due),
        decided_at=closed(note) if note.status == "done" else None, figure=None if aim is None else aim.figure,
        expected=None if aim is None else aim.expected, outcome=outcome,
    )  # fmt: skip
