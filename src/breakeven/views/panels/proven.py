"""Claimed, measured and validated side by side; and how the value becomes real."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from breakeven.ledger.results import EvidenceSplit, Proven
from breakeven.views.adding import adding
from breakeven.views.charting.data import Key, Part
from breakeven.views.charting.parts import donut
from breakeven.views.content import Cell, Column, Empty, Panel, Row, Table
from breakeven.views.question import Question

DEGREES = {
    "claimed": ("Claimed", "All of it"),
    "measured": ("Measured", "Grades A to C"),
    "validated": ("Validated", "Accepted by finance"),
}
REALISED: Mapping[str, tuple[str, Key]] = {
    "cash": ("Cash", "value"),
    "capacity": ("Capacity", "infra"),
    "strategic": ("Strategic", "incident"),
}
MEANING = {
    "cash": "Money spent less or earned more",
    "capacity": "Time that is free for other work",
    "strategic": "Risk and loss avoided",
}
NOTHING = Empty(
    title="No value is known yet",
    text="What is claimed, what of it is measured, and what finance has accepted stand here side by side.",
)


def proven_panel(question: Question) -> Panel:
    """The value by degree of proof, against the whole cost each time."""
    found = question.statement.evidence
    known = found is not None and found.claimed.value is not None
    return Panel(
        id="proven",
        title="Claimed, measured, validated",
        width=7,
        sub="Each against the whole cost of the period",
        body=_table(question, found) if known and found is not None else NOTHING,
        foot=_rule(question, found) if known and found is not None else "",
    )


def _rule(question: Question, found: EvidenceSplit) -> str:
    said = f"Headline: {found.headline}."
    if found.not_counted:
        said += f" Claimed and not counted in it: {question.show.money(found.not_counted)}."
    if found.disputed:
        said += f" Disputed: {question.show.money(found.disputed)}."
    return said


def _table(question: Question, found: EvidenceSplit) -> Table:
    degrees: dict[str, Proven] = {name: getattr(found, name) for name in DEGREES}
    show = adding(question.show, *(([getattr(one, name) for name in REALISED], one.value) for one in degrees.values()))
    money = ("value", *REALISED, "net_value")
    rows = tuple(
        Row(
            cells=(
                Cell(text=DEGREES[name][0], sub=DEGREES[name][1]),
                *(
                    Cell(text=show.money(getattr(one, field)), strong=field == "value", order=getattr(one, field))
                    for field in money
                ),
                Cell(text=question.show.roi(one.roi_percent), order=one.roi_percent),
            )
        )
        for name, one in degrees.items()
    )
    heads = ("Value", "Cash", "Capacity", "Strategic", "Net value", "ROI")
    return Table(
        columns=(Column(label="Proof"), *(Column(label=head, numeric=True) for head in heads)),
        rows=rows,
        caption="Value, how it becomes real, net value and return by degree of proof",
    )


def realised_panel(question: Question) -> Panel:
    """Cash, capacity and strategic: never mixed silently."""
    found = question.statement.evidence
    amounts: dict[str, Decimal] = {
        name: amount for name in REALISED if found is not None and (amount := getattr(found.claimed, name))
    }
    total = found.claimed.value if found is not None else None
    show = adding(question.show, (list(amounts.values()), total))
    made = donut(
        [
            Part(label=REALISED[name][0], value=amount, key=REALISED[name][1], sub=MEANING[name])
            for name, amount in amounts.items()
        ],
        unit="money",
        show=show,
        title="How the value becomes real",
        words="claimed value",
    )
    return Panel(
        id="realised",
        title="Cash, capacity, strategic",
        width=5,
        sub="How the claimed value becomes real",
        body=made or NOTHING,
    )
