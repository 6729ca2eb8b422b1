"""Return by project: value, own and shared cost, what is left, with evidence and standing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from breakeven.ledger.comparing.figures import Headline
from breakeven.ledger.comparing.portfolio import Portfolio, ProjectLine, portfolio, together
from breakeven.ledger.results import Payback
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.views.adding import adding
from breakeven.views.content import Cell, Column, Empty, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN, Display, Shown
from breakeven.views.panels.portfolio import proof_of
from breakeven.views.projects.gathered import evidence_of
from breakeven.views.projects.judging import ORDER, standing
from breakeven.views.projects.lines import known_name
from breakeven.views.projects.links import ALL, project_link
from breakeven.views.question import Question
from breakeven.views.standing import Evidence

MOST = 20
"""Projects in the table; the others together are one row."""
MONEY = ("value", "direct", "shared", "net_value")
Displays = Mapping[str, Display]


def returns_panel(question: Question) -> Panel:
    """The table, the best first, with a row for all projects that adds up."""
    found = portfolio(question.desk, question.period, question.projects)
    lines = sorted((line for line in found.lines if _known(line)), key=_best)
    title = "Return by project"
    if not lines:
        return Panel(
            id="returns-by-project",
            title=title,
            body=Empty(
                title="No project has cost or value yet",
                text="Each project's value, cost, return and payback stand here.",
                link=Link(text="All projects", href=question.link(ALL)),
            ),
        )
    return Panel(
        id="returns-by-project",
        title=title,
        body=_table(question, found, lines),
        sub="Cost includes allocated shared cost. Select a number to see its formula and evidence.",
        action=Link(text="Compare projects", href=question.link(ALL)),
    )


def _known(line: ProjectLine) -> bool:
    figures = line.figures
    return any((figures.value, figures.direct, figures.shared, figures.investment))


def _best(line: ProjectLine) -> tuple[bool, Decimal]:
    net = line.figures.net_value
    return net is None, -(net or Decimal(0))


def _table(question: Question, found: Portfolio, lines: Sequence[ProjectLine]) -> Table:
    rest = lines[MOST:] if len(lines) > MOST + 1 else ()
    shown = lines[: len(lines) - len(rest)]
    others = together(question.desk, question.period, [line.project for line in rest]) if rest else None
    added = [line.figures for line in shown] + ([others] if others is not None else [])
    shows = {
        name: adding(question.show, ([getattr(one, name) for one in added], getattr(found.total, name)))
        for name in MONEY
    }
    proof, months = evidence_of(question.entries), [m for m in question.period.months() if m <= question.until]
    rows = [_row(question, line, shows, proof.get(line.project), months) for line in shown]
    if others is not None:
        rows.append(
            Row(
                kind="sub",
                cells=(
                    Cell(text=f"{len(rest)} other projects", href=question.link(ALL)),
                    *_amounts(others, shows, ""),
                    Cell(),
                    Cell(),
                    Cell(),
                ),
            )
        )
    if len(lines) > 1:
        rows.append(_total(question, found.total, shows))
    heads = (
        ("Value", True),
        ("Direct cost", True),
        ("Shared cost", True),
        ("Net value", True),
        ("ROI", True),
        ("Payback", True),
        ("Evidence", False),
        ("Status", False),
    )
    return Table(
        columns=(
            Column(label="Project", sort=True),
            *(
                Column(label=label, numeric=numeric, sort=True, sorted="descending" if label == "Net value" else None)
                for label, numeric in heads
            ),
        ),
        rows=tuple(rows),
        caption="Value, cost, net value, return, payback and evidence of each project",
        more=Link(text=f"See all {len(lines)} projects", href=question.link(ALL)) if rest else None,
    )


def _row(question: Question, line: ProjectLine, shows: Displays, proof: Evidence | None, months: Sequence[date]) -> Row:
    verdict = standing(question, line.project, line.figures, months)
    nobody = line.project == UNALLOCATED
    return Row(
        cells=(
            Cell(text=known_name(question, line.project), href="" if nobody else project_link(question, line.project)),
            *_amounts(line.figures, shows, "" if nobody else line.project, named=not nobody),
            _payback(question, line.payback),
            Cell(evidence=proof, order=proof.measured) if proof is not None else Cell(text=UNKNOWN),
            Cell(text=verdict.word, status=verdict.status, order=ORDER[verdict.status]),
        )
    )


def _amounts(figures: Headline, shows: Displays, project: str, *, named: bool = False) -> tuple[Cell, ...]:
    """Value, direct and shared cost, net value and return."""
    place = f"@{project}" if project else ""

    def cell(name: str, figure: str, *, strong: bool = False) -> Cell:
        amount: Decimal | None = getattr(figures, name)
        opens = f"{figure}{place}" if named and figure and amount is not None else ""
        return Cell(text=shows[name].money(amount), order=amount, strong=strong, explain=opens)

    return (
        cell("value", "total_monthly_value"),
        cell("direct", ""),
        cell("shared", "cost_allocated"),
        cell("net_value", "net_value", strong=True),
        Cell(
            text=shows["value"].roi(figures.roi_percent),
            order=figures.roi_percent,
            help=figures.roi_reason or "" if figures.roi_percent is None else "",
            explain=f"roi_percent{place}" if named and figures.roi_percent is not None else "",
        ),
    )


def _payback(question: Question, found: Payback) -> Cell:
    if found.months is not None:
        return Cell(text=question.show.plain(found.months, 1), unit="mo", order=found.months)
    return Cell(text=payback_words(found).text, help=found.reason or "")


def payback_words(found: Payback) -> Shown:
    """A payback that has no number, in words."""
    reason = found.reason or ""
    if reason.startswith("not within"):
        return Shown("Not yet")
    return Shown("None needed") if reason.startswith("no payback needed") else Shown(UNKNOWN)


def _total(question: Question, total: Headline, shows: Displays) -> Row:
    whole = question.statement.payback or Payback(months=None, reached_on=None, reason=None)
    proof = proof_of(question)
    return Row(
        kind="total",
        cells=(
            Cell(text="All projects"),
            *_amounts(total, shows, "", named=True),
            _payback(question, whole),
            Cell(evidence=proof) if proof is not None else Cell(text=UNKNOWN),
            Cell(),
        ),
    )
