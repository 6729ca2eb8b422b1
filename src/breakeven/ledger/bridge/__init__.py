"""The bridge: how one statement became another, in parts of money that add up to the change to the last decimal.

- sides      the two ends, and the books that stand for them
- rows       months × projects of both ends, side by side
- chain      the way: one thing switched at a time
- declared   assumptions, exchange rates and shares of pools of the other end
- traffic    volume, mix and rate of what is left
- totals     the figure at every state; what can be compared
- drivers    what each part comes from
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal, localcontext

from breakeven.ledger.bridge.chain import Way
from breakeven.ledger.bridge.drivers import parts
from breakeven.ledger.bridge.results import FACTORS, Bridge, Driver, End, Part, Uncompared
from breakeven.ledger.bridge.rows import lines_and_categories as parts_of
from breakeven.ledger.bridge.sides import Side, Standing, standing
from breakeven.ledger.bridge.totals import (
    FIGURES,
    check_figure,
    comparable,
    corrected,
    figures,
    stated,
    summed,
    why_unknown,
)
from breakeven.ledger.desk import NET, Desk
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.numbers import EXACT, tidy, tidy_or_none
from breakeven.ledger.scope import PORTFOLIO
from breakeven.period import Period

__all__ = ["FACTORS", "FIGURES", "Bridge", "Driver", "End", "Part", "Side", "Uncompared", "bridge", "bridge_within"]


Told = Callable[[str], object]
"""Is told in words what is begun; may raise to end it."""


def _untold(_: str) -> None:
    """Nobody watches."""


def bridge(
    ledger: Ledger, first: Side, last: Side, *, now: datetime, project: str | None = None, figure: str = NET,
    told: Told = _untold,
) -> Bridge:  # fmt: skip
    """How a figure of one end became that of the other.

    Raises UnknownName for a project, figure or version, UsageProblem for a version of a month that is open.
    """
    check_figure(figure, ledger.workspace)
    with ExitStack() as held, localcontext(EXACT):
        told(f"Bridge: {first.name}")
        one = held.enter_context(standing(ledger, first, now))
        told(f"Bridge: {last.name}")
        other = one if first == last else held.enter_context(standing(ledger, last, now))
        scope = _scope(one, other, project)
        return _bridge(one, other, figure, scope, now, told)


def bridge_within(desk: Desk, first: Period, last: Period, *, project: str | None = None, figure: str = NET) -> Bridge:
    """The same between two periods of whole months as one desk knows them. Raises UnknownName, UsageProblem."""
    check_figure(figure, desk.workspace)
    with localcontext(EXACT):
        one, other = (Standing(Side(name=of.name, period=of), desk, desk.book()) for of in (first, last))
        return _bridge(one, other, figure, _scope(one, other, project), desk.reading.now)


def _scope(one: Standing, other: Standing, project: str | None) -> str | None:
    """The project as it was asked for; it may be known on one end only. Raises UnknownName."""
    if project is not None and project not in one.book.projects:
        other.desk.check_projects((project,))
    return project


def _bridge(
    one: Standing, other: Standing, figure: str, scope: str | None, now: datetime, told: Told = _untold
) -> Bridge:  # fmt: skip
    declared = (one.desk.workspace, other.desk.workspace)
    names = [name for workspace in declared for name in (*parts_of(workspace), *summed(workspace, [figure]))]
    way = Way(one, other, tuple(dict.fromkeys(names)))
    states = []
    for state in way.states():
        states.append(state)
        told(f"Bridge: {'from its start' if state.factor is None else FACTORS[state.factor].lower()}")
    told("Bridge: what it comes from")
    rows = comparable(figure, way, states, scope)
    column = figures(figure, way, states, rows.states, scope)
    shown = stated(figure, way, scope)
    column = corrected(figure, way, rows, column, shown, scope)
    compared = (column[0], column[-1])
    first, last = (_end(*both) for both in zip((one, other), shown, compared, strict=True))
    lost = next((side for side, amount in zip((one, other), compared, strict=True) if amount is None), None)
    unknown = None if lost is None else why_unknown(figure, lost, scope)
    workspace = other.desk.workspace
    return Bridge(
        figure=figure, label=workspace.methodology.definitions[figure].label, scope=scope or PORTFOLIO,
        currency=workspace.currency, made_at=now, start=first, end=last,
        change=None if unknown else tidy(_less(column[-1], column[0])),
        parts=() if unknown else parts(figure, way, states, rows, column),
        uncompared=tuple(sorted(rows.uncompared, key=_size)), notes=tuple(way.notes), reason=unknown,
    )  # fmt: skip


def _end(side: Standing, amount: Decimal | None, compared: Decimal | None) -> End:
    desk, period = side.desk, side.side.period
    return End(
        name=side.side.name, start=period.start, end=period.end,
        amount=tidy_or_none(amount), compared=tidy_or_none(compared),
        methodology=", ".join(dict.fromkeys(map(side.methodology, side.months))),
        data_version=desk.reading.moment.versions.data, as_of=desk.reading.as_of, said=side.said,
    )  # fmt: skip


def _size(gap: Uncompared) -> Decimal:
    """The largest first."""
    return -abs(gap.before or gap.after or Decimal(0))


def _less(x: Decimal | None, y: Decimal | None) -> Decimal:
    return (x or Decimal(0)) - (y or Decimal(0))
