"""Benefits that more than one project claims: shared as declared, or suspected to be counted twice."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.sharing.suspects import Overlaps, SharedClaim, Suspect
from breakeven.views.content import Body, Cell, Column, Item, Items, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.projects.links import project_link
from breakeven.views.question import Question

MOST = 20
"""Entries of a list."""


def overlaps_panel(question: Question, found: Overlaps) -> Panel:
    """Suspects first, then what is shared as declared, then what cannot be checked."""
    suspects = tuple(_suspect(question, one) for one in found.suspects[:MOST])
    body: list[Body] = [Items(items=suspects, more=max(0, len(found.suspects) - MOST),
                              empty="No benefit looks as if it were claimed twice.")]  # fmt: skip
    if found.shared:
        body.append(_shared(question, found))
    if found.unchecked:
        body.append(Items(items=tuple(
            Item(lead=f"{one.what}, {question.show.month(one.month)}", rest=f"{one.reason}.", status="grey",
                 word="Not checked") for one in found.unchecked[:MOST]
        ), more=max(0, len(found.unchecked) - MOST), empty=""))  # fmt: skip
    count = len(found.suspects)
    chip = ("green", "Nothing twice") if not count else ("yellow", f"{count} {'suspect' if count == 1 else 'suspects'}")
    return Panel(id="overlaps", title="Benefits claimed by more than one project", chip=chip, width=6, hourly=True,  # type: ignore[arg-type]
                 sub="Shared as declared, or suspected to be counted twice", body=tuple(body))  # fmt: skip


def _suspect(question: Question, one: Suspect) -> Item:
    first = next(iter(one.projects), None)
    link = None if first is None else Link(text=question.name_of(first), href=project_link(question, first))
    show = question.show
    over = one.claimed - one.capacity
    amount = show.money(over) if one.unit == question.workspace.currency else str(show.quantity(over, one.unit, 0))
    return Item(lead=f"{one.message}.", rest=f"{one.declare[:1].upper()}{one.declare[1:]}.", status="yellow",
                word=show.month(one.month), amount=f"{amount} too much", link=link)  # fmt: skip


def _shared(question: Question, found: Overlaps) -> Table:
    columns = (Column(label="Project"), Column(label="Benefit pool"), Column(label="Month"),
               Column(label="Weight", numeric=True), Column(label="Claimed", numeric=True),
               Column(label="Counted", numeric=True))  # fmt: skip
    rows = tuple(_claim(question, one) for one in found.shared[-MOST:][::-1])
    return Table(columns=columns, rows=rows, caption="Benefits that projects share as declared")


def _claim(question: Question, one: SharedClaim) -> Row:
    show = question.show
    return Row(cells=(
        Cell(text=question.name_of(one.project), href=project_link(question, one.project)),
        Cell(text=one.pool, sub=one.note or ""), Cell(text=show.month_short(one.month)),
        Cell(text=show.plain(one.weight, 0 if one.weight == one.weight.to_integral_value() else 2)),
        Cell(text=_amount(question, one.claimed)), Cell(text=_amount(question, one.counted)),
    ))  # fmt: skip


def _amount(question: Question, value: Decimal | None) -> str:
    return UNKNOWN if value is None else question.show.full_money(value)
