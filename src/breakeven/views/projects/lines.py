"""The comparison table: one row a project, grouped by category with sums that add up, in the order asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.comparing.figures import Headline
from breakeven.ledger.comparing.portfolio import Group, Portfolio, ProjectLine
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.views.comparison import Change
from breakeven.views.content import Cell, Column, Link, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.projects.choices import CATEGORIES, MOST, STAGES, Choices, link
from breakeven.views.projects.judging import ORDER, Verdict
from breakeven.views.projects.links import project_link
from breakeven.views.question import Question
from breakeven.views.standing import Evidence
from breakeven.views.tiles import Point

WIDTH = 11
"""Columns of the table by category; one list has the category too."""
TREND = 12
"""Complete months of the small trend."""
NOBODY = "Cost of no project"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the table shows it."""

    line: ProjectLine
    name: str
    owner: str
    stage: str
    since: date | None
    verdict: Verdict
    change: Change | None
    moved: Decimal | None
    """The change of its return, in percentage points."""
    evidence: Evidence | None


def known_name(question: Question, project: str) -> str:
    """What a line is called."""
    return NOBODY if project == UNALLOCATED else question.name_of(project)


def _nobody(project: str) -> bool:
    return project in (UNASSIGNED, UNALLOCATED)


# --- order


def ordered(lines: Sequence[Line], chosen: Choices) -> list[Line]:
    """The lines in the order asked for; what is unknown comes last, equals by name."""
    key = KEYS[chosen.sort]
    known = sorted((line for line in lines if key(line) is not None), key=lambda line: line.name.casefold())
    known.sort(key=lambda line: key(line), reverse=chosen.descending)
    return [*known, *(line for line in lines if key(line) is None)]


KEYS: Mapping[str, Callable[[Line], Any]] = {
    "name": lambda one: one.name.casefold(),
    "status": lambda one: ORDER[one.verdict.status],
    "category": lambda one: CATEGORIES[one.line.category],
    "owner": lambda one: one.owner.casefold() or None,
    "stage": lambda one: one.stage or None,
    "since": lambda one: one.since,
    "value": lambda one: one.line.figures.value,
    "cost": lambda one: one.line.figures.investment,
    "net": lambda one: one.line.figures.net_value,
    "roi": lambda one: one.line.figures.roi_percent,
    "change": lambda one: one.moved,
    "payback": lambda one: one.line.payback.months,
    "evidence": lambda one: one.evidence.measured if one.evidence is not None else None,
}


# --- the table


def table(question: Question, found: Portfolio, lines: Sequence[Line], chosen: Choices, *, grouped: bool) -> Table:
    """The lines under their heads, with sums."""
    columns = _columns(question, chosen, grouped=grouped)
    room = len(lines) if chosen.all else MOST
    rows = _grouped(question, found, lines, chosen, room) if grouped else [
        _row(question, line, grouped=False) for line in ordered(lines, chosen)[:room]]  # fmt: skip
    shown = min(room, len(lines))
    if len(lines) > 1:
        rows.append(_sum_row(question, "Together", found.total, "total", len(columns), sub=_total_words(lines)))
    more = None
    if len(lines) > shown:
        more = Link(text=f"Show all {len(lines)} projects", href=link(question, chosen, all="1"))
    return Table(columns=tuple(columns), rows=tuple(rows), more=more, empty=_empty(chosen),
                 caption="Projects with their return, value, cost, payback and evidence")  # fmt: skip


def _total_words(lines: Sequence[Line]) -> str:
    count = sum(not _nobody(line.line.project) for line in lines)
    named = f"{count} {'project' if count == 1 else 'projects'}"
    return named if count == len(lines) else f"{named} and the rest"


def _empty(chosen: Choices) -> str:
    if chosen.narrowed:
        return f"No project matches {', '.join(chosen.narrowed)}: change the search, or show all projects."
    return "No project is declared, and no record names one: add projects to projects.yaml, or send records."


def _columns(question: Question, chosen: Choices, *, grouped: bool) -> list[Column]:
    heads = [("Project", "name", False), ("Status", "status", False), ("ROI", "roi", True), ("Change", "change", True),
             ("Net value", "net", True), ("Value", "value", True), ("Cost", "cost", True), ("Payback", "payback", True),
             ("Trend", "", False), ("Evidence", "evidence", False), ("Owner", "owner", False)]  # fmt: skip
    if not grouped:
        heads.insert(1, ("Category", "category", False))
    return [_column(question, chosen, *head) for head in heads]


def _column(question: Question, chosen: Choices, label: str, key: str, numeric: bool) -> Column:
    if not key:
        return Column(label=label, help="Net value of each complete month")
    current = chosen.sort == key
    plain = msgspec.structs.replace(chosen, sort=key, order="")
    turned = ("asc" if plain.descending else "desc") if current and not chosen.order else ""
    return Column(
        label=label, numeric=numeric, href=link(question, chosen, sort=key, order=turned), help=HELP.get(key, ""),
        sorted=("descending" if chosen.descending else "ascending") if current else None,
    )  # fmt: skip


HELP: Mapping[str, str] = {
    "change": "Change of ROI against the period of comparison, in percentage points",
    "cost": "Full cost: its own, and its part of shared pools",
    "payback": "Time until cumulative value exceeded cumulative cost", "evidence": "What the value rests on",
}  # fmt: skip


