"""The page of the steering committee: progress, risks, decisions, and how decisions turned out."""

from __future__ import annotations

from datetime import timedelta

from breakeven.views.audiences.audience import Audience, Finding, Placed, figures
from breakeven.views.format import count_word
from breakeven.views.question import Question
from breakeven.views.standings import standings

SOON = timedelta(days=30)


def find(question: Question) -> Finding:
    """How many projects are on track, how many decisions are due, and who needs attention."""
    found = standings(question)
    known = [one for one in found if one.verdict.status != "grey"]
    good = [one for one in known if one.verdict.status == "green"]
    due = _due(question)
    decide = "No decision is due in the next 30 days."
    if due:
        decide = (
            f"{count_word(due).capitalize()} {'decision is' if due == 1 else 'decisions are'} due in the next 30 days."
        )
    if not known:
        return Finding(f"No project can be judged yet. {decide}")
    verb = "is" if len(good) == 1 else "are"
    bad = [one.name for one in known if one.verdict.status == "red"]
    told = f"{', '.join(bad[:3])} {'is' if len(bad) == 1 else 'are'} below break-even." if bad else ""
    return Finding(
        f"{count_word(len(good)).capitalize()} of {count_word(len(known))} projects {verb} on track. {decide}", told
    )


def _due(question: Question) -> int:
    return sum(
        note.kind == "decision"
        and note.status == "open"
        and note.due is not None
        and note.due <= question.now + SOON
        and (question.projects is None or note.project in question.projects)
        for note in question.notes
    )


STEERING = Audience(
    name="steering", path="/steering", title="Steering committee", icon="n-steer",
    question="Are we on plan, what could go wrong, and what must we decide?",
    tiles=figures("roi_ytd", "cumulative_roi_percent", "payback_months", "budget_variance",
                  "models_in_production", "incidents"),
    panels=(Placed("decision_log"), Placed("progress"), Placed("j_curve"), Placed("risks"), Placed("priorities", 6),
            Placed("highlights", 6)),
    find=find, compact=True,
)  # fmt: skip
