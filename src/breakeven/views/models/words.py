"""What a page about models finds."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.operations.frontier import SUCCESS, Frontier, Place
from breakeven.ledger.operations.live import ModelFigures, Running
from breakeven.ledger.operations.quality import latest
from breakeven.views.format import count_word
from breakeven.views.operations.watching import name_of
from breakeven.views.operations.words import number
from breakeven.views.question import Question


def of_model(question: Question, model: str | None, found: ModelFigures | None, line: Frontier) -> tuple[str, str]:
    """Finding and exception of one model."""
    name, show = name_of(model), question.show
    if found is None:
        measured = latest(question.desk).get(model or "")
        if measured is None:
            return f"{name} was not called in this period.", ""
        value = f"{show.percent(Decimal(repr(measured.value)) * 100, 1)}" if abs(measured.value) <= 1 else show.plain(
            measured.value, 2)  # fmt: skip
        against = ""
        if measured.gap_percent is not None:
            gap = measured.gap_percent
            against = f", {show.percent(abs(gap), 1)} {'below' if gap > 0 else 'above'} its baseline"
        return f"{name} is at {value} accuracy{against}.", "No call of this period names it."
    mine = next((one for one in line.places if one.model == model), None)
    cost = number(found.figures, "cost_per_successful_outcome")
    calls = number(found.figures, "interactions")
    if mine is None or cost is None or mine.quality is None:
        why = (
            f" What a successful outcome costs is not known: {mine.reason}." if mine is not None and mine.reason else ""
        )
        spent = number(found.figures, "ai_cost")
        of = f" for {show.money(spent)}" if spent is not None else ""
        return f"{name} answered {show.plain(calls)} calls{of}.", why.strip()
    what = "succeed" if line.quality == SUCCESS else "is its accuracy"
    good = f"{show.percent(mine.quality, 1)} {what}"
    finding = f"{name} costs {show.quantity(cost, 'money', 4)} per successful outcome; {good}."
    return finding, _against(line, mine)


def _against(line: Frontier, mine: Place) -> str:
    better = [
        one
        for one in line.places
        if one.cost is not None
        and one.quality is not None
        and one.model != mine.model
        and mine.cost is not None
        and mine.quality is not None
        and one.cost <= mine.cost
        and one.quality >= mine.quality
    ]
    placed = sum(one.cost is not None and one.quality is not None for one in line.places)
    if placed < 2:
        return "There is no other model here to compare it with."
    if not better:
        return "No other model is both cheaper and at least as good."
    names = ", ".join(name_of(one.model) for one in better[:2])
    more = f" and {len(better) - 2} more" if len(better) > 2 else ""
    return f"{names}{more} {'is' if len(better) == 1 else 'are'} cheaper and at least as good."


def of_all(question: Question, found: Running, line: Frontier) -> tuple[str, str]:
    """Finding and exception of the page of all models."""
    show = question.show
    if not found.models:
        return "No model was called in this period.", ""
    spent, calls = number(found.total, "ai_cost"), number(found.total, "interactions")
    number_of = len(found.models)
    who = "One model" if number_of == 1 else f"{count_word(number_of).capitalize()} models"
    finding = f"{who} answered {show.plain(calls)} calls"
    finding += f" for {show.money(spent)}." if spent is not None else "; what they cost is not known."
    best = [one for one in line.places if one.best]
    placed = [one for one in line.places if one.cost is not None and one.quality is not None]
    if len(placed) < 2:
        return finding, "Fewer than two models have both a cost and a known quality."
    names = ", ".join(name_of(one.model) for one in best[:4])
    verb = "is" if len(best) == 1 else "are"
    return finding, f"{names} {verb} beaten by none: no other model is both cheaper and at least as good."
