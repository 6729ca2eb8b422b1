"""Exploring a scenario: everything that a reader watches while moving a lever, in one answer.

The figures are those of `what_if`, exact. Ranges, tornado and markers come from the `surface`, which is kept between
answers; what belongs to the present alone is kept too.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec
import numpy as np

from breakeven.ledger.desk import NET, ROI, Desk
from breakeven.ledger.scenarios.amounts import Amounts, amounts
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.cumulative import months
from breakeven.ledger.scenarios.draws import Numbers, percentiles, rounded, share_above
from breakeven.ledger.scenarios.explored import Explored, Goal, Lever, Line, Spread
from breakeven.ledger.scenarios.levers import Key, keys, lever
from breakeven.ledger.scenarios.markers import Moves, answers
from breakeven.ledger.scenarios.ranges import AT, check_draws
from breakeven.ledger.scenarios.scope import Scope, about, check_scope
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.scenarios.surface import Surface, surface
from breakeven.ledger.scenarios.tornado import bar, ends, tornado, widest_first
from breakeven.ledger.scenarios.what_if import differences, suppositions
from breakeven.ledger.targets import against

SEED, DRAWS = 1, 1_000
PLACES = 201
"""At which densities are given."""
GOALS = ("roi_percent", "cumulative_roi_percent")
"""Metrics whose target is the goal of ROI; the first that has one."""
NOWHERE: Numbers = np.empty(0)
TAILS = (0.002, 0.998)
"""Shares of the draws between which densities are shown."""


Ends = tuple[tuple[Change, Change], Sequence[Decimal | None]]
"""The two ends of an assumption, and ROI at them."""


class Drawings(NamedTuple):
    """ROI and net value, one number a draw."""

    roi: Numbers
    net: Numbers


def explore(
    desk: Desk, changes: Sequence[Change], scope: Scope, also: Sequence[Key] = (), *, seed: int = SEED,
    draws: int = DRAWS,
) -> Explored:  # fmt: skip
    """A scenario beside the present; `also`: levers of single projects that are wanted beside those of all.

    Raises UnknownName for an assumption or project, UsageProblem for a period that is not of whole months, a change
    that cannot be made or a number of draws.
    """
    check_draws(draws)
    check_scope(desk, scope)
    at = SupposedDesk(desk, changes) if changes else desk
    before, after = amounts(desk, scope), amounts(at, scope)
    made = surface(desk, scope, desk.headline(), changes)
    drawn = drawn_of(made, changes, seed, draws, after)
    present = _present(desk, scope, seed, draws, before)
    goal = goal_of(desk, before, after)
    places = _places(present, drawn, goal)
    levers, at_ends = _levers(desk, at, scope, changes, also, made, goal)
    if made.faithful(ROI, before.known["roi_percent"]):
        bars = widest_first(bar(desk, at, scope, key, pair, found) for key, (pair, found) in at_ends.items())
    else:
        bars = tornado(desk, scope, ROI, changes=changes).bars
    line = months(desk, at, scope, changes, seed)
    return Explored(
        **about(desk, scope), changes=tuple(suppositions(desk, at, changes, scope)),
        figures=differences(desk.workspace, before, after), seed=seed, draws=draws, goal=goal,
        before=spread_of(present, before, goal, places), after=spread_of(drawn, after, goal, places),
        places=places.tolist(), bars=bars, levers=levers, months=line.months, band_draws=line.draws,
    )  # fmt: skip


def drawn_of(made: Surface, changes: Sequence[Change], seed: int, draws: int, exact: Amounts) -> Drawings:
    """ROI and net value in the draws; unknown where the statement has none."""
    found = made.drawn(made.supposed(changes), seed, draws, (ROI, NET))
    return Drawings(*(_filled(found.get(name), exact.known[name], draws) for name in (ROI, NET)))


def _filled(values: Numbers | None, exact: Decimal | None, draws: int) -> Numbers:
    """A figure that depends on nothing uncertain has its value in every draw."""
    if exact is None or values is None:
        return np.full(draws, np.nan if exact is None else float(exact))
    return values


def _present(desk: Desk, scope: Scope, seed: int, draws: int, exact: Amounts) -> Drawings:
    question = ("drawn", scope, seed, draws, desk.sealed)
    kept: Drawings = desk.reading.cache.get(
        question, desk.moment(), lambda: drawn_of(surface(desk, scope, desk.headline()), (), seed, draws, exact)
    )
    return kept


def goal_of(desk: Desk, before: Amounts, after: Amounts) -> Goal | None:
    """The target of ROI, and whether the amounts meet it."""
    targets = {target.metric: target for target in desk.workspace.targets if target.at_least is not None}
    target = next((targets[name] for name in GOALS if name in targets), None)
    if target is None:
        return None
    was, met = (against(target, target.label, "%", each.known["roi_percent"], None, Decimal(1))
                for each in (before, after))  # fmt: skip
    return Goal(metric=target.metric, label=target.label, value=met.target, met=met.status, was=was.status)


def _places(before: Drawings, after: Drawings, goal: Goal | None) -> Numbers:
    """Where the densities are looked at: all but the outermost draws, zero and goal if they lie near."""
    known = np.concatenate([drawn.roi[np.isfinite(drawn.roi)] for drawn in (before, after)])
    if not len(known) or known.min() == known.max():
        return np.empty(0)
    low, high = (float(end) for end in np.quantile(known, TAILS))
    width = high - low
    for line in (0.0, *(() if goal is None else (float(goal.value),))):
        if low - width / 2 < line < high + width / 2:
            low, high = min(low, line), max(high, line)
    return np.linspace(low - width * 0.08, high + width * 0.08, PLACES)


def spread_of(drawn: Drawings, exact: Amounts, goal: Goal | None, places: Numbers = NOWHERE) -> Spread:
    """Ranges and chances; the density of ROI at some places."""
    roi, net = percentiles(drawn.roi, AT), percentiles(drawn.net, AT)
    known = exact.known["roi_percent"] is not None
    met = None if goal is None or not known else share_above(drawn.roi, float(np.nextafter(float(goal.value), -np.inf)))
    above = share_above(drawn.roi, 0.0) if known else None
    return Spread(
        roi=_three(roi, "%"), net=_three(net, "money"), chance_of_return=_share(above), chance_of_goal=_share(met),
        density=_density(drawn.roi, places),
    )  # fmt: skip


def _three(found: Sequence[float | None], unit: str) -> tuple[Decimal, Decimal, Decimal] | None:
    low, middle, high = (rounded(number, unit) for number in found)
    return None if low is None or middle is None or high is None else (low, middle, high)


def _share(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(repr(round(share, 6)))


def _density(values: Numbers, places: Numbers) -> list[float]:
    """A Gaussian kernel estimate with Silverman's bandwidth (1986, eq. 3.31), which long tails do not widen."""
    known = values[np.isfinite(values)]
    if not len(places) or len(known) * 2 < len(values) or known.min() == known.max():
        return []
    low, high = np.quantile(known, (0.25, 0.75))
    spread = min(float(known.std()), float(high - low) / 1.349) or float(known.std())
    width = 0.9 * spread * len(known) ** -0.2
    away = (places[:, None] - known[None, :]) / width
    found: list[float] = (np.exp(-0.5 * away * away).mean(axis=1) / (width * np.sqrt(2 * np.pi))).tolist()
    return found


