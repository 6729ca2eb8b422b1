"""Tornado: each assumption at the two ends of its range, all others at their values; the widest swing first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np

from breakeven.errors import UsageProblem
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.draws import Numbers, rounded
from breakeven.ledger.scenarios.figures import DEFAULT, FigureOf, check_figure, scope_level
from breakeven.ledger.scenarios.results import Bar, Tornado
from breakeven.ledger.scenarios.scope import Scope, about
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.scenarios.surface import Points, Surface, changed, surface
from breakeven.ledger.scenarios.what_if import in_force
from breakeven.workspace.definitions import Assumption


def tornado(
    desk: Desk, scope: Scope, figure: str = DEFAULT, swing: Decimal | None = None, changes: Sequence[Change] = ()
) -> Tornado:
    """How far a figure moves with each assumption.

    All values of an assumption go to their low ends together, and to their high ends: dated ones and those of single
    projects too; a value without a range stays. `swing`: percent by which assumptions without any range are moved;
    None: they are listed and not moved. `changes`: what is supposed beside that; an assumption that is given a value
    moves to the ends that are declared for it. The figure at the ends is made on the `surface`: money to the cent,
    anything else to six decimals. Raises UnknownName for a figure or project, UsageProblem.
    """
    if swing is not None and not 0 < swing <= 100:
        raise UsageProblem(f"a swing of {swing} %: give more than 0 and at most 100")
    at = SupposedDesk(desk, changes) if changes else desk
    label, unit = check_figure(desk, figure)
    present = scope_level(at, scope, (figure,)).sheet.value(figure, 0)
    assumptions = desk.workspace.assumptions
    used = set(inputs_of(closure(desk.workspace.methodology.definitions, [figure])))
    stated = [one for one in at.workspace.assumptions.values() if one.values and one.name in used]
    moved = [one for one in stated if ranged(assumptions[one.name]) or swing is not None]
    pairs = [ends(assumptions[one.name], swing) for one in moved]
    found = _at_ends(desk, scope, (figure, unit), changes, [change for pair in pairs for change in pair])
    bars = [
        bar(desk, at, scope, one.name, pair, found[2 * i : 2 * i + 2])
        for i, (one, pair) in enumerate(zip(moved, pairs, strict=True))
    ]
    return Tornado(
        **about(desk, scope), figure=figure, label=label, unit=unit, value=tidy_or_none(present),
        bars=widest_first(bars),
        without_range=tuple(one.name for one in stated if one not in moved),
        without_effect=tuple([one.name for one in bars if one.swing == 0]
                             + [name for name, one in assumptions.items() if name not in used and ranged(one)]),
        not_stated=tuple(name for name, one in at.workspace.assumptions.items() if name in used and not one.values),
    )  # fmt: skip


def _at_ends(
    desk: Desk, scope: Scope, figure: tuple[str, str], changes: Sequence[Change], ends: Sequence[Change]
) -> list[Decimal | None]:  # fmt: skip
    """The figure with one assumption after the other at an end; each end is taken of what is declared."""
    name, unit = figure
    made = surface(desk, scope, (name,), changes)
    if not made.faithful(name, scope_level(desk, scope, (name,)).sheet.value(name, 0)):
        of = FigureOf(desk, scope, name)
        return of.values([[*(other for other in changes if other.name != end.name), end] for end in ends])
    values = at_ends(made, changes, ends).get(name)
    if values is None:
        return [scope_level(desk, scope, (name,)).sheet.value(name, 0)] * len(ends)
    return [rounded(value, unit) for value in values.tolist()]


def at_ends(made: Surface, changes: Sequence[Change], ends: Sequence[Change]) -> dict[str, Numbers]:
    """The figures of a surface with one assumption after the other at an end."""
    return made.at(Points(made.supposed(changes), end_columns(made, changes, ends), len(ends)))


def end_columns(made: Surface, changes: Sequence[Change], ends: Sequence[Change]) -> dict[int, Numbers]:
    """The numbers that are not the same at all of these ends, by their place."""
    here, columns = made.supposed(changes), dict[int, Numbers]()
    for point, end in enumerate(ends):
        for place, variate in enumerate(made.variates):
            if variate.of == end.name:
                columns.setdefault(place, np.full(len(ends), here[place].value))[point] = changed(variate, end).value
    return columns


def ranged(assumption: Assumption) -> bool:
    """Whether a value of it has a range."""
    return any(value.distribution != "fixed" and value.low != value.high for value in assumption.values)


def ends(assumption: Assumption, swing: Decimal | None = None) -> tuple[Change, Change]:
    """The two ends of an assumption."""
    name = assumption.name
    if ranged(assumption):
        return Change(name=name, end="low", text=f"{name} low"), Change(name=name, end="high", text=f"{name} high")
    part = (swing or Decimal(0)) / 100
    return (Change(name=name, times=1 - part, text=f"{name}=-{swing}%"),
            Change(name=name, times=1 + part, text=f"{name}=+{swing}%"))  # fmt: skip


def bar(
    desk: Desk, at: Desk, scope: Scope, name: str, pair: tuple[Change, Change], found: Sequence[Decimal | None]
) -> Bar:  # fmt: skip
    """An assumption with the figure at its two ends; `at`: the desk under what is supposed."""
    assumption = desk.workspace.assumptions[name]
    now = in_force(at.workspace.assumptions[name], at, scope, None)
    declared = in_force(assumption, desk, scope, None)
    low, high = (None if declared is None else change.of(declared).value for change in pair)
    at_low, at_high = found
    known = at_low is not None and at_high is not None
    times = pair[1].times
    return Bar(
        name=assumption.name, label=assumption.label, unit=assumption.unit,
        value=None if now is None else tidy(now.value), low=tidy_or_none(low), high=tidy_or_none(high),
        basis="declared range" if times is None else f"± {((times - 1) * 100).normalize():f} %",
        at_low=tidy_or_none(at_low), at_high=tidy_or_none(at_high),
        swing=tidy(abs(at_high - at_low)) if at_high is not None and at_low is not None else None,
        reason=None if known else "the figure is unknown there",
    )  # fmt: skip


def widest_first(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    """The bars that are any; those of which nothing is known last."""
    some = (one for one in bars if one.swing != 0)
    return tuple(sorted(some, key=lambda one: (one.swing is None, -(one.swing or Decimal(0)), one.name)))
