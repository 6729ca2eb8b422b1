"""Notes as they are written on a page: what was typed, what is wrong with it, and the record that it becomes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.cases.notes import Note, closed, number
from breakeven.period import Calendar
from breakeven.views.notes import KINDS, STATES

LONGEST = 400
"""Letters of a note and of what is to be done."""
NAME = 100
SOURCE = "board"
"""Source of notes that are written on pages."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A note as it was typed."""

    kind: str = "highlight"
    text: str = ""
    project: str = ""
    owner: str = ""
    due: str = ""
    """2026-10-17."""
    action: str = ""
    day: str = ""
    """The day that an annotation is about; empty: today."""
    figure: str = ""
    """The figure that a decision aims at."""
    expected: str = ""
    """By how much the figure is to change; a month, where it adds up."""
    stake: str = ""
    """Money a month that a risk or concern is about."""
    decided: str = ""
    """The day on which a decision was taken; empty: today."""
    status: str = "open"
    note: str = ""
    """source/id of the note that is edited; empty: a new one."""
    seen: str = ""
    """Revision that is edited: another one since then is a conflict."""
    back: str = "/board"
    """The page to return to."""


def fault(draft: Draft, projects: Collection[str], figures: Collection[str], today: date) -> str | None:
    """What is wrong with a note before it is sent on, in one sentence."""
    if not draft.text.strip():
        return "Write what the note says."
    for label, text, most in (
        ("The text", draft.text, LONGEST),
        ("What is to be done", draft.action, LONGEST),
        ("The owner", draft.owner, NAME),
    ):
        if len(text) > most:
            return f"{label} has {len(text)} letters; {most} fit."
    if draft.kind not in KINDS:
        return f"There is no kind {draft.kind!r}; choose one of: {', '.join(KINDS)}."
    if draft.status not in STATES:
        return f"There is no state {draft.status!r}; choose one of: {', '.join(STATES)}."
    if draft.project and draft.project not in projects:
        return f"There is no project {draft.project!r}."
    if draft.figure and draft.figure not in figures:
        return f"There is no figure {draft.figure!r}."
    for text in (draft.due, draft.day, draft.decided):
        if _day(text) is None and text:
            return f"{text!r} is not a date; write it like 2026-10-17."
    decided = _day(draft.decided)
    if decided is not None and decided > today:
        return f"{draft.decided} lies in the future: a decision that is still to be taken is open."
    return _amounts(draft)


def _amounts(draft: Draft) -> str | None:
    if draft.expected and number(draft.expected) is None:
        return f"{draft.expected!r} is not a number; write what the figure is to change by, like 12000 or -0.5."
    stake = number(draft.stake) if draft.stake else None
    if draft.stake and (stake is None or stake <= 0):
        return f"{draft.stake!r} is not an amount; write the money a month that is at stake, like 12000."
    return "Say which figure the expectation is about." if draft.expected and not draft.figure else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def record(
    draft: Draft, identity: str, calendar: Calendar, now: datetime, before: Note | None
) -> dict[str, str | None]:
    """The fields of the fact; an edited note keeps its time, and says since when it is decided or done."""
    time = _start(draft, calendar, now)
    if before is not None and draft.day in ("", calendar.today(before.time).isoformat()):
        time = before.time
    return {
        "id": identity,
        "source": before.source if before is not None else SOURCE,
        "time": _instant(time),
        "project": draft.project or UNASSIGNED,
        "kind": draft.kind,
        "text": draft.text.strip(),
        "owner": draft.owner.strip() or None,
        "due": _due(draft, calendar),
        "action": draft.action.strip() or None,
        "status": draft.status,
        "labels": _labels(draft, calendar, before, now),
    }


def _start(draft: Draft, calendar: Calendar, now: datetime) -> datetime:
    day = _day(draft.day)
    return now if day is None or day == calendar.today(now) else calendar.instant(day) + timedelta(hours=12)


def _due(draft: Draft, calendar: Calendar) -> str | None:
    """The end of the day."""
    day = _day(draft.due)
    return None if day is None else _instant(calendar.instant(day + timedelta(days=1)) - timedelta(seconds=1))


def _labels(draft: Draft, calendar: Calendar, before: Note | None, now: datetime) -> str | None:
    given: dict[str, str] = dict(before.labels) if before is not None else {}
    given |= {"figure": draft.figure, "expected": _plain(draft.expected), "stake": _plain(draft.stake)}
    if draft.status == "open":
        given.pop("decided_at", None)
    else:
        given["decided_at"] = _decided(draft, calendar, before, now)
    kept = {name: value for name, value in given.items() if value}
    return msgspec.json.encode(kept).decode() if kept else None


def _plain(text: str) -> str:
    found = number(text) if text else None
    return "" if found is None else f"{found:f}"


def _decided(draft: Draft, calendar: Calendar, before: Note | None, now: datetime) -> str:
    """When it was taken or done: on the day that is typed; as it was said before; else now."""
    known = "" if before is None or before.status == "open" else _instant(closed(before))
    day = _day(draft.decided)
    if day is None:
        return known or _instant(now)
    if known and before is not None and calendar.today(closed(before)) == day:
        return known
    return _instant(now if day == calendar.today(now) else calendar.instant(day) + timedelta(hours=12))


def blank(kind: str, back: str, project: str = "") -> Draft:
    """A form that nobody has written into."""
    return Draft(kind=kind, back=back, project=project)


def draft_of(note: Note, calendar: Calendar, back: str) -> Draft:
    """A note as it is edited."""
    due = "" if note.due is None else calendar.today(note.due).isoformat()
    return Draft(
        kind=note.kind,
        text=note.text,
        project="" if note.project == UNASSIGNED else note.project,
        owner=note.owner or "",
        due=due,
        action=note.action or "",
        figure=note.labels.get("figure", ""),
        expected=note.labels.get("expected", ""),
        stake=note.labels.get("stake", ""),
        day=calendar.today(note.time).isoformat() if note.kind == "annotation" else "",
        decided="" if note.status == "open" else calendar.today(closed(note)).isoformat(),
        status=note.status,
        note=note.identity,
        seen=str(note.revision),
        back=back,
    )


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).isoformat()
