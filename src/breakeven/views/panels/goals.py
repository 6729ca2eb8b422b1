"""Figures against their goals: how fast models reach production, how well they do there, who uses the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from breakeven.ledger.operations.answers import Answers, answers
from breakeven.ledger.results import Status, TargetStatus
from breakeven.views.comparison import Change
from breakeven.views.content import Cell, Column, Meter, Panel, Row, Table
from breakeven.views.format import UNKNOWN, decimal_of, span
from breakeven.views.key_figures import key_figures, targets_of
from breakeven.views.question import Question
from breakeven.views.tiles import Tile
from breakeven.workspace.definitions import FigureRef

VELOCITY = ("time_to_production_days", "cycle_time_days", "deployment_frequency", "deployment_success_rate")
QUALITY = ("accuracy_gap", "drift_detection_rate", "incidents", "mttr_hours", "error_rate")
ADOPTION = ("weekly_active_share", "models_on_platform_share", "feature_store_share", "nps", "csat")
ARROWS: Mapping[str, str] = {"up": "↑", "down": "↓", "flat": "→"}
INTERVAL = "The net promoter score of all lies in the range given with a probability of 80%."
ROOM = Decimal("1.3")
"""The track of a bar reaches so far beyond the goal, or beyond the figure where that is further."""
CHIPS: tuple[tuple[Status, str], ...] = (("red", "off track"), ("yellow", "to watch"), ("green", "on track"))
"""The worst status of a table and its words."""


def velocity(question: Question) -> Panel | None:
    """From idea to production."""
    return _panel(question, "velocity", "Velocity", "How fast models reach production, and stay", VELOCITY)


def quality_table(question: Question) -> Panel | None:
    """What happens there."""
    return _panel(question, "quality", "Quality", "How well models do in production", QUALITY)


def adoption(question: Question) -> Panel | None:
    """Who works with it."""
    asked: Answers = question.kept(("answers",), lambda: answers(question.desk, *question.window, question.projects))
    said = {"nps": _nps(question, asked), "csat": _count(question, asked.csat)}
    made = _panel(question, "adoption", "Adoption", "Who uses the platform, and how content they are", ADOPTION, said)
    if made is None or asked.nps_low is None or "nps" not in question.catalogue:
        return made
    return msgspec.structs.replace(made, foot=f"{made.foot} {INTERVAL}".strip())


def _nps(question: Question, asked: Answers) -> str:
    """How many answered, and how far the score of everybody may lie from theirs."""
    counted = _count(question, asked.nps)
    if asked.nps_low is None or asked.nps_high is None:
        return counted
    return f"{counted}, {span(question.show.plain(asked.nps_low), question.show.plain(asked.nps_high))}"


def _count(question: Question, number: int) -> str:
    return f"{question.show.plain(number)} {'answer' if number == 1 else 'answers'}" if number else ""


def _panel(
    question: Question, name: str, title: str, sub: str, figures: Sequence[str], said: Mapping[str, str] | None = None
) -> Panel | None:
    tiles = key_figures(question, [FigureRef(figure=figure) for figure in figures if figure in question.catalogue])
    if not tiles:
        return None
    targets = {target.metric: target for target in targets_of(question)}
    table = Table(
        columns=(Column(label="Metric"), Column(label="Goal", wide=True, help="The mark is the goal"),
                 Column(label="Now", numeric=True), Column(label="Change", numeric=True), Column(label="Trend"),
                 Column(label="Status")),
        rows=tuple(_row(tile, targets.get(tile.figure), (said or {}).get(tile.figure, "")) for tile in tiles),
        caption=f"{title} against its goals",
    )  # fmt: skip
    compared = next((tile.change.words for tile in tiles if tile.change is not None and tile.change.words), "")
    foot = f"Change: {compared}." if compared else ""
    return Panel(id=name, title=title, sub=sub, body=table, width=7, chip=_chip(tiles), hourly=True, foot=foot)


def _chip(tiles: Sequence[Tile]) -> tuple[Status, str] | None:
    """How many are in the worst status that there is; None where no goal can be judged."""
    judged = [tile.goal.status for tile in tiles if tile.goal is not None and tile.goal.status != "grey"]
    for status, words in CHIPS:
        if status in judged:
            return (status, f"{judged.count(status)} {words}" if status != "green" else "All on track")
    return None


def _row(tile: Tile, target: TargetStatus | None, said: str) -> Row:
    goal = tile.goal
    aim = goal.words[:1].upper() + goal.words[1:] if goal is not None else "No goal set"
    return Row(cells=(
        Cell(text=tile.label, sub=aim),
        Cell(meter=_meter(tile, target) if goal is not None else None),
        Cell(text=str(tile.value), explain=tile.figure, sub=tile.reason or said, strong=True,
             help=tile.partly or ""),
        _change(tile),
        Cell(trend=tile.trend, trend_words=tile.trend_words),
        Cell(text=goal.word, status=goal.status) if goal is not None else Cell(text="No goal"),
    ))  # fmt: skip


def _change(tile: Tile) -> Cell:
    change: Change | None = tile.change
    if change is None:
        return Cell(text=UNKNOWN, help=tile.no_change)
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
