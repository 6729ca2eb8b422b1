"""The return of each category as a tile, beside that of all projects together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.ledger.comparing.figures import Headline
from breakeven.ledger.comparing.portfolio import MonthNet, Portfolio
from breakeven.ledger.results import Status
from breakeven.views.comparison import Change
from breakeven.views.format import Shown, rounded
from breakeven.views.projects.choices import CATEGORIES, Choices
from breakeven.views.projects.judging import goal_of
from breakeven.views.projects.lines import TREND, group_order
from breakeven.views.question import Question
from breakeven.views.tiles import Judged, Point, Tile

MOST = 5
"""Tiles of a row."""
FIGURE = "roi_percent"


def category_tiles(question: Question, found: Portfolio, chosen: Choices) -> tuple[Tile, ...]:
    """All together first, then the categories with the highest return first; none where nothing is compared."""
    groups = [group for group in group_order(found.groups, chosen) if group.category]
    narrowed = question.projects is not None or bool(chosen.narrowed)
    scope = ",".join(line.project for line in found.lines) if narrowed else ""
    count = sum(len(group.projects) for group in groups)
    tiles = [_tile(question, "Together" if narrowed else "All projects", found.total, count, scope, found.months)]
    if len(groups) > 1:
        tiles += [_tile(question, CATEGORIES[group.category], group.figures, len(group.projects),
                        ",".join(group.projects), group.months) for group in groups[: MOST - 1]]  # fmt: skip
    return tuple(tiles)


def _tile(
    question: Question, name: str, figures: Headline, count: int, scope: str, months: Sequence[MonthNet]
) -> Tile:  # fmt: skip
    show, roi = question.show, figures.roi_percent
    goal, status, word = _against(roi, goal_of(question.workspace.targets), question)
    points = [point for point in months if point.complete][-TREND:]
    trend = tuple(Point(show.month_short(point.month), float(point.net)) for point in points)
    made = f"{show.money(figures.value)} value, {show.money(figures.investment)} cost,"
    return Tile(
        figure=f"{FIGURE}@{scope}" if scope else FIGURE, label=name,
        description="Value over full cost, less one", value=Shown(show.roi(roi)),
        reason=figures.roi_reason if roi is None else None, partly=figures.roi_reason if roi is not None else None,
        change=goal, no_change="No goal is set",
        goal=Judged(status=status, word=word, words=f"{made} {count} {'project' if count == 1 else 'projects'}"),
        trend=trend if len(trend) > 1 else (), trend_words=f"{name}: net value of the last {len(trend)} months",
    )  # fmt: skip


def _against(roi: Decimal | None, goal: Decimal | None, question: Question) -> tuple[Change | None, Status, str]:
    """How far the return is from the goal, from the figures as they are shown."""
    if roi is None:
        return None, "grey", "Not known"
    if goal is None:
        return None, *(("green", "Above break-even") if roi >= 0 else ("red", "Below break-even"))
    gap = rounded(roi, 0) - rounded(goal, 0)
    text = f"{question.show.plain(abs(gap))} pp"
    words = f"{'above' if gap >= 0 else 'below'} goal of {question.show.percent(goal)}"
    if gap >= 0:
        return Change(arrow="up", tone="good", value=text, words=words), "green", "Goal met"
    status: Status = "yellow" if roi >= 0 else "red"
    return Change(arrow="down", tone="bad", value=text, words=words), status, "Below goal"
