"""Break-even: the value of an assumption at which a figure has a wanted value, or that there is none in the range.

The figure is looked at in steps over the whole range, so that several such values are found, and each change of side is
narrowed down until the value is exact to six decimals. Every look is the what-if of that value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.desk import ROI, Desk
from breakeven.ledger.numbers import EXACT, tidy, tidy_or_none
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.figures import FigureOf
from breakeven.ledger.scenarios.results import BreakEven, Crossing
from breakeven.ledger.scenarios.scope import Scope, about
from breakeven.ledger.scenarios.what_if import in_force, stated
from breakeven.money import cents
from breakeven.workspace.definitions import Assumption

STEPS = 32
"""Parts of the range that are looked at; two changes of side within one of them are not seen."""
MOST_LOOKS = 100
"""Looks at one change of side; halving twelve decimals of 10^20 takes 107, the secant far fewer."""
CLOSE = Decimal("1e-7")
"""How near the two sides must come."""
_SIX, _NINE, _TWELVE, _CENT = Decimal("1e-6"), Decimal("1e-9"), Decimal("1e-12"), Decimal("0.01")


class Asked(NamedTuple):
    """What is looked for."""

    name: str
    project: str | None = None
    figure: str = ROI
    at: Decimal = Decimal(0)
    low: Decimal | None = None
    high: Decimal | None = None


class _Look(NamedTuple):
    x: Decimal
    y: Decimal | None
    """The figure less the wanted value."""

    @property
    def side(self) -> int | None:
        return None if self.y is None else (self.y > 0) - (self.y < 0)


def break_even(desk: Desk, asked: Asked, scope: Scope) -> BreakEven:
    """The values of an assumption at which a figure reaches `at`.

    Searched between `low` and `high`; where they are not given, over the declared range, or from 0 to ten times the
    value. Where projects have values of their own, one value for all of them is looked for, over all their ranges.
    Raises UnknownName for an assumption, project or figure, UsageProblem where there is no range to search.
    """
    assumptions = desk.workspace.assumptions
    if asked.name not in assumptions:
        raise UnknownName("assumption", asked.name, assumptions)
    assumption = assumptions[asked.name]
    desk.check_projects(None if asked.project is None else (asked.project,))
    low, high = _range(desk, asked, scope)
    search = _Search(FigureOf(desk, scope, asked.figure), asked)
    looks = search.looks([low + (high - low) * step / STEPS for step in range(STEPS + 1)])
    crossings = tuple(search.crossings(looks))
    now = in_force(assumption, desk, scope, asked.project)
    return BreakEven(
        **about(desk, scope), name=asked.name, label=assumption.label, unit=assumption.unit, project=asked.project,
        figure=asked.figure, figure_label=search.of.label, figure_unit=search.of.unit, wanted=tidy(asked.at),
        low=tidy(low), high=tidy(high), value=None if now is None else tidy(now.value),
        now=tidy_or_none(search.of.present), at_low=search.figure(looks[0]), at_high=search.figure(looks[-1]),
        crossings=crossings, answer=_answer(asked, search, looks, crossings),
    )  # fmt: skip


def _range(desk: Desk, asked: Asked, scope: Scope) -> tuple[Decimal, Decimal]:
    """Where to search."""
    low, high = asked.low, asked.high
    if low is None or high is None:
        ends = span_of(desk.workspace.assumptions[asked.name], desk, scope, asked.project)
        if ends is None:
            raise UsageProblem(f"{asked.name} has no value from which a range would follow: give --low and --high")
        low, high = ends[0] if low is None else low, ends[1] if high is None else high
    if low >= high:
        raise UsageProblem(f"the range from {tidy(low)} to {tidy(high)} is empty: give --low below --high")
    return low, high


def span_of(
    assumption: Assumption, desk: Desk, scope: Scope, project: str | None
) -> tuple[Decimal, Decimal] | None:  # fmt: skip
    """From the lowest low to the highest high end of its values there; from 0 to ten times the value without ends.

    None: no value is stated.
    """
    now = in_force(assumption, desk, scope, project)
    values = [now] if now is not None else list(stated(assumption, desk, scope).values()) if project is None else []
    if not values:
        return None
    lows, highs = (
        [one.low for one in values if one.low is not None],
        [one.high for one in values if one.high is not None],
    )
    if len(lows) == len(highs) == len(values) and min(lows) < max(highs):
        return min(lows), max(highs)
    ends = [one.value * 10 for one in values] + [Decimal(0)]
    return min(ends), max(ends)


class _Search:
    """Looks at the figure, and narrows down where it changes side."""

    def __init__(self, of: FigureOf, asked: Asked) -> None:
        self.of, self.asked = of, asked

    def looks(self, at: Sequence[Decimal]) -> list[_Look]:
        """The figure at some values of the assumption."""
        name, project = self.asked.name, self.asked.project
        places = [x.quantize(_TWELVE, context=EXACT) for x in at]
        changes = [[Change(name=name, project=project, value=x, text=f"{name}={x}")] for x in places]
        values = self.of.values(changes)
        return [_Look(x, None if y is None else y - self.asked.at) for x, y in zip(places, values, strict=True)]

    def figure(self, look: _Look) -> Decimal | None:
        """The figure itself."""
        return None if look.y is None else tidy(look.y + self.asked.at)

    def crossings(self, looks: Sequence[_Look]) -> Iterator[Crossing]:
        """Every place where the figure reaches the wanted value, in order."""
        place = 0
        while place < len(looks):
            end = place
            while end + 1 < len(looks) and looks[place].side == looks[end + 1].side == 0:
                end += 1
            if looks[place].side == 0:
                before = looks[place - 1].side if place else None
                after = looks[end + 1].side if end + 1 < len(looks) else None
                yield self._crossing(looks[place], before, after, looks[end] if end > place else None)
            elif end + 1 < len(looks) and (looks[place].side or 0) * (looks[end + 1].side or 0) < 0:
                yield self._narrowed(looks[place], looks[end + 1])
            place = end + 1

    def _narrowed(self, left: _Look, right: _Look) -> Crossing:
        """Regula falsi with halved weights (Illinois; Dowell & Jarratt 1971), and halving where that is slow."""
        first, last, weights, kept = left.side, right.side, [Decimal(1), Decimal(1)], 0
        for look in range(MOST_LOOKS):
            if right.x - left.x <= CLOSE:
                break
            a, b = (left.y or Decimal(0)) * weights[0], (right.y or Decimal(0)) * weights[1]
            x = (left.x + right.x) / 2 if look % 4 == 3 else (left.x * b - right.x * a) / (b - a)
            (new,) = self.looks([min(max(x, left.x), right.x)])
            if new.side == 0:
                return self._crossing(new, first, last)
            if new.side is None or new.x in (left.x, right.x):
                (new,) = self.looks([(left.x + right.x) / 2])
                if new.side in (0, None):
                    return self._crossing(new, first, last)
            if new.side == first:
                left, weights, kept = new, [Decimal(1), weights[1] / 2 if kept == 1 else Decimal(1)], 1
            else:
                right, weights, kept = new, [weights[0] / 2 if kept == -1 else Decimal(1), Decimal(1)], -1
        (middle,) = self.looks([((left.x + right.x) / 2).quantize(_SIX, context=EXACT)])
        return self._crossing(middle, first, last, jump=(left, right))

    def _rounded(self, look: _Look) -> _Look:
        """The look with six decimals (nine below 1), where it does not have fewer."""
        short = look.x.quantize(_SIX if abs(look.x) >= 1 else _NINE, context=EXACT)
        return look if short == look.x else self.looks([short])[0]

    def _crossing(
        self, at: _Look, before: int | None, after: int | None, until: _Look | None = None,
        jump: tuple[_Look, _Look] | None = None,
    ) -> Crossing:  # fmt: skip
        way = "touches" if before == after else "down" if (before or 0) > 0 or (after or 0) < 0 else "up"
        if until is not None:
            way = "level"
        sides = [] if jump is None else [look.y for look in jump if look.y is not None]
        if sides and max(sides) - min(sides) > max(_CENT, abs(self.asked.at) * _SIX):
            way = f"jumps {way}"
        at = self._rounded(at)
        return Crossing(value=tidy(at.x), figure=self.figure(at), direction=way,
                        until=None if until is None else tidy(until.x))  # fmt: skip


def _answer(asked: Asked, search: _Search, looks: Sequence[_Look], crossings: Sequence[Crossing]) -> str:
    """One sentence."""
    where = f" in {asked.project}" if asked.project else ""
    low, high = (f"{tidy(look.x):f}" for look in (looks[0], looks[-1]))
    wanted = f"{search.of.label} is {tidy(asked.at):f}"
    if crossings:
        places = [f"{one.value:f}" + (f" to {one.until:f}" if one.until is not None else "") for one in crossings]
        return f"{wanted} at {asked.name}{where} = {' and '.join(places)}"
    ends = [search.figure(look) for look in (looks[0], looks[-1])]
    if all(look.y == looks[0].y for look in looks):
        same = "is unknown" if ends[0] is None else f"is {cents(ends[0]):f} throughout"
        return f"no such value in range {low} to {high}: {search.of.label} {same}"
    said = ["unknown" if end is None else f"{cents(end):f}" for end in ends]
    return f"no such value in range {low} to {high}: {search.of.label} goes from {said[0]} to {said[1]}"
