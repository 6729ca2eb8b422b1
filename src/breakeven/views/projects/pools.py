"""Shared cost on a page: every pool with its rule, its parts to the cent, and the weights that prove them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.ledger.comparing.pool_lines import PoolLine, PoolPart, PoolSums
from breakeven.views.content import Cell, Column, Empty, Link, Meter, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.projects.links import project_link
from breakeven.views.question import Question
from breakeven.views.records_links import records_link

NOBODY = "Unallocated"
EVENLY = {"even": "equal parts"}
"""Rules that are called otherwise within a sentence."""
SHOWN = 12
"""Pools that have a panel of their own."""
MOST = 60
"""Parts of a pool that its table names."""


def pools_panel(question: Question, lines: Sequence[PoolLine], sums: PoolSums, notes: Sequence[str]) -> Panel:
    """All pools of the period: what was billed, by which rule it was split, and what nobody could be given."""
    sub = "What was billed, and where it went"
    if not lines:
        return Panel(id="pools", title="Pools of shared cost", sub=sub, hourly=True, body=Empty(
            title="No shared cost in this period", text=(
                "Cost records that name a pool stand here, split among projects by the rule that allocation.yaml"
                " declares: even, by interactions, tokens, cost, active users, headcount or weights.")))  # fmt: skip
    show = question.show
    rows = [_pool_row(question, line) for line in lines]
    total = (Cell(text="All pools"), Cell(), Cell(text=show.full_money(sums.billed), strong=True), Cell(),
             Cell(text=show.full_money(sums.to_projects), strong=True), Cell(),
             Cell(text=show.full_money(sums.unallocated), strong=True))  # fmt: skip
    columns = (Column(label="Pool", sort=True), Column(label="Rule in force"),
               Column(label="On its bills", numeric=True, sort=True), Column(label="From other pools", numeric=True),
               Column(label="To projects", numeric=True, sort=True), Column(label="To pools", numeric=True),
               Column(label=NOBODY, numeric=True, sort=True))  # fmt: skip
    foot = " ".join(("Bills of all pools = given to projects + unallocated, to the cent.", brief(notes)))
    return Panel(id="pools", title="Pools of shared cost", sub=sub, foot=foot, hourly=True,
                 body=Table(columns=columns, rows=(*rows, Row(cells=total, kind="total")),
                            caption="Pools of shared cost"))  # fmt: skip


def _pool_row(question: Question, line: PoolLine) -> Row:
    show = question.show
    return Row(cells=(
        Cell(text=line.pool, href=records_link(question, "cost", pool=line.pool)),
        Cell(text=", ".join(_words(rule) for rule in line.rules) or "No rule", sub=_counted(line)),
        Cell(text=show.full_money(line.billed), order=line.billed),
        Cell(text=show.full_money(line.received) if line.received else UNKNOWN, order=line.received),
        Cell(text=show.full_money(line.to_projects), order=line.to_projects),
        Cell(text=show.full_money(line.to_pools) if line.to_pools else UNKNOWN, order=line.to_pools),
        Cell(text=show.full_money(line.unallocated), order=line.unallocated,
             sub=(line.reason or "") if line.unallocated else ""),
    ))  # fmt: skip


def brief(notes: Sequence[str]) -> str:
    """The first of some notes, and how many more there are like it."""
    if not notes:
        return ""
    return f"{notes[0]}{f', and {len(notes) - 1} more months alike' if len(notes) > 1 else ''}."


def _counted(line: PoolLine) -> str:
    """What the rule counts, where its name does not say it."""
    if line.counts is None:
        return "no rule is in force"
    return "" if any(_words(rule).casefold() == line.counts.casefold() for rule in line.rules) else line.counts


def _words(rule: str) -> str:
    return rule.replace("_", " ").capitalize()


def pool_panels(question: Question, lines: Sequence[PoolLine]) -> tuple[Panel, ...]:
    """Each pool with its parts: they add up to the pool to the cent, and the weights say why."""
    return tuple(_pool_panel(question, place, line) for place, line in enumerate(lines[:SHOWN]))


def _pool_panel(question: Question, place: int, line: PoolLine) -> Panel:
    show = question.show
    columns = (Column(label="Receiver", sort=True),
               Column(label="Weight", numeric=True, sort=True, help=f"In {show.month(line.month)}"),
               Column(label="Share", numeric=True, sort=True), Column(label="", wide=True),
               Column(label="Amount", numeric=True, sort=True))  # fmt: skip
    rows = [_part_row(question, part) for part in line.parts[:MOST]]
    total = (Cell(text=f"{line.pool}, together"), Cell(), Cell(text=show.percent(100)), Cell(),
             Cell(text=show.full_money(line.total), strong=True))  # fmt: skip
    rule = ", then ".join(EVENLY.get(rule, _words(rule).lower()) for rule in line.rules) or "no rule"
    more = f" The {MOST} largest of {len(line.parts)} parts." if len(line.parts) > MOST else ""
    return Panel(
        id=f"pool-{place + 1}", title=line.pool, sub=f"Split by {rule}", width=6, hourly=True,
        body=Table(columns=columns, rows=(*rows, Row(cells=total, kind="total")), caption=f"Parts of {line.pool}"),
        foot=f"Weights of {show.month(line.month)}: {line.counts or 'none'}." + more,
        foot_link=Link(text="Bills", href=records_link(question, "cost", pool=line.pool)),
    )  # fmt: skip


def _digits(weight: Decimal | None) -> int:
    """Digits after the point that a weight has, so that it is shown as it counts."""
    exponent = 0 if weight is None else weight.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _part_row(question: Question, part: PoolPart) -> Row:
    show = question.show
    name = {"project": question.name_of(part.to), "pool": f"Pool {part.to}", "unallocated": NOBODY}[part.kind]
    share = "" if part.share is None else show.percent(part.share * 100, 1)
    return Row(cells=(
        Cell(text=name, href=project_link(question, part.to) if part.kind == "project" else "", sub=part.note or ""),
        Cell(text=show.plain(part.weight, _digits(part.weight)), order=part.weight),
        Cell(text=share or UNKNOWN, order=part.share),
        Cell() if part.share is None else Cell(meter=Meter(share=float(part.share), tone="cost", words=share)),
        Cell(text=show.full_money(part.amount), order=part.amount,
             explain=f"cost_allocated@{part.to}" if part.kind == "project" else ""),
    ))  # fmt: skip
