"""How many predictions came in, and how many failed, over the stretch; and what else is known of it."""

from __future__ import annotations

from datetime import date

from breakeven.ledger.operations.live import CSAT
from breakeven.views.charting.data import Series
from breakeven.views.charting.lines import lines
from breakeven.views.content import Empty, Fact, Facts, Panel
from breakeven.views.format import Shown
from breakeven.views.operations.tiles import course_now, digits_of
from breakeven.views.operations.watching import asked_stretch, instant_of, now_running
from breakeven.views.operations.words import told
from breakeven.views.question import Question

ALSO = (("latency_p50_ms", "Response time, median"), ("resolution_rate", "Resolution"), (CSAT, "CSAT in interactions"),
        ("interaction_hours_saved", "Time saved"), ("ai_cost", "Cost of the calls"),
        ("cost_per_successful_outcome", "Cost per successful outcome"), ("interaction_revenue", "Revenue"),
        ("unpriced_interactions", "Calls without a price"))  # fmt: skip
CELL = {"minute": "each minute", "hour": "each hour", "day": "each day"}


def traffic(question: Question) -> Panel | None:
    """Predictions in each cell of the stretch."""
    asked, zone = asked_stretch(question), question.calendar.time_zone
    points = []
    for cell in course_now(question)[:-1]:  # the last one is not over: its count says nothing yet
        when = instant_of(cell.period, zone) if "T" in cell.period else date.fromisoformat(cell.period)
        said = cell.figures.get("interactions")
        points.append((when, None if said is None else said.value))
    plot = lines([Series(label="Predictions", points=points, style="area")], unit="interaction", show=question.show,
                 title="Predictions", digits=0)  # fmt: skip
    if plot is None or not now_running(question).models:
        return None
    sub = f"In {CELL[asked.length.cell]}, {asked.length.words}, times in UTC"
    return Panel(id="traffic", title="Predictions", sub=sub, body=plot)


def also_now(question: Question) -> Panel | None:
    """Figures of the stretch that have no tile."""
    found, asked = now_running(question), asked_stretch(question)
    if not found.models:
        return None
    facts = []
    for name, label in ALSO:
        said = found.total.get(name)
        if said is None:
            continue
        one = question.catalogue.get(name)
        unit, digits = ("1", 2) if one is None else (one.unit, one.decimals)
        value = Shown(str(question.show.quantity(said.value, unit, digits_of(unit, digits))))
        if name == CSAT and said.value is not None:
            value = Shown(f"{value.text} of 5")
        facts.append(
            Fact(label=label, value=value, sub=told(said.reason or ""), explain=name if one is not None else "")
        )
    empty = Empty(title="Nothing more is known", text="The methodology has no further figure of interactions.")
    return Panel(id="also", title="Also in this time", sub=asked.length.words.capitalize(),
                 body=Facts(facts=tuple(facts)) if facts else empty)  # fmt: skip
