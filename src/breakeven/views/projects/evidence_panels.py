"""What a project's value rests on: the evidence bar, each input with grade and source, each amount's standing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from breakeven.ledger.proof.entries import entries
from breakeven.ledger.results import Entry, EntryInput, EvidenceSplit, Statement, Status
from breakeven.period import add_months
from breakeven.views.content import Body, Cell, Column, Fact, Facts, Link, Panel, Row, Shares, Table
from breakeven.views.format import Shown
from breakeven.views.question import Question
from breakeven.views.records_links import records_link
from breakeven.views.standing import GRADES, evidence

NEWEST, MOST = 5, 30
STATES: dict[str, tuple[Status, str]] = {
    "validated": ("green", "Accepted by finance"), "realised": ("grey", "Not validated"),
    "forecast": ("grey", "Month still open"), "disputed": ("red", "Disputed"),
}  # fmt: skip


def proof_panel(mine: Question, found: Statement) -> Panel:
    """How much of the value is claimed, measured, and accepted, and how it becomes real."""
    body: list[Body] = [Shares(evidence=evidence(mine.entries))]
    if found.evidence is not None:
        body.append(Facts(facts=_proven(mine, found.evidence)))
    return Panel(id="proof", title="Evidence", sub="What the value of the period rests on", width=5, body=tuple(body))


def _proven(mine: Question, found: EvidenceSplit) -> tuple[Fact, ...]:
    money, claimed = mine.show.money, found.claimed
    amounts = (("Claimed", claimed.value), ("Measured, grade A to C", found.measured.value),
               ("Accepted by finance", found.validated.value), ("Of the claimed: cash", claimed.cash),
               ("Capacity", claimed.capacity), ("Strategic", claimed.strategic))  # fmt: skip
    return tuple(Fact(label=label, value=Shown(money(amount))) for label, amount in amounts)


def inputs_of(mine: Question, project: str) -> tuple[date | None, Sequence[EntryInput]]:
    """The inputs that the value of the last complete month of the period depends on, the most telling first."""
    end = min(mine.period.end, mine.desk.reading.open_month)
    months = sorted({entry.period for entry in mine.entries if entry.side == "value" and entry.period < end})
    if not months:
        months = sorted({entry.period for entry in mine.entries if entry.side == "value"})
    if not months:
        return None, ()
    last = months[-1]
    made: Sequence[Entry] = mine.kept(
        ("inputs", last), lambda: entries(mine.desk, (last, add_months(last, 1)), project, inputs=True)
    )
    found: dict[str, EntryInput] = {}
    for one in (one for entry in made if entry.side == "value" for one in entry.inputs if one.matters):
        found.setdefault(one.name, one)
    return last, sorted(found.values(), key=lambda one: (-(one.moves or 0), one.name))


def inputs_panel(mine: Question, project: str, *, most: int = MOST) -> Panel:
    """Records behind the value: what each says, how well it is known, and who says so."""
    month, found = inputs_of(mine, project)
    columns = (Column(label="What it supports"), Column(label="Value", numeric=True), Column(label="Grade"),
               Column(label="Moves the value", numeric=True,
                      help="Part of the amount that moves when it goes from its low to its high"),
               Column(label="Source"), Column(label="Records", numeric=True))  # fmt: skip
    rows = tuple(_input_row(mine, one, project) for one in found[:most])
    shown = f"The {most} that move it most of {len(found)}. " if len(found) > most else ""
    when = f"Of {mine.show.month(month)}, by how far each moves the amount" if month else ""
    return Panel(
        id="inputs", title="Evidence records", sub=when, hourly=True, foot=shown,
        body=Table(columns=columns, rows=rows, caption="Inputs of the project's value with grade and source",
                   empty="No value is recorded yet: what it will rest on stands here."),
        foot_link=Link(text="All evidence", href=mine.link(mine.path, {"tab": "evidence"})) if shown else None,
    )  # fmt: skip


def _input_row(mine: Question, one: EntryInput, project: str) -> Row:
    show = mine.show
    shown = show.quantity(one.value, one.unit)
    known = one.name in mine.catalogue
    moves = "" if one.moves is None else show.percent(one.moves * 100)
    return Row(cells=(
        Cell(text=one.label),
        Cell(text=str(shown), explain=f"{one.name}@{project}" if known and one.value is not None else ""),
        Cell(grade=GRADES[one.grade], sub=f"{one.grade}, raised by {one.lifted_by}" if one.lifted_by else ""),  # type: ignore[arg-type]
        Cell(text=moves or "–", order=one.moves), Cell(text=one.source),
        Cell(text="–" if one.records is None else show.plain(one.records)),
    ))  # fmt: skip


def amounts_panel(mine: Question, project: str) -> Panel:
    """Every amount of the period with its grade and who accepted it; the latest first."""
    found = sorted(mine.entries, key=lambda one: (one.period, one.side == "value", abs(one.amount)), reverse=True)
    columns = (Column(label="Entry"), Column(label="Month"), Column(label="Amount", numeric=True),
               Column(label="Grade"), Column(label="Validated"), Column(label="Realised as"),
               Column(label="Records", numeric=True))  # fmt: skip
    rows = tuple(_entry_row(mine, one, project) for one in found[:MOST])
    foot = f"The latest {MOST} of {len(found)} amounts." if len(found) > MOST else ""
    return Panel(id="amounts", title="Amounts in the ledger", sub="Each with what stands behind it", foot=foot,
                 body=Table(columns=columns, rows=rows, caption="Amounts with grade and validation",
                            empty="No amount is recorded in this period."),
                 foot_link=Link(text="Records", href=records_link(mine, "benefit", project=project)))  # fmt: skip


def _entry_row(mine: Question, one: Entry, project: str) -> Row:
    show = mine.show
    status, word = STATES[one.state]
    figure = mine.catalogue.get(one.category)
    amount = one.amount if one.side == "value" else -one.amount
    return Row(cells=(
        Cell(text=figure.label if figure else one.category, help=one.note or "", explain=f"{one.category}@{project}"),
        Cell(text=show.month_short(one.period)), Cell(text=show.full_money(amount), strong=one.side == "value"),
        Cell(grade=GRADES[one.evidence], help=one.reason),  # type: ignore[arg-type]
        Cell(text=word, status=status, sub=one.state_note or ""), Cell(text=one.realisation.capitalize()),
        Cell(text=show.plain(one.records)),
    ))  # fmt: skip
