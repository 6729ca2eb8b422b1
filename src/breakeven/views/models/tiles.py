"""Key figures of one model over the period."""

from __future__ import annotations

from breakeven.ledger.operations.live import CSAT, Figures, Said
from breakeven.views.comparison import change, name
from breakeven.views.models.asked import before_period, figures_of, in_period
from breakeven.views.operations.tiles import digits_of
from breakeven.views.operations.words import told
from breakeven.views.question import Question
from breakeven.views.tiles import Tile

SHOWN = (
    ("interactions", "Calls"),
    ("ai_cost", "Cost"),
    ("cost_per_prediction", "Cost per call"),
    ("cost_per_successful_outcome", "Cost per outcome"),
    ("latency_p95_ms", "Response time p95"),
    ("error_rate", "Error rate"),
    (CSAT, "CSAT"),
)


def tiles(question: Question, model: str | None) -> tuple[Tile, ...]:
    """The tiles; what the workspace has not, or no call says, is left out or unknown with its reason."""
    now = figures_of(in_period(question), model)
    earlier = before_period(question)
    before = figures_of(earlier, model)
    words = "" if earlier is None else f"against {name(question.calendar.previous(question.period))}"
    return tuple(
        _tile(question, figure, label, now.figures if now is not None else {}, before.figures if before else {}, words)
        for figure, label in SHOWN
        if figure in question.catalogue or figure == CSAT
    )


def _tile(question: Question, figure: str, label: str, now: Figures, before: Figures, words: str) -> Tile:
    one = question.catalogue.get(figure)
    unit, digits, direction = (
        ("1", 2, "up") if one is None else (one.unit, digits_of(one.unit, one.decimals), one.direction)
    )
    said, past = now.get(figure, Said(value=None, reason="no call in this period")), before.get(figure)
    moved = change(
        said.value,
        past.value if past is not None else None,
        unit=unit,
        digits=digits,
        direction=direction,
        show=question.show,
        words=words,
    )
    return Tile(
        figure="csat" if one is None else figure,
        label=label,
        description=one.description if one is not None else "",
        value=question.show.quantity(said.value, unit, digits),
        reason=told(said.reason or "not measured") if said.value is None else None,
        partly=said.reason if said.value is not None else None,
        change=moved if said.value is not None else None,
        no_change="Nothing earlier to compare with" if words else "",
        goal=None,
        trend=(),
        trend_words="",
    )