def _grouped(question: Question, found: Portfolio, lines: Sequence[Line], chosen: Choices, room: int) -> list[Row]:
    of: dict[str, list[Line]] = {}
    for line in lines:
        of.setdefault(line.line.category, []).append(line)
    rows: list[Row] = []
    width = WIDTH
    for group in group_order(found.groups, chosen):
        mine = ordered(of.get(group.category, ()), chosen)
        count = f"{len(mine)} {'project' if len(mine) == 1 else 'projects'}" if group.category else ""
        rows.append(_sum_row(question, CATEGORIES[group.category], group.figures, "group", width, sub=count,
                             category=group.category))  # fmt: skip
        rows += [_row(question, line, grouped=True) for line in mine[:room]]
        room = max(0, room - len(mine))
    return rows


def group_order(groups: Sequence[Group], chosen: Choices) -> list[Group]:
    """Categories by the figure that the projects are ordered by, where it is money or return; else as declared."""
    names = {"value": "value", "cost": "investment", "net": "net_value", "roi": "roi_percent"}
    name = names.get(chosen.sort)
    declared = [group for group in groups if group.category]
    if name is not None:
        known = [group for group in declared if getattr(group.figures, name) is not None]
        known.sort(key=lambda group: getattr(group.figures, name), reverse=chosen.descending)
        declared = [*known, *(group for group in declared if group not in known)]
    return [*declared, *(group for group in groups if not group.category)]


# --- rows


def _row(question: Question, one: Line, *, grouped: bool) -> Row:
    show, line = question.show, one.line
    project, figures, nobody = line.project, line.figures, line.project == UNALLOCATED
    cells = [
        Cell(text=one.name, href="" if nobody else project_link(question, project),
             sub=_beneath(question, one)),
        Cell(text=one.verdict.word, status=one.verdict.status),
        _figure(show.roi(figures.roi_percent), "roi_percent", figures.roi_percent, project, strong=True),
        _change(one),
        _figure(show.money(figures.net_value), "net_value", figures.net_value, project),
        _figure(show.money(figures.value), "total_monthly_value", figures.value, project),
        _figure(show.money(figures.investment), "investment", figures.investment, project,
                sub=f"{show.money(figures.shared)} shared" if figures.shared else ""),
        _payback(question, line),
        _trend(question, one),
        Cell(evidence=one.evidence) if one.evidence else Cell(text=UNKNOWN),
        Cell(text=one.owner or UNKNOWN),
    ]  # fmt: skip
    if not grouped:
        cells.insert(1, Cell(text=CATEGORIES[line.category]))
    return Row(cells=tuple(cells))


def _beneath(question: Question, one: Line) -> str:
    """Stage and since when; of money without a project, what it is."""
    if one.line.project in (UNASSIGNED, UNALLOCATED):
        return "No declared project" if one.line.project == UNASSIGNED else "Pools not split"
    since = f"since {question.show.month_short(one.since)}" if one.since else ""
    return " ".join(part for part in (STAGES.get(one.stage, "Not declared"), since) if part)


def _figure(
    text: str, figure: str, value: Decimal | None, project: str, *, strong: bool = False, sub: str = ""
) -> Cell:  # fmt: skip
    """An amount that opens its explanation; one that is not known, or of no project, opens nothing."""
    opens = "" if value is None or project == UNALLOCATED else f"{figure}@{project}"
    return Cell(text=text, explain=opens, order=value, strong=strong, sub=sub)


def _change(one: Line) -> Cell:
    if one.change is None:
        return Cell(text=UNKNOWN)
    sign = {"up": "+", "down": "−", "flat": ""}[one.change.arrow]
    return Cell(text=f"{sign}{one.change.value}", tone=one.change.tone, order=one.moved)


def _payback(question: Question, line: ProjectLine) -> Cell:
    months = line.payback.months
    if months is not None:
        return Cell(text=f"{question.show.plain(months, 1)} mo", order=months)
    if not line.months or line.figures.investment is None:
        return Cell(text=UNKNOWN)
    below = line.months[-1].cumulative < 0
    return Cell(text="Not yet" if below else "At once")


def _trend(question: Question, one: Line) -> Cell:
    points = [point for point in one.line.months if point.complete][-TREND:]
    if len(points) < 2:
        return Cell(text=UNKNOWN)
    show = question.show
    first, last = points[0], points[-1]
    words = (f"Net value by month: {show.money(first.net)} in {show.month_short(first.month)}, {show.money(last.net)}"
             f" in {show.month_short(last.month)}")  # fmt: skip
    return Cell(trend=tuple(Point(show.month_short(point.month), float(point.net)) for point in points),
                trend_words=words)  # fmt: skip


def _sum_row(
    question: Question, name: str, figures: Headline, kind: Any, width: int, *, sub: str = "", category: str = "",
) -> Row:  # fmt: skip
    show = question.show
    href = question.link("/projects", project=(), category=category) if category else ""
    cells = [Cell(text=name, sub=sub, href=href), *(Cell() for _ in range(width - WIDTH)), Cell(),
             Cell(text=show.roi(figures.roi_percent), strong=True), Cell(),
             Cell(text=show.money(figures.net_value), strong=True), Cell(text=show.money(figures.value), strong=True),
             Cell(text=show.money(figures.investment), strong=True,
                  sub=f"{show.money(figures.shared)} shared" if figures.shared else "")]  # fmt: skip
    return Row(cells=(*cells, *(Cell() for _ in range(width - len(cells)))), kind=kind)
