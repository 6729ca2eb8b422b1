"""Fair comparison: every project by its own first months since launch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from breakeven.ledger.comparing.ranks import ranks
from breakeven.ledger.comparing.same_age import Aged, SameAge, compared
from breakeven.period import add_months
from breakeven.views.content import Cell, Column, Item, Items, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.projects.choices import Choices, scope_of
from breakeven.views.projects.lines import Line
from breakeven.views.projects.links import project_link
from breakeven.views.question import Question
from breakeven.views.tiles import Point

TITLE = "Projects at the same age"
LEAST = Decimal("-Infinity")
"""Stands for a return that is not known, behind all that are."""


def same_age(question: Question, chosen: Choices) -> SameAge:
    """The projects of the page at the same age; past months change rarely, so it is asked once a minute."""
    scope = scope_of(question.desk, chosen, question.projects)
    found: SameAge = question.kept(("same age", scope, chosen.age), lambda: compared(question.desk, scope, chosen.age))
    return found


def fair_finding(question: Question, found: SameAge) -> str:
    """Who leads at the same age, and who had lost money by then."""
    known = [line for line in found.lines if line.figures.net_value is not None]
    if found.months is None:
        return "No project has a complete month since its launch yet, so none can be compared."
    age = "their first month" if found.months == 1 else f"their first {found.months} months"
    if not known:
        return f"No project's net value is known for {age}."
    best = max(known, key=lambda line: LEAST if line.figures.roi_percent is None else line.figures.roi_percent)
    said = (f"In {age}, {question.name_of(best.project)} returned the most on its cost,"
            f" {question.show.roi(best.figures.roi_percent)}")  # fmt: skip
    worst = min(known, key=lambda line: line.figures.net_value or 0)
    net = worst.figures.net_value or 0
    return f"{said}; {question.name_of(worst.project)} lost {question.show.money(-net)}." if net < 0 else f"{said}."


def rules(question: Question, found: SameAge) -> str:
    """Which rules are in force, so that nobody has to guess."""
    if found.months is None:
        return ""
    why = "as chosen" if found.chosen else f"the age of {question.name_of(found.youngest or '')}, the youngest"
    months = "1 complete month" if found.months == 1 else f"{found.months} complete months"
    return (f"Same age: {months} since launch ({why}). Same evidence: {found.rule.removeprefix('counted: ')}."
            " Same cost: everything, shared pools included.")  # fmt: skip


def fair_panels(question: Question, found: SameAge, lines: Sequence[Line]) -> tuple[Panel, ...]:
    """The table, and who is not in it."""
    panels = [Panel(id="same-age", title=TITLE, sub="The months of statements, each since its launch", hourly=True,
                    body=_table(question, found, {line.line.project: line for line in lines}))]  # fmt: skip
    if found.left_out:
        items = tuple(Item(lead=question.name_of(one.project), rest=f"{one.reason[:1].upper()}{one.reason[1:]}.")
                      for one in found.left_out)  # fmt: skip
        panels.append(Panel(id="too-young", title="Not compared", hourly=True, width=12,
                            sub="Too young for this age, or without records",
                            body=Items(items=items, empty="Every project is compared.")))  # fmt: skip
    return tuple(panels)


def _table(question: Question, found: SameAge, lines: Mapping[str, Line]) -> Table:
    columns = (
        Column(label="Project", sort=True), Column(label="Rank", numeric=True, sort=True),
        Column(label="Months compared", sort=True), Column(label="ROI", numeric=True, sort=True, sorted="descending"),
        Column(label="Net value", numeric=True, sort=True), Column(label="Value", numeric=True, sort=True),
        Column(label="Own cost", numeric=True, sort=True), Column(label="Shared cost", numeric=True, sort=True),
        Column(label="Net value by month"),
        Column(label="Rank in the period", numeric=True, sort=True, help="By ROI in the period of the page"),
    )  # fmt: skip
    here = ranks({line.project: line.figures.roi_percent for line in found.lines})
    known = {line.project for line in found.lines}
    there = ranks({name: line.line.figures.roi_percent for name, line in lines.items() if name in known})
    best = sorted(found.lines, key=lambda line: (here.get(line.project, len(here) + 1), line.project))
    rows = tuple(_row(question, line, here.get(line.project), there.get(line.project)) for line in best)
    return Table(columns=columns, rows=rows, caption="Projects by the return of their first months",
                 empty="No project has that many complete months since its launch: choose fewer.")  # fmt: skip


def _row(question: Question, line: Aged, rank: int | None, before: int | None) -> Row:
    show, figures = question.show, line.figures
    stretch = f":{line.since:%Y-%m}..{add_months(line.until, -1):%Y-%m}@{line.project}"
    span = f"{show.month_short(line.since)} to {show.month_short(add_months(line.until, -1))}"
    earlier = f"{show.money(line.earlier_cost)} spent before is not in it" if line.earlier_cost else ""
    points = tuple(Point(show.month_short(point.month), float(point.net)) for point in line.months)
    return Row(cells=(
        Cell(text=question.name_of(line.project), href=project_link(question, line.project)),
        Cell(text=UNKNOWN if rank is None else str(rank), order=rank),
        Cell(text=span, sub=earlier, order=line.since.isoformat()),
        Cell(text=show.roi(figures.roi_percent), strong=True, order=figures.roi_percent,
             explain=f"roi_percent{stretch}" if figures.roi_percent is not None else "",
             help=(figures.roi_reason or "") if figures.roi_percent is None else ""),
        Cell(text=show.money(figures.net_value), order=figures.net_value,
             explain=f"net_value{stretch}" if figures.net_value is not None else ""),
        Cell(text=show.money(figures.value), order=figures.value,
             explain=f"total_monthly_value{stretch}" if figures.value is not None else ""),
        Cell(text=show.money(figures.direct), order=figures.direct),
        Cell(text=show.money(figures.shared), order=figures.shared),
        Cell(trend=points, trend_words=f"Net value of {len(points)} months") if len(points) > 1 else Cell(text=UNKNOWN),
        Cell(text=UNKNOWN if before is None else str(before), order=before),
    ))  # fmt: skip
