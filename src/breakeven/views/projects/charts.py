"""Charts of all projects: return beside the goal, value against cost, and where shared cost goes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.comparing.pareto import unbeaten
from breakeven.ledger.comparing.pool_lines import PoolLine, pool_lines, pool_sums
from breakeven.ledger.results import Number
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.sharing.pool_report import Allocation, allocation
from breakeven.views.charting.bars import ranked
from breakeven.views.charting.data import Bar, Dot, Key, Level
from breakeven.views.charting.fields import scatter
from breakeven.views.content import Cell, Column, Legend, Link, Panel, Row, Table
from breakeven.views.projects.choices import CATEGORIES
from breakeven.views.projects.lines import Line
from breakeven.views.projects.links import ALLOCATION, project_link
from breakeven.views.projects.rules import rule_words
from breakeven.views.question import Question

MOST = 12
"""Bars of a chart: of more projects, those at both ends."""
NAME = 24
"""Letters of a project's name beside its bar."""
DOTS = 40
"""Projects of the scatter; of more, those that cost most."""
POOLS = 8
KEYS: dict[str, Key] = {
    "customer_service": "productivity", "process_automation": "revenue", "predictive_analytics": "incident",
    "platform": "infra",
}  # fmt: skip
"""Category → its colour."""


def themselves(lines: Sequence[Line]) -> list[Line]:
    """Lines of projects, without what belongs to none."""
    return [line for line in lines if line.line.project not in (UNASSIGNED, UNALLOCATED)]


def short(name: str) -> str:
    """A name that fits beside a bar."""
    return name if len(name) <= NAME else f"{name[: NAME - 1].rstrip()}…"


def roi_panel(question: Question, bars: Sequence[tuple[str, Number | None]], goal: Decimal | None) -> Panel | None:
    """Project → its ROI, the highest first, beside the goal."""
    known = sorted(((name, roi) for name, roi in bars if roi is not None), key=lambda one: one[1], reverse=True)
    shown = known if len(known) <= MOST else [*known[: MOST // 2], *known[-MOST // 2 :]]
    made = [Bar(label=short(question.name_of(name)), value=roi, key=_colour(roi, goal), explain=f"roi_percent@{name}",
                href=project_link(question, name)) for name, roi in shown]  # fmt: skip
    levels = [] if goal is None else [Level(value=goal, words="Goal")]
    plot = ranked(made, unit="%", show=question.show, title="ROI by project", levels=levels, signed=True, width=420,
                  legend=_legend(goal))  # fmt: skip
    if plot is None:
        return None
    said = "" if goal is None else f"Goal {question.show.percent(goal)}"
    ends = f"The {MOST // 2} highest and the {MOST // 2} lowest of {len(known)}" if len(known) > MOST else ""
    return Panel(id="roi", title="ROI by project", sub="; ".join(part for part in (said, ends) if part) or
                 "Value over full cost, less one", width=5, body=plot)  # fmt: skip


def _colour(roi: Number, goal: Decimal | None) -> Key:
    if roi < 0:
        return "cost"
    return "value" if goal is None or roi >= goal else "value-weak"


def _legend(goal: Decimal | None) -> tuple[Legend, ...]:
    if goal is None:
        return ()
    return (Legend(text="Goal met", key="value"), Legend(text="Below goal", key="value-weak"),
            Legend(text="Below break-even", key="cost"))  # fmt: skip


def balance_panel(question: Question, lines: Sequence[Line]) -> Panel | None:
    """Value against full cost, by category; the line joins projects that none beats in both."""
    own = {line.line.project: line for line in themselves(lines)}
    known = {name: (cost, value) for name, line in own.items()
             if (cost := line.line.figures.investment) is not None and cost > 0
             and (value := line.line.figures.value) is not None}  # fmt: skip
    best = unbeaten(known)
    dots = [
        Dot(label=short(own[name].name), x=cost, y=value, best=name in best,
            key=KEYS.get(own[name].line.category, "peer"), group=CATEGORIES[own[name].line.category])
        for name, (cost, value) in sorted(known.items(), key=lambda one: one[1][0], reverse=True)[:DOTS]
    ]  # fmt: skip
    plot = scatter(dots, x_unit="money", y_unit="money", x_title="Full cost", y_title="Value", show=question.show,
                   title="Value against full cost")  # fmt: skip
    if plot is None or len(dots) < 2:
        return None
    of_all = f"; the {DOTS} that cost most of {len(known)}" if len(known) > DOTS else ""
    return Panel(id="balance", title="Value against cost", sub=f"Up and left is better{of_all}", width=7, body=plot)


def pools_brief(question: Question) -> Panel | None:
    """How shared cost is split, in brief; None where there is none."""
    found: Allocation = question.kept(("allocation",), lambda: allocation(question.desk, question.period))
    lines, sums, show = pool_lines(found), pool_sums(found), question.show
    if not lines:
        return None
    rows = [_pool_row(question, line) for line in sorted(lines, key=lambda line: -line.billed)[:POOLS]]
    rows.append(Row(kind="total", cells=(Cell(text="Total shared"), Cell(text=show.money(sums.billed), strong=True),
                                         Cell())))  # fmt: skip
    heads = (Column(label="Shared pool"), Column(label="Cost", numeric=True), Column(label="Split by"))
    more = f" The {POOLS} largest of {len(lines)} pools." if len(lines) > POOLS else ""
    return Panel(
        id="shared", title="How shared cost is split", sub="Every project carries its part", width=12, hourly=True,
        body=Table(columns=heads, rows=tuple(rows), caption="Pools of shared cost"),
        foot=f"{show.money(sums.unallocated)} could be given to none.{more}",
        foot_link=Link(text="Test another rule", href=question.link(ALLOCATION)),
    )  # fmt: skip


def _pool_row(question: Question, line: PoolLine) -> Row:
    rules = ", then ".join(rule_words(rule) for rule in line.rules) or "No rule"
    return Row(cells=(Cell(text=line.pool), Cell(text=question.show.money(line.billed), order=line.billed),
                      Cell(text=rules, sub=line.counts or "")))  # fmt: skip
