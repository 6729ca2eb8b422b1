"""Which models need somebody: what is beyond a target, or far off what the model usually does.

The usual is the model's own last seven whole days. A difference counts only from a number of calls and of errors on
that chance does not reach every hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from breakeven.ledger.desk import Desk
from breakeven.ledger.operations.live import Figures, ModelFigures
from breakeven.ledger.operations.quality import Measured
from breakeven.ledger.operations.trouble import Trouble
from breakeven.ledger.results import Number, Result, Status
from breakeven.ledger.targets import against

FEWEST_CALLS, FEWEST_ERRORS = 50, 5
FAR, FARTHER = Decimal("1.5"), Decimal(2)
"""Times the usual from which on response time is watched, and is bad."""
MORE, MUCH_MORE = Decimal(1), Decimal(5)
"""Percentage points of errors above the usual, at twice the usual at least."""
TARGETED = ("error_rate", "latency_p95_ms", "latency_p50_ms", "cost_per_prediction", "cost_per_successful_outcome",
            "conversion_rate", "resolution_rate", "revenue_per_interaction")  # fmt: skip
"""Figures of a model that a target may be stated for."""
ORDER: Mapping[Status, int] = {"red": 0, "yellow": 1, "green": 2, "grey": 3}


class Concern(Result, frozen=True, kw_only=True):
    """One thing that is not as it should be."""

    figure: str
    """A figure, or `incident`."""
    status: Status
    value: Number | None
    limit: Number | None
    """The target, or what is usual."""
    rule: Literal["target", "usual", "baseline", "incident"]


class Health(Result, frozen=True, kw_only=True):
    """How one model is."""

    model: str | None
    status: Status
    """Grey: nothing is known of it in this time."""
    concerns: tuple[Concern, ...]
    """The worst first."""


def health(
    desk: Desk, now: ModelFigures | None, usual: ModelFigures | None, measured: Measured | None,
    troubles: Sequence[Trouble], model: str | None,
) -> Health:  # fmt: skip
    """One model in a stretch of time; what is None is not known of it."""
    found: list[Concern] = []
    if now is not None:
        found += _beyond_targets(desk, now.figures)
        if usual is not None:
            found += [one for one in _unusual(now.figures, usual.figures)
                      if all(one.figure != other.figure for other in found)]  # fmt: skip
    if measured is not None and measured.status in ("yellow", "red"):
        found.append(Concern(figure="accuracy", status=measured.status, value=measured.value, limit=measured.baseline,
                             rule="baseline"))  # fmt: skip
    for one in troubles:
        if one.model == model and model is not None and one.resolved_at is None:
            status: Status = "yellow" if one.caught else "red"
            found.append(Concern(figure="incident", status=status, value=None, limit=None, rule="incident"))
    found.sort(key=lambda one: ORDER[one.status])
    known = now is not None or measured is not None
    status = found[0].status if found else "green" if known else "grey"
    return Health(model=model, status=status, concerns=tuple(found))


def _beyond_targets(desk: Desk, figures: Figures) -> list[Concern]:
    found = []
    for target in desk.workspace.targets:
        said = figures.get(target.metric)
        if target.metric not in TARGETED or said is None or said.value is None:
            continue
        if Decimal(str(figures["interactions"].value or 0)) < FEWEST_CALLS:
            continue
        judged = against(target, target.label, "", said.value, said.reason, Decimal(1))
        if judged.status in ("yellow", "red"):
            found.append(Concern(figure=target.metric, status=judged.status, value=said.value, limit=judged.target,
                                 rule="target"))  # fmt: skip
    return found


def _unusual(now: Figures, usual: Figures) -> list[Concern]:
    calls, before = (_number(figures, "interactions") or Decimal(0) for figures in (now, usual))
    if min(calls, before) < FEWEST_CALLS:
        return []
    found = []
    slow, slow_before = (_number(figures, "latency_p95_ms") for figures in (now, usual))
    if slow is not None and slow_before and slow >= FAR * slow_before:
        found.append(_concern("latency_p95_ms", "red" if slow >= FARTHER * slow_before else "yellow", now, usual))
    rate, rate_before = (_number(figures, "error_rate") for figures in (now, usual))
    errors = _number(now, "errors") or Decimal(0)
    if rate is not None and rate_before is not None and errors >= FEWEST_ERRORS and rate >= 2 * rate_before:
        more = rate - rate_before
        if more >= MORE:
            found.append(_concern("error_rate", "red" if more >= MUCH_MORE else "yellow", now, usual))
    cost, cost_before = (_number(figures, "cost_per_prediction") for figures in (now, usual))
    if cost is not None and cost_before and cost >= FARTHER * cost_before:
        found.append(_concern("cost_per_prediction", "yellow", now, usual))
    return found


def _concern(figure: str, status: Status, now: Figures, usual: Figures) -> Concern:
    return Concern(figure=figure, status=status, value=now[figure].value, limit=usual[figure].value, rule="usual")


def _number(figures: Figures, name: str) -> Decimal | None:
    said = figures.get(name)
    return None if said is None or said.value is None else Decimal(str(said.value))
