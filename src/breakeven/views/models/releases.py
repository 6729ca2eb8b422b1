"""Versions of a model, each before and after its release."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.operations.live import CSAT, Figures
from breakeven.ledger.operations.releases import Effect, effects
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.models.asked import entry_of
from breakeven.views.operations.words import UNITS, moved_words, number
from breakeven.views.panels.recent_deployments import VERDICTS
from breakeven.views.question import Question

MOST = 20
HEADS = (
    ("interactions", "Calls"),
    ("cost_per_prediction", "Cost per call"),
    ("cost_per_successful_outcome", "Cost per outcome"),
    ("latency_p95_ms", "p95"),
    ("error_rate", "Errors"),
    ("accuracy", "Accuracy"),
    (CSAT, "CSAT"),
)


def panel(question: Question, model: str | None) -> Panel | None:
    """The table; None for a model without a release."""
    entry = entry_of(question, model)
    every = [one for one in entry.releases if one.at <= question.now] if entry is not None else []
    if not every:
        return None
    found = effects(question.desk, every[: MOST + 1])[:MOST]
    heads = [(name, label) for name, label in HEADS if any(_known(one, name) for one in found)]
    table = Table(
        columns=(
            Column(label="Version"),
            Column(label="Deployed"),
            Column(label="Result"),
            *(Column(label=label, numeric=True) for _, label in heads),
        ),
        rows=tuple(_row(question, one, [name for name, _ in heads]) for one in found),
        caption=f"Versions of {model} before and after their release",
    )
    more = f" The latest {MOST} of {len(every)} releases." if len(every) > MOST else ""
    unknown = ", ".join(label.lower() for name, label in HEADS if (name, label) not in heads)
    left = f" Not known on either side: {unknown}." if unknown and heads else ""
    return Panel(
        id="releases",
        title="Before and after each release",
        body=table,
        hourly=True,
        sub="After the release, and below it before; the same length of time, at most 14 days",
        foot=f"The day of a release ran both versions and belongs to neither side.{left}{more}",
    )


def _known(one: Effect, name: str) -> bool:
    return number(one.before, name) is not None or number(one.after, name) is not None


def _row(question: Question, one: Effect, names: Sequence[str]) -> Row:
    show, (status, word) = question.show, VERDICTS[one.verdict]
    told = "" if one.verdict in ("too_early", "failed", "rolled_back") else moved_words(question, one)
    return Row(
        cells=(
            Cell(text=one.release.version or UNKNOWN, mono=True),
            Cell(text=show.day(one.release.at), sub=show.clock(one.release.at), order=one.release.at.timestamp()),
            Cell(text=word, status=status, sub=", ".join(part for part in (told, _length(one)) if part)),
            *(_cell(question, one.before, one.after, name, name in one.moved) for name in names),
        )
    )


def _length(one: Effect) -> str:
    if one.length is None:
        return ""
    days = one.length.days
    return f"{days} {'day' if days == 1 else 'days'}" if days else f"{one.length.total_seconds() / 3600:.0f} h"


def _cell(question: Question, before: Figures, after: Figures, name: str, strong: bool) -> Cell:
    unit, digits = UNITS[name]
    new, old = number(after, name), number(before, name)
    said = after.get(name)
    texts = [str(question.show.quantity(value, unit, digits)) for value in (new, old)]
    return Cell(
        text=texts[0],
        sub=f"before {texts[1]}" if old is not None else "",
        order=new,
        strong=strong,
        help=(said.reason or "") if said is not None else "",
    )
