"""The business case of a project against what happened: the planned dip, the way out of it, and the forecast."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from breakeven.ledger.cases.business_case import case
from breakeven.ledger.cases.results import Case, CaseMonth, CaseSide
from breakeven.ledger.results import Payback, Status
from breakeven.period import add_months
from breakeven.views.charting.data import Series
from breakeven.views.charting.lines import lines
from breakeven.views.content import Body, Cell, Column, Empty, Fact, Facts, Panel, Row, Table
from breakeven.views.format import UNKNOWN, Shown
from breakeven.views.question import Question

JUDGED: dict[str, Status] = {"ahead of plan": "green", "as planned": "green", "behind plan": "red"}


def case_panel(mine: Question, project: str) -> Panel | None:
    """Plan and actual, cumulative; None for a project that is not declared."""
    if project not in mine.workspace.projects:
        return None
    found: Case = mine.kept(("case",), lambda: case(mine.desk, project))
    title, sub = "Business case", "Cumulative net value: planned and what happened"
    if not found.months:
        return Panel(id="case", title=title, sub=sub, hourly=True, width=7, body=Empty(
            title="No plan to compare with", text=f"{found.words[:1].upper()}{found.words[1:]}."))  # fmt: skip
    body: list[Body] = []
    plot = lines(_series(found), unit="money", show=mine.show, title=f"{title}, cumulative net value")
    if plot is not None:
        body.append(plot)
    body += [_sides(mine, found), Facts(facts=_facts(mine, found))]
    word = found.status.capitalize()
    return Panel(id="case", title=title, sub=sub, body=tuple(body), hourly=True, width=7,
                 chip=(JUDGED.get(found.status, "grey"), word),
                 foot=f"{found.words[:1].upper()}{found.words[1:]}.")  # fmt: skip


Points = list[tuple[date, Decimal | None]]


def _end(month: CaseMonth) -> date:
    return add_months(month.month, 1) - timedelta(days=1)


def _series(found: Case) -> list[Series]:
    plan: Points = [(_end(one), one.plan_cumulative) for one in found.months]
    actual: Points = [(_end(one), one.actual_cumulative) for one in found.months if one.phase == "over"]
    ahead: Points = [(_end(one), one.forecast_cumulative) for one in found.months if one.phase != "over"]
    made = [Series(label="Plan", points=plan, key="muted", style="dash"), Series(label="Actual", points=actual)]
    if actual and ahead and actual[-1][1] is not None:
        ahead.insert(0, actual[-1])
    return [*made, Series(label="Forecast", points=ahead, key="value-weak", style="dots")] if ahead else made


def _sides(mine: Question, found: Case) -> Table:
    columns = (Column(label="Side"), Column(label="Planned so far", numeric=True), Column(label="Actual", numeric=True),
               Column(label="Difference", numeric=True), Column(label="Planned in all", numeric=True),
               Column(label="Forecast in all", numeric=True))  # fmt: skip
    sides = (("Benefit", found.benefit, 1), ("Cost", found.cost, -1))
    rows = tuple(_side_row(mine, name, side, way) for name, side, way in sides if side is not None)
    return Table(columns=columns, rows=rows, caption="Planned and actual benefit and cost")


def _side_row(mine: Question, name: str, side: CaseSide, way: int) -> Row:
    show, gap = mine.show, side.variance
    tone = None if gap is None else "good" if gap * way >= 0 else "bad"
    return Row(cells=(
        Cell(text=name, sub=side.reason or ""), Cell(text=show.money(side.planned_to_date)),
        Cell(text=show.money(side.actual_to_date), strong=True),
        Cell(text=UNKNOWN if gap is None else show.money(gap, signed=True), tone=tone),  # type: ignore[arg-type]
        Cell(text=show.money(side.planned)), Cell(text=show.money(side.at_completion)),
    ))  # fmt: skip


def _facts(mine: Question, found: Case) -> tuple[Fact, ...]:
    show = mine.show
    approved = "Not approved: as projects.yaml says today"
    if found.approved_by and found.approved_at:
        approved = f"Version {found.version}, by {found.approved_by} on {show.day(found.approved_at)}"
    facts = [
        Fact(label="Plan", value=Shown(approved)),
        Fact(label="ROI planned, forecast", value=Shown(
            f"{show.roi(found.planned_roi_percent)}, {show.roi(found.forecast_roi_percent)}")),
        Fact(label="Payback planned", value=Shown(_payback(mine, found.planned_payback))),
        Fact(label="Payback forecast", value=Shown(_payback(mine, found.forecast_payback))),
    ]  # fmt: skip
    facts += [Fact(label="Changed since", value=Shown(words)) for words in found.changes]
    return tuple(facts)


def _payback(mine: Question, found: Payback | None) -> str:
    if found is None:
        return UNKNOWN
    if found.reached_on is None or found.months is None:
        return "Not yet within the plan" if (found.reason or "").startswith("not within") else "None needed"
    return f"{mine.show.plain(found.months, 1)} months, {mine.show.month(found.reached_on)}"
