"""Accuracy of each model against its baseline, by day or by week."""

from __future__ import annotations

from datetime import date
from typing import Literal

from breakeven.ledger.operations.quality import Course, course, latest
from breakeven.ledger.results import Status
from breakeven.period import Grain
from breakeven.views.charting.data import Tile
from breakeven.views.charting.fields import heatmap
from breakeven.views.content import Empty, Panel
from breakeven.views.operations.watching import asked_scope, standings
from breakeven.views.question import Question

BANDS: dict[Status, Literal["low", "middle", "high", "none"]] = {
    "green": "low",
    "yellow": "middle",
    "red": "high",
    "grey": "none",
}
WORDS = {"low": "Within the goal", "middle": "Watch", "high": "Below"}
MOST = 14
"""Models that are drawn."""


def accuracy_map(question: Question) -> Panel | None:
    """How far each model lies below its baseline; None where nothing was ever evaluated."""
    if asked_scope(question).teams is not None or not latest(question.desk):
        return None
    names = [one.model for one in standings(question) if one.model is not None and one.measured is not None][:MOST]
    found: Course | None = question.kept(
        ("accuracy", tuple(names)), lambda: course(question.desk, names) if names else None
    )
    length = "14 days" if found is None or found.grain is Grain.DAY else "14 weeks"
    sub = f"How far below its baseline, last {length}"
    if found is None:
        body = Empty(title="No evaluation against a baseline", text="Send evaluations with a value and a baseline.")
        return Panel(id="accuracy", title="Accuracy by model", sub=sub, body=body, hourly=True)
    tiles = [
        Tile(row=model, column=_column(question, period), band=BANDS[status],
             words="–" if gap is None else question.show.percent(gap, 1, signed=True))
        for model, gaps in found.gaps.items()
        for period, gap, status in zip(found.periods, gaps, found.status[model], strict=True)
    ]  # fmt: skip
    plot = heatmap(tiles, title="Accuracy below baseline", words=WORDS, show=question.show)
    assert plot is not None  # noqa: S101 - there are models
    return Panel(id="accuracy", title="Accuracy by model", sub=sub, body=plot, hourly=True)


def _column(question: Question, period: str) -> str:
    """6 Nov; of a week its Monday."""
    day = date.fromisocalendar(int(period[:4]), int(period[6:]), 1) if "W" in period else date.fromisoformat(period)
    return question.show.day_short(day)
