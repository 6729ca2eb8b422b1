"""The latest releases with what they changed."""

from __future__ import annotations

from breakeven.ledger.operations.registered import releases
from breakeven.ledger.operations.releases import Effect, effects
from breakeven.ledger.results import Status
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.operations.watching import asked_scope, model_link
from breakeven.views.operations.words import moved_words
from breakeven.views.question import Question

MOST = 6
VERDICTS: dict[str, tuple[Status, str]] = {
    "failed": ("red", "Failed"), "rolled_back": ("red", "Rolled back"), "worse": ("red", "Regressed"),
    "better": ("green", "Improved"), "same": ("green", "Succeeded"), "too_early": ("grey", "Too early"),
    "no_data": ("green", "Succeeded"),
}  # fmt: skip
"""What a release came to → status and word."""


def recent_deployments(question: Question) -> Panel | None:
    """Releases of the scope's models, the latest first; None where none was ever recorded."""
    scope = asked_scope(question)
    every = [one for one in releases(question.desk, scope.projects) if one.at <= question.now]
    shown = [one for one in every if scope.models is None or one.model in scope.models][:MOST]
    if not every:
        return None
    found = {one.release: one for one in effects(question.desk, shown, every)}
    table = Table(
        columns=(Column(label="Model"), Column(label="When"), Column(label="Before and after"), Column(label="Result")),
        rows=tuple(row(question, found[one]) for one in shown if one in found),
        caption="The latest releases and what they changed", empty="No release of these models is recorded.",
    )  # fmt: skip
    return Panel(id="deployments", title="Recent deployments",
                 sub="The same length of time before and after, at most 14 days", body=table, hourly=True)  # fmt: skip


def row(question: Question, one: Effect) -> Row:
    """One release."""
    status, word = VERDICTS[one.verdict]
    days = "" if one.length is None else f"{one.length.days} days each" if one.length.days > 1 else "1 day each"
    if one.length is not None and not one.length.days:
        days = f"{one.length.total_seconds() / 3600:.0f} h each"
    name = f"{one.release.model} {one.release.version or ''}".strip()
    return Row(cells=(
        Cell(text=name, href=model_link(question, one.release.model), mono=True,
             sub=question.name_of(one.release.project)),
        Cell(text=question.show.day(one.release.at), sub=question.show.clock(one.release.at),
             order=one.release.at.timestamp()),
        Cell(text=moved_words(question, one), sub=days), Cell(text=word, status=status),
    ))  # fmt: skip