def _levers(
    desk: Desk, at: Desk, scope: Scope, changes: Sequence[Change], also: Sequence[Key], made: Surface,
    goal: Goal | None,
) -> tuple[tuple[Lever, ...], dict[str, Ends]]:  # fmt: skip
    """The levers, the one that moves ROI most first; and ROI at the ends of those assumptions that have a range."""
    found = [lever(desk, at, scope, key, changes) for key in keys(desk, changes, also)]
    levels: dict[Line, Decimal] = {"break-even": Decimal(0)}
    if goal is not None:
        levels["goal"] = goal.value
    assumptions = desk.workspace.assumptions
    pairs, markers = answers(Moves(made, changes, found), assumptions, levels)
    at_ends = [() if pair is None else tuple(rounded(end, "%") for end in pair) for pair in pairs]
    moved = [
        msgspec.structs.replace(one, swing=_swing(pair), markers=tuple(marked))
        for one, pair, marked in zip(found, at_ends, markers, strict=True)
    ]
    order = sorted(moved, key=lambda one: (one.project is not None, one.swing is None, -(one.swing or 0), one.label))
    return tuple(order), {
        one.name: (ends(assumptions[one.name]), pair)
        for one, pair in zip(found, at_ends, strict=True) if pair and one.project is None
    }  # fmt: skip


def _swing(pair: Sequence[Decimal | None]) -> Decimal | None:
    low, high = pair or (None, None)
    return None if low is None or high is None else abs(high - low)
