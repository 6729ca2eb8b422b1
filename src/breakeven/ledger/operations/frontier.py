"""Cost against quality: which models nobody beats, at what a successful outcome costs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from breakeven.ledger.operations.live import Figures, Running
from breakeven.ledger.operations.quality import Measured
from breakeven.ledger.results import Result

COST, SUCCESS, CALL = "cost_per_successful_outcome", "success_share", "cost_per_prediction"


class Place(Result, frozen=True, kw_only=True):
    """Where a model stands."""

    model: str | None
    cost: Decimal | None
    """Per successful outcome; failed calls are in it."""
    quality: Decimal | None
    """In percent."""
    calls: int
    best: bool
    """Whether no other model is both at least as good and cheaper (or better and at most as dear)."""
    reason: str | None
    """Why it has no place, or what its cost does not include."""


class Frontier(Result, frozen=True, kw_only=True):
    """Models by cost and quality."""

    quality: str
    """What quality is: `success_share` (successful outcomes of those that are known) or `accuracy`."""
    places: tuple[Place, ...]
    """Those with a place first, the cheapest first."""


def frontier(found: Running, measured: Mapping[str, Measured]) -> Frontier:
    """The models of a window; by success where at least two models say outcomes, else by measured accuracy."""
    by_success = [one for one in found.models if _success(one.figures) is not None]
    quality = SUCCESS if len(by_success) >= 2 or not measured else "accuracy"
    places = []
    for one in found.models:
        good = _success(one.figures) if quality == SUCCESS else _accuracy(measured.get(one.model or ""))
        cost = _cost(one.figures)
        said = one.figures.get(COST)
        reason = said.reason if said is not None else None
        if good is None:
            reason = "no outcome is known" if quality == SUCCESS else "accuracy is not measured"
        elif cost is None:
            reason = _no_cost(one.figures)
        places.append(Place(model=one.model, cost=cost, quality=good, calls=int(one.figures["interactions"].value or 0),
                            best=False, reason=reason))  # fmt: skip
    placed = [one for one in places if one.cost is not None and one.quality is not None]
    made = [
        msgspec.structs.replace(one, best=one in placed and not any(_beats(other, one) for other in placed))
        for one in places
    ]
    made.sort(key=lambda one: (one.cost is None or one.quality is None, one.cost or Decimal(0), one.model or ""))
    return Frontier(quality=quality, places=tuple(made))


def success_share(figures: Figures) -> Decimal | None:
    """Successful outcomes of those that are known, in percent; None: none is known."""
    return _success(figures)


def _beats(other: Place, one: Place) -> bool:
    mine, theirs = (one.cost, one.quality), (other.cost, other.quality)
    if None in (*mine, *theirs):
        return False
    cheaper = other.cost <= one.cost and other.quality >= one.quality  # type: ignore[operator]
    return cheaper and mine != theirs


def _success(figures: Figures) -> Decimal | None:
    known, good = figures.get("outcomes_known"), figures.get("successful_outcomes")
    if known is None or good is None or not known.value or good.value is None:
        return None
    return Decimal(str(good.value)) / Decimal(str(known.value)) * 100


def _accuracy(measured: Measured | None) -> Decimal | None:
    """On a scale of 0 to 100, whatever scale the source uses."""
    if measured is None:
        return None
    value = Decimal(repr(measured.value))
    return value * 100 if abs(value) <= 1 else value


def _cost(figures: Figures) -> Decimal | None:
    said = figures.get(COST)
    return None if said is None or said.value is None else Decimal(str(said.value))


def _no_cost(figures: Figures) -> str | None:
    cost, good = figures.get("ai_cost"), figures.get("successful_outcomes")
    if cost is not None and cost.value is None:
        return cost.reason or "no cost is known"
    if good is not None and not good.value:
        return "no successful outcome"
    said = figures.get(COST)
    return said.reason if said is not None else "the methodology has no cost per successful outcome"
