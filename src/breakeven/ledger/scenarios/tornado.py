"""Tornado: each assumption at the two ends of its range, all others at their values; the widest swing first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.errors import UsageProblem
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.figures import DEFAULT, FigureOf
from breakeven.ledger.scenarios.results import Bar, Tornado
from breakeven.ledger.scenarios.scope import Scope, about
from breakeven.ledger.scenarios.what_if import in_force
from breakeven.workspace.definitions import Assumption


def tornado(desk: Desk, scope: Scope, figure: str = DEFAULT, swing: Decimal | None = None) -> Tornado:
    """How far a figure moves with each assumption.

    All values of an assumption go to their low ends together, and to their high ends: dated ones and those of single
    projects too; a value without a range stays. `swing`: percent by which assumptions without any range are moved;
    None: they are listed and not moved. Raises UnknownName for a figure or project, UsageProblem.
    """
    if swing is not None and not 0 < swing <= 100:
        raise UsageProblem(f"a swing of {swing} %: give more than 0 and at most 100")
    of = FigureOf(desk, scope, figure)
    assumptions = desk.workspace.assumptions
    used = set(inputs_of(closure(desk.workspace.methodology.definitions, [figure])))
    stated = [one for one in assumptions.values() if one.values and one.name in used]
    moved = [one for one in stated if ranged(one) or swing is not None]
    pairs = [_ends(one, swing) for one in moved]
    found = of.values([[change] for pair in pairs for change in pair])
    bars = [
        _bar(desk, scope, one, pair, found[2 * i : 2 * i + 2], swing)
        for i, (one, pair) in enumerate(zip(moved, pairs, strict=True))
    ]
    return Tornado(
        **about(desk, scope), figure=figure, label=of.label, unit=of.unit, value=tidy_or_none(of.present),
        bars=tuple(sorted((bar for bar in bars if bar.swing != 0), key=_widest)),
        without_range=tuple(one.name for one in stated if one not in moved),
        without_effect=tuple([bar.name for bar in bars if bar.swing == 0]
                             + [name for name, one in assumptions.items() if name not in used and ranged(one)]),
        not_stated=tuple(name for name, one in assumptions.items() if name in used and not one.values),
    )  # fmt: skip


def ranged(assumption: Assumption) -> bool:
    """Whether a value of it has a range."""
    return any(value.distribution != "fixed" and value.low != value.high for value in assumption.values)


def _ends(assumption: Assumption, swing: Decimal | None) -> tuple[Change, Change]:
    name = assumption.name
    if ranged(assumption):
        return Change(name=name, end="low", text=f"{name} low"), Change(name=name, end="high", text=f"{name} high")
    part = (swing or Decimal(0)) / 100
    return (Change(name=name, times=1 - part, text=f"{name}=-{swing}%"),
            Change(name=name, times=1 + part, text=f"{name}=+{swing}%"))  # fmt: skip


def _bar(
    desk: Desk, scope: Scope, assumption: Assumption, ends: tuple[Change, Change], found: Sequence[Decimal | None],
    swing: Decimal | None,
) -> Bar:  # fmt: skip
    now = in_force(assumption, desk, scope, None)
    low, high = (None if now is None else change.of(now).value for change in ends)
    at_low, at_high = found
    known = at_low is not None and at_high is not None
    return Bar(
        name=assumption.name, label=assumption.label, unit=assumption.unit,
        value=None if now is None else tidy(now.value), low=tidy_or_none(low), high=tidy_or_none(high),
        basis="declared range" if ends[0].end else f"± {swing} %",
        at_low=tidy_or_none(at_low), at_high=tidy_or_none(at_high),
        swing=tidy(abs(at_high - at_low)) if at_high is not None and at_low is not None else None,
        reason=None if known else "the figure is unknown there",
    )  # fmt: skip


def _widest(bar: Bar) -> tuple[bool, Decimal, str]:
    return bar.swing is None, -(bar.swing or Decimal(0)), bar.name
