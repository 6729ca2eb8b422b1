"""The page of the board: one finding, four key figures, the way to break-even, what people say about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from breakeven.ledger.results import MonthPoint, Statement
from breakeven.period import Period, add_months
from breakeven.views.comparison import Change, change
from breakeven.views.format import Shown, clock, day, decimal_of, money, month
from breakeven.views.gather import SIDE, Gathered
from breakeven.views.headline import exception, finding, title
from breakeven.views.notes import NotePanel, panels
from breakeven.views.sources import Sources, sources
from breakeven.views.standing import Count, Evidence, counts, evidence, standings
from breakeven.views.tiles import ADDED_UP, Judged, Tile, judged, shown, tile
from breakeven.views.trend import Trend, covered, trend
from breakeven.workspace.definitions import FigureRef, Workspace

AUDIENCE = "board"
DEFAULT = ("roi_ytd", "hours_saved", "models_in_production", "incidents_avoided")
"""Key figures where the workspace names none for the board."""
TILES = 4
NOT_YET = "Not yet"


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One figure beside the trend."""

    figure: str
    label: str
    value: Shown
    goal: Judged | None
    change: Change | None
    reason: str | None


class BoardView(msgspec.Struct, frozen=True, kw_only=True):
    """What the board's page says, without any HTML."""

    company: str
    currency: str
    period: str
    """As it is written in an address: ytd, 2026-Q3…"""
    title: str
    """The period in words."""
    finding: str
    exception: str
    open_note: str | None
    """That the last month is not over."""
    tiles: tuple[Tile, ...]
    trend: Trend
    covered: str
    """What the trend includes."""
    side: tuple[Side, ...]
    panels: tuple[NotePanel, ...]
    projects: tuple[Count, ...]
    evidence: Evidence | None
    sources: Sources
    until: date
    made: str
    """Time of the answers."""
    data_version: int
    methodology: str


def figures_of(workspace: Workspace, period: Period) -> tuple[FigureRef, ...]:
    """The board's key figures; more than four do not fit its row.

    A figure that adds up since the start of the year says nothing about another period: what it adds up stands there.
    """
    found = workspace.key_figures.get(AUDIENCE) or tuple(FigureRef(figure=name) for name in DEFAULT)
    if period.name != "ytd":
        found = tuple(FigureRef(figure=ADDED_UP[ref.figure]) if ref.figure in ADDED_UP else ref for ref in found)
    return tuple(found[:TILES])


def board_view(found: Gathered) -> BoardView:
    """The page out of the ledger's answers."""
    workspace, statement, calendar = found.workspace, found.statement, found.workspace.calendar
    currency = workspace.currency
    months = [found.period.start]
    while add_months(months[-1], 1) < found.period.end:
        months.append(add_months(months[-1], 1))
    standing = standings(found.net_by_project, found.roi_by_project, workspace.projects, months, calendar, found.now)
    way = trend(statement, list(workspace.projects.values()), found.notes, calendar, found.now)
    names = {project.id: project.name for project in workspace.projects.values()}
    return BoardView(
        company=workspace.name, currency=currency, period=found.period.name, title=title(found.period),
        finding=finding(statement, found.period), exception=exception(statement, standing),
        open_note=_open_note(statement, found.until),
        tiles=tuple(tile(ref, found.catalogue, found.answers, statement.targets, currency)
                    for ref in figures_of(workspace, found.period)),
        trend=way, covered=covered(way), side=tuple(_side(ref, found) for ref in SIDE),
        panels=panels(found.notes, names, found.until, calendar),
        projects=counts(standing), evidence=evidence(found.entries), sources=sources(found.fresh), until=found.until,
        made=f"{day(found.now)} {clock(found.now)}", data_version=statement.data_version,
        methodology=statement.methodology,
    )  # fmt: skip


def _open_note(statement: Statement, until: date) -> str | None:
    if statement.open_month is None:
        return None
    name = f"{date.fromisoformat(f'{statement.open_month}-01'):%B}"
    return f"{name} is still open, counted to {day(until)}"


def _side(ref: FigureRef, found: Gathered) -> Side:
    one = found.catalogue[ref.figure]
    value, reason = found.answers.value.get(one.name, (None, None))
    currency = found.workspace.currency
    target = next((target for target in found.statement.targets if target.metric == one.name), None)
    text = shown(value, one, currency)
    if one.name == "payback_months" and value is None and found.statement.cumulative:
        text = Shown(NOT_YET) if found.statement.cumulative[-1].cumulative < 0 else Shown("None needed")
    return Side(
        figure=one.name, label=ref.label or one.label, value=text,
        goal=None if target is None or target.value is None else judged(target, one, currency),
        change=_month_change(found) if one.name == "run_rate" else None,
        reason=_reason(reason, found.statement, one.name) if value is None else None,
    )  # fmt: skip


def _reason(reason: str | None, statement: Statement, name: str) -> str | None:
    """Why a figure is unknown, in the words of the page."""
    if name == "payback_months" and statement.cumulative and statement.cumulative[-1].cumulative < 0:
        return f"{money(-statement.cumulative[-1].cumulative, statement.currency)} still missing"
    if name == "payback_months" and statement.cumulative:
        return "Never below break-even"
    return reason


def _month_change(found: Gathered) -> Change | None:
    """The last complete month against the one before it."""
    whole = _complete(found.statement.cumulative)
    if len(whole) < 2:
        return None
    before, last = whole[-2:]
    return change(
        decimal_of(last.net), decimal_of(before.net), unit="money", digits=2, direction="up",
        currency=found.workspace.currency, words=f"{last.month:%B} against {before.month:%B}",
    )  # fmt: skip


def _complete(points: Sequence[MonthPoint]) -> list[MonthPoint]:
    return [point for point in points if point.complete]


def period_choices(view_until: date) -> list[tuple[str, str]]:
    """Periods that the filter offers, as (address, words)."""
    month_name = add_months(view_until.replace(day=1), -1)
    return [("ytd", "Year to date"), ("last-12-months", "Last 12 months"), ("last-quarter", "Last quarter"),
            ("last-month", f"{month(month_name)}"), ("all", "All time")]  # fmt: skip
