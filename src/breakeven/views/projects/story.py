"""What a project's page finds: what it does, by the figures of its category, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.ledger.results import MetricRow, Number, Statement
from breakeven.views.headline import when
from breakeven.views.question import Question

DOES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "customer_service": (("minutes_saved_per_interaction", "saves {} per interaction"),
                         ("resolution_rate", "resolves {} of its interactions"),
                         ("conversion_rate", "converts {} of its interactions")),
    "process_automation": (("minutes_saved_per_interaction", "saves {} per interaction"),
                           ("error_reduction", "reduces errors by {}"), ("hours_saved", "saves {}")),
    "predictive_analytics": (("accuracy", "reaches an accuracy of {}"),),
    "platform": (("hours_saved", "saves {}"), ("incidents_avoided", "avoids {} incidents")),
    "": (("hours_saved", "saves {}"),),
}  # fmt: skip
"""Category → figures and what they say, the most telling first; the first that is known and above 0 is said."""


def story(question: Question, name: str, category: str, rows: Mapping[str, MetricRow], found: Statement) -> str:
    """The sentence of the page: it saves 4.5 min per interaction, worth $742k this year."""
    does, then = _does(question, category, rows), when(question.period)
    show, value, net = question.show, found.total_value, found.net_value
    if net is not None and net < 0:
        lost = f"cost {show.money(-net)} more than it returned {then}"
        return f"{name} {does}, but {lost}." if does else f"{name} {lost}."
    if does and value:
        return f"{name} {does}, worth {show.money(value)} {then}."
    if net:
        return f"{name} returned {show.money(net)} more than it cost {then}."
    if value is None and found.investment is not None:
        return f"{name} cost {show.money(found.investment)} {then}; what it returned is not known yet."
    if found.investment is None and value is not None:
        return f"{name} returned {show.money(value)} {then}; what it cost is not known yet."
    return f"What {name} returned {then} is not known yet." if net is None else f"{name} returned what it cost {then}."


def _does(question: Question, category: str, rows: Mapping[str, MetricRow]) -> str:
    for figure, words in DOES.get(category, ()):
        row, one = rows.get(figure), question.catalogue.get(figure)
        if row is None or one is None or not _positive(row.value):
            continue
        said = words.format(str(question.show.quantity(row.value, one.unit, one.decimals)).replace("\u00a0", " "))
        before = rows.get("accuracy_baseline") if figure == "accuracy" else None
        if before is not None and before.value is not None:
            said += f" against {question.show.plain(before.value, 3)} before"
        return said
    return ""


def _positive(value: Number | None) -> bool:
    return value is not None and value > 0
