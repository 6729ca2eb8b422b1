"""A statement as a function of its assumptions, in doubles: thousands of suppositions in the time of one exact what-if.

It is the model that ranges are drawn from, with every assumption left open. Changes move its numbers as
`changes.supposed` moves what is stated; a change in one project only needs numbers of that project's own, and so
another surface. It is kept as long as the facts are what they were. At the present values it gives the present figure;
where it does not (to nine digits), or where the headline rule may count more of an amount as it grows, `faithful` says
so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal

import msgspec
import numpy as np

from breakeven.ledger.books.evaluate import Level
from breakeven.ledger.desk import Desk
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.draws import Drawn, Numbers, Span, Variate, joined, spans
from breakeven.ledger.scenarios.figures import scope_level
from breakeven.ledger.scenarios.range_model import Model
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.scenarios.uncertain import times

DIGITS = 1e-9
"""How far the present figure may be missed, in proportion."""


class Points:
    """Vectors that somebody chose: every variate at its value, but for some columns."""

    def __init__(self, variates: Sequence[Variate], columns: Mapping[int, Numbers], count: int) -> None:
        self.span = Span(0, count)
        self._values = dict(columns)
        self._variates = variates

    def __getitem__(self, place: int) -> Numbers:
        if place not in self._values:
            self._values[place] = np.array([self._variates[place].value])
        return self._values[place]

    def alike(self, _: Sequence[int], /) -> Hashable:
        """Other points are other points."""
        return None


class Surface:
    """The figures of one row of a level, wherever its assumptions lie."""

    def __init__(self, desk: Desk, level: Level) -> None:
        self.model = Model(desk, level, every=True)
        self.variates = self.model.variates.listed
        self._everything = desk.workspace.headline.everything
        self._present: dict[str, Numbers] | None = None

    def supposed(self, changes: Sequence[Change]) -> list[Variate]:
        """The numbers under some changes."""
        found = list(self.variates)
        for change in changes:
            found = [changed(variate, change) for variate in found]
        return found

    def drawn(
        self, variates: Sequence[Variate], seed: int, draws: int, wanted: Sequence[str] | None = None
    ) -> dict[str, Numbers]:  # fmt: skip
        """The figures in as many draws; `wanted`: only those and what they are made from."""
        return joined([self.model.at(Drawn(variates, seed, span), wanted) for span in spans(draws, len(variates))])

    def at(self, points: Points, wanted: Sequence[str] | None = None) -> dict[str, Numbers]:
        """The figures at some points; `wanted`: only those and what they are made from."""
        return self.model.at(points, wanted)

    def faithful(self, name: str, present: Decimal | None) -> bool:
        """Whether it gives the present figure, and follows it wherever it goes."""
        if not self._everything or present is None:
            return False
        if self._present is None:
            self._present = self.at(Points(self.variates, {}, 1))
        made = self._present.get(name)
        return made is None or bool(abs(made[0] - float(present)) <= DIGITS * max(1.0, abs(float(present))))


def changed(variate: Variate, change: Change) -> Variate:
    """A number under a change: `changes.Change.of`, in doubles."""
    own = f"{change.name}@{change.project}"
    if variate.of != change.name or (change.project is not None and variate.stream != own):
        return variate
    if change.times is not None:
        return times(variate, float(change.times))
    end = variate.low if change.end == "low" else variate.high
    value = float(change.value) if change.value is not None else variate.value if end is None else end
    return msgspec.structs.replace(variate, value=value, low=None, high=None, shape="fixed")


def surface(desk: Desk, scope: Scope, names: Sequence[str], changes: Sequence[Change] = ()) -> Surface:
    """The surface of some figures of a scope that can follow the changes; kept until a fact or the minute changes.

    Raises UnknownName, UsageProblem as a what-if does.
    """
    return _kept(desk, (scope, tuple(names)), changes, lambda at: scope_level(at, scope, names))


def monthly_surface(
    desk: Desk, scope: Scope, projects: tuple[str, ...] | None, changes: Sequence[Change] = ()
) -> Surface:  # fmt: skip
    """The surface of the headline figures of every month of a scope's projects."""
    return _kept(desk, ("months", scope.project), changes, lambda at: at.monthly(projects=projects))


def _kept(
    desk: Desk, of: tuple[object, ...], changes: Sequence[Change], level_of: Callable[[Desk], Level]
) -> Surface:  # fmt: skip
    apart = _apart(desk, changes)

    def make() -> Surface:
        at = SupposedDesk(desk, apart) if apart else desk
        return Surface(at, level_of(at))

    question = ("surface", *of, tuple(change.text for change in apart), desk.sealed)
    kept: Surface = desk.reading.cache.get(question, desk.moment(), make)
    return kept


def _apart(desk: Desk, changes: Sequence[Change]) -> list[Change]:
    """What must be supposed before the numbers can move: a project's own values, and values that nobody has stated."""
    found = dict[tuple[str, str | None], Change]()
    for change in changes:
        assumption, key = desk.workspace.assumptions.get(change.name), (change.name, change.project)
        if assumption is None or not assumption.values:
            found[key] = change
        elif change.project is not None and key not in found:
            found[key] = Change(name=change.name, project=change.project, times=Decimal(1),
                                text=f"{change.name}@{change.project}=*1")  # fmt: skip
    return list(found.values())
