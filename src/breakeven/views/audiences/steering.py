"""The page of the steering committee: progress, risks, decisions, and how decisions turned out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from breakeven.ledger.results import Status
from breakeven.views.audiences.audience import Audience, Finding, Placed, figures
from breakeven.views.format import count_word
from breakeven.views.question import Question
from breakeven.views.standings import ProjectStanding, standings

SOON = timedelta(days=30)
MOST = 3
"""Projects that are named."""


def find(question: Question) -> Finding:
    """How many projects are on track, how many decisions are due, and who needs attention."""
    found = standings(question)
    known = [one for one in found if one.verdict.status != "grey"]
    good = [one for one in known if one.verdict.status == "green"]
    decide = _decisions(question)
    if not known:
        return Finding(f"No project can be judged yet. {decide}")
    verb = "is" if len(good) == 1 else "are"
    lead = f"{count_word(len(good)).capitalize()} of {count_word(len(known))} projects {verb} on track. {decide}"
    told = (_named(known, "red", "below break-even"), _named(known, "yellow", "behind plan or goal"))
    return Finding(lead, " ".join(part for part in told if part))


def _named(known: Sequence[ProjectStanding], status: Status, words: str) -> str:
    names = [one.name for one in known if one.verdict.status == status]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"{', '.join(names[:MOST])}{more} {'is' if len(names) == 1 else 'are'} {words}." if names else ""


def _decisions(question: Question) -> str:
    """How many decisions are overdue or due soon."""
    today = question.desk.reading.today
    due = [
        question.calendar.today(note.due) for note in question.notes
        if note.kind == "decision" and note.status == "open" and note.due is not None
        and (question.projects is None or note.project in question.projects)
    ]  # fmt: skip
    late, soon = sum(day < today for day in due), sum(today <= day <= today + SOON for day in due)
    told = []
    if late:
        told.append(f"{count_word(late)} {'decision is' if late == 1 else 'decisions are'} overdue")
    if soon:
        verb = "is" if soon == 1 else "are"
        what = f" decision{'' if soon == 1 else 's'}" if not late else ""
        told.append(f"{count_word(soon)}{what} {verb} due in the next 30 days")
    said = " and ".join(told) or "no decision is due in the next 30 days"
    return f"{said[:1].upper()}{said[1:]}."


STEERING = Audience(
    name="steering", path="/steering", title="Steering committee", icon="n-steer",
    question="Are we on plan, what could go wrong, and what must we decide?",
    tiles=figures("roi_ytd", "cumulative_roi_percent", "payback_months", "budget_variance",
                  "models_in_production", "incidents"),
    panels=(Placed("decision_log"), Placed("progress"), Placed("j_curve"), Placed("risks"), Placed("priorities", 6),
            Placed("highlights", 6)),
    find=find, compact=True,
)  # fmt: skip
