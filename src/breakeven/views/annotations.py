"""Events that people wrote onto charts: the latest as marks, the others in a sentence below."""

from __future__ import annotations

from datetime import date

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.views.charting.data import Mark
from breakeven.views.question import Question

MARKED = 4
"""Marks on a chart; more would cross their labels."""
LONGEST = 36
"""Letters of a mark."""
LISTED = 6
"""Events that are named below; further ones are counted."""


class Annotations(msgspec.Struct, frozen=True, kw_only=True):
    """The events of a chart."""

    marks: tuple[Mark, ...] = ()
    rest: str = ""
    """Those without room on the chart, as a sentence; empty: all have."""


def events_on(question: Question, first: date, last: date) -> Annotations:
    """The events from a day to another, of the projects that are asked for; those of no project are everybody's."""
    asked = None if question.projects is None else {*question.projects, UNASSIGNED}
    notes = [note for note in question.notes if note.kind == "annotation" and note.status != "dropped"]
    told = [(question.calendar.today(note.time), note.text) for note in notes if asked is None or note.project in asked]
    found = sorted((day, text) for day, text in told if first <= day <= last)
    marks = tuple(Mark(on=day, words=_short(text)) for day, text in found[-MARKED:])
    return Annotations(marks=marks, rest=_listed(question, found[:-MARKED]))


def _listed(question: Question, found: list[tuple[date, str]]) -> str:
    named = "; ".join(f"{question.show.day(day)}: {text}" for day, text in found[-LISTED:])
    more = f"; and {len(found) - LISTED} before" if len(found) > LISTED else ""
    return f"Earlier: {named}{more}." if named else ""


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
