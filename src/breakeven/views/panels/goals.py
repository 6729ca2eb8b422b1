"""Figures against their goals: how fast models reach production, how well they do there, who uses the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from breakeven.ledger.results import TargetStatus
from breakeven.views.comparison import Change
from breakeven.views.content import Cell, Column, Meter, Panel, Row, Table
from breakeven.views.format import UNKNOWN, decimal_of
from breakeven.views.key_figures import key_figures
from breakeven.views.question import Question
from breakeven.views.tiles import Tile
from breakeven.workspace.definitions import FigureRef

VELOCITY = ("time_to_production_days", "cycle_time_days", "deployment_frequency", "deployment_success_rate")
QUALITY = ("accuracy_gap", "drift_detection_rate", "incidents", "mttr_hours", "error_rate")
ADOPTION = ("weekly_active_share", "models_on_platform_share", "feature_store_share", "nps", "csat")
ARROWS: Mapping[str, str] = {"up": "↑", "down": "↓", "flat": "→"}
ROOM = Decimal("1.3")
"""The track of a bar reaches so far beyond the goal, or beyond the figure where that is further."""


def velocity(question: Question) -> Panel | None:
    """From idea to production."""
    return _panel(question, "velocity", "Velocity", "How fast models reach production, and stay", VELOCITY)


def quality_table(question: Question) -> Panel | None:
    """What happens there."""
    return _panel(question, "quality", "Quality", "How well models do in production", QUALITY)


def adoption(question: Question) -> Panel | None:
    """Who works with it."""
    return _panel(question, "adoption", "Adoption", "Who uses the platform, and how content they are", ADOPTION)


def _panel(question: Question, name: str, title: str, sub: str, figures: Sequence[str]) -> Panel | None:
    tiles = key_figures(question, [FigureRef(figure=figure) for figure in figures])
    if not tiles:
        return None
    targets = {target.metric: target for target in question.statement.targets}
    table = Table(
        columns=(Column(label="Metric"), Column(label="Against the goal", wide=True), Column(label="Now", numeric=True),
                 Column(label="Change", numeric=True), Column(label="Trend"), Column(label="Status")),
        rows=tuple(_row(tile, targets.get(tile.figure)) for tile in tiles), caption=f"{title} against its goals",
    )  # fmt: skip
    missed = sum(tile.goal is not None and tile.goal.status == "red" for tile in tiles)
    chip = ("red", f"{missed} off track") if missed else None
    return Panel(id=name, title=title, sub=sub, body=table, width=12, chip=chip, hourly=True)  # type: ignore[arg-type]


def _row(tile: Tile, target: TargetStatus | None) -> Row:
    goal = tile.goal
    return Row(cells=(
        Cell(text=tile.label, sub=goal.words.capitalize() if goal is not None else "No goal set"),
        Cell(meter=_meter(tile, target)),
        Cell(text=tile.value.text, unit=tile.value.unit, explain=tile.figure, sub=tile.reason or ""),
        _change(tile.change),
        Cell(trend=tile.trend, trend_words=tile.trend_words),
        Cell(text=goal.word, status=goal.status) if goal is not None else Cell(text=UNKNOWN),
    ))  # fmt: skip


def _change(change: Change | None) -> Cell:
    if change is None:
        return Cell(text=UNKNOWN, sub="nothing to compare with")
    return Cell(text=f"{ARROWS[change.arrow]} {change.value}", tone=change.tone)


def _meter(tile: Tile, target: TargetStatus | None) -> Meter | None:
    """The figure and its goal on one track; None where either is unknown or the goal is zero."""
    if target is None or target.value is None or target.target <= 0:
        return None
    value = max(decimal_of(target.value), Decimal(0))
    whole = (
        Decimal(100) if target.unit == "%" and max(value, target.target) <= 100 else max(value, target.target) * ROOM
    )
    words = f"{tile.value}, goal {'at least' if target.rule == 'at_least' else 'at most'} {target.target.normalize():f}"
    return Meter(share=float(value / whole), mark=float(target.target / whole), words=words)
