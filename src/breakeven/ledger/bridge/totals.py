"""From rows to the figure that a bridge is about, at every state of the way.

What is known on one end only is taken out of both, so that the change is one between known amounts; what an end does
not have at all (a project that did not run, a month beyond its period) is nothing, and appears with the volume.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec
import pyarrow as pa

from breakeven.errors import UnknownName
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.books.evaluate import Ask, Level
from breakeven.ledger.bridge.chain import State, Way
from breakeven.ledger.bridge.results import Uncompared
from breakeven.ledger.bridge.rows import Key, lines_and_categories, standing_of
from breakeven.ledger.bridge.sides import Standing
from breakeven.ledger.desk import INVESTMENT, NET, VALUE, Desk
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.numbers import tidy
from breakeven.ledger.reasons import gap
from breakeven.period import Grain
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Total, Workspace

FIGURES = (NET, VALUE, INVESTMENT)
"""What a bridge can be about."""
Column = list[Decimal | None]
FACTS = ("volume", "mix", "price", "quality")


def check_figure(figure: str, workspace: Workspace) -> None:
    """Raises UnknownName for a figure that no bridge explains."""
    known = [name for name in FIGURES if name in workspace.methodology.definitions]
    if figure not in known:
        raise UnknownName("figure of a bridge", figure, known)


def leaves(figure: str, workspace: Workspace) -> list[str]:
    """What the figure is computed from at the level of a statement: value categories, cost lines, sums of them."""
    definitions = workspace.methodology.definitions
    sums = _sums(workspace)
    return [figure] if figure in sums else inputs_of(closure(definitions, [figure], sums))


def summed(workspace: Workspace, figures: Iterable[str]) -> list[str]:
    """Of the names that figures are computed from those that add up over months and projects."""
    found = [name for figure in figures for name in leaves(figure, workspace)]
    definitions = workspace.methodology.definitions
    return [name for name in dict.fromkeys(found) if name in COST_LINES or name in definitions]


class Rows(msgspec.Struct, kw_only=True):
    """The rows of all states, made comparable."""

    keys: Sequence[Key]
    states: Sequence[dict[str, Column]]
    """Figure → its rows, in each state; None adds nothing."""
    uncompared: Sequence[Uncompared]
    categories: frozenset[str]
    """Which of the figures are value categories, on one end at least."""
    ends: tuple[dict[str, Column], dict[str, Column]]
    """The rows of both ends as they stand, with what is not compared."""


def comparable(figure: str, way: Way, states: Sequence[State], scope: str | None) -> Rows:
    """Rows of one project or all, with what is unknown on one end taken out of every state."""
    wanted = [i for i, (_, project) in enumerate(way.keys) if scope in (None, project)]
    keys = [way.keys[i] for i in wanted]
    names = list(dict.fromkeys(name for state in states for name in state.amounts))
    columns: dict[str, list[Column]] = {
        name: [[state.amounts[name][i] for i in wanted] if name in state.amounts else [None] * len(keys)
               for state in states]
        for name in names
    }  # fmt: skip
    begun = next(place for place, state in enumerate(states) if state.factor == "volume")
    made: list[dict[str, Column]] = [{} for _ in states]
    uncompared, masked = list[Uncompared](), dict[tuple[str, int], tuple[Decimal | None, ...]]()
    parts = {name for side in (way.first, way.last) for name in _made_of(figure, side.desk.workspace)}
    for name in names:
        ways = list(zip(*columns[name], strict=True))
        for row, way_of in enumerate(ways):
            if not any(amount is None for amount in way_of):  # not `in`: comparing decimals with None is slow
                continue
            ways[row] = tuple(_filled(way_of, begun))
            gap = _gap(way, keys[row], name, way_of[0], way_of[-1]) if name in parts else None
            if gap is not None:
                uncompared.append(gap)
                masked[name, row], ways[row] = ways[row], (None,) * len(states)
        for place, state in enumerate(made):
            state[name] = [way_of[place] for way_of in ways]
    _lower(states, made, masked)
    categories = frozenset(parts) - frozenset(COST_LINES)
    whole = {name: column[0] for name, column in columns.items()}, {name: c[-1] for name, c in columns.items()}
    return Rows(keys=keys, states=made, uncompared=uncompared, categories=categories, ends=whole)


def _made_of(figure: str, workspace: Workspace) -> list[str]:
    """The value categories and cost lines that a figure depends on."""
    smallest = lines_and_categories(workspace)
    names = inputs_of(closure(workspace.methodology.definitions, [figure], smallest))
    return [name for name in names if name in smallest]


def _gap(way: Way, key: Key, name: str, before: Decimal | None, after: Decimal | None) -> Uncompared | None:
    """What says that an amount is unknown on exactly one end."""
    if (before is None) is (after is None):
        return None
    side, one = (way.first, way.stated) if before is None else (way.last, way.stands)
    if name not in COST_LINES and name not in side.desk.workspace.methodology.definitions:
        return None  # the methodology of that end does not have the category: that is method, not ignorance
    reason = standing_of(one, key, name, None, side.desk.workspace)
    if reason is None:
        return None
    return Uncompared(
        figure=name, project=key[1], period=f"{side.months[key[0]]:%Y-%m}",
        before=None if before is None else tidy(before), after=None if after is None else tidy(after), reason=reason,
    )  # fmt: skip


def _filled(way: Sequence[Decimal | None], begun: int) -> Column:
    """The amounts of a row on its way, gaps closed: what one switch makes unknown moves with the next that it knows.

    What the first end does not have comes with the volume, and what the last end does not have goes with it.
    """
    found = list(way)
    for place in range(1, begun):
        if found[place] is None:
            found[place] = found[place - 1]
    last = found[-1]
    if found[begun - 1] is None or last is None:
        return [*found[:begun], *[last] * (len(found) - begun)]
    for place in range(begun, len(found)):
        if found[place] is None:
            found[place] = found[place - 1]
    return found


def _lower(
    states: Sequence[State], made: Sequence[dict[str, Column]],
    masked: Mapping[tuple[str, int], tuple[Decimal | None, ...]],
) -> None:  # fmt: skip
    """Take what is not compared out of the figures that are sums of it."""
    for place, state in enumerate(states):
        workspace = state.desk.workspace
        for name in made[place]:
            if name in COST_LINES or name in lines_and_categories(workspace):
                continue
            needs = inputs_of(closure(workspace.methodology.definitions, [name], lines_and_categories(workspace)))
            for (part, row), amounts in masked.items():
                amount, whole = amounts[place], made[place][name][row]
                if part in needs and amount is not None and whole is not None:
                    made[place][name][row] = whole - amount


# --- the figure


def figures(
    figure: str, way: Way, states: Sequence[State], rows: Sequence[Mapping[str, Column]], scope: str | None
) -> Column:
    """The figure at each state, computed from sums as a statement computes it."""
    also, begun = _also(figure, way, scope), False
    known: list[dict[str, Decimal | None]] = []
    for state, row in zip(states, rows, strict=True):
        begun = begun or state.factor in FACTS
        known.append({**{name: _sum(column) for name, column in row.items()}, **also[begun]})
    found: Column = [None] * len(states)
    for desk in {id(state.desk): state.desk for state in states}.values():
        own = [place for place, state in enumerate(states) if state.desk is desk]
        for place, amount in zip(own, _evaluated(figure, desk, [known[place] for place in own]), strict=True):
            found[place] = amount
    for place in range(1, len(found) - 1):
        if found[place] is None:
            found[place] = found[place - 1]
    return found


def stated(figure: str, way: Way, scope: str | None) -> tuple[Decimal | None, Decimal | None]:
    """The figure of both ends as their statements have it."""
    first, last = (_level(side, scope).sheet.value(figure, 0) for side in (way.first, way.last))
    return first, last


def _level(side: Standing, scope: str | None) -> Level:
    desk, period = side.desk, side.side.period
    ask = Ask(names=desk.headline(), span=desk.window(period.start, period.end), grain=Grain.ALL, name=period.name,
              projects=None if scope is None else (scope,))  # fmt: skip
    return desk.level(ask)


def why_unknown(figure: str, side: Standing, scope: str | None) -> str:
    """Why an end has no figure, in one sentence."""
    level = _level(side, scope)
    if level.sheet.value(figure, 0) is not None:
        return f"nothing of {figure} is known on both ends"
    reason = gap(level, figure, 0)
    return f"{figure} of {side.side.name} is unknown" + (f": {reason}" if reason else "")


def corrected(
    figure: str, way: Way, rows: Rows, column: Column, shown: tuple[Decimal | None, Decimal | None], scope: str | None
) -> Column:
    """The figure at each state, both ends with what their statements have beside it.

    The totals of a closed month stay as they were closed where the formula of a total is another one since.
    """
    also, found = _also(figure, way, scope), list(column)
    for place, side, known, more, amount in zip((0, -1), (way.first, way.last), rows.ends, also, shown, strict=True):
        sums = {name: _sum(rows) for name, rows in known.items()}
        (made,) = _evaluated(figure, side.desk, [{**sums, **more}])
        end = found[place]
        if end is not None and made is not None and amount is not None:
            found[place] = end + amount - made
    return found


def _also(figure: str, way: Way, scope: str | None) -> tuple[dict[str, Decimal | None], dict[str, Decimal | None]]:
    """What else a figure is computed from, before and after the facts are switched."""
    found = []
    for side in (way.first, way.last):
        workspace = side.desk.workspace
        rest = tuple(set(leaves(figure, workspace)) - set(summed(workspace, [figure])))
        values: dict[str, Decimal | None] = {}
        if rest:
            span = side.desk.window(side.side.period.start, side.side.period.end)
            level = side.desk.level(Ask(names=rest, span=span, grain=Grain.ALL, name=side.side.period.name,
                                        projects=None if scope is None else (scope,)))  # fmt: skip
            values = {name: level.sheet.value(name, 0) for name in rest}
        found.append(values)
    return found[0], found[1]


def _evaluated(figure: str, desk: Desk, known: Sequence[Mapping[str, Decimal | None]]) -> Column:
    """The figure by a desk's formulas, once for each set of sums."""
    needed = closure(desk.workspace.methodology.definitions, [figure], _sums(desk.workspace))
    if not needed:
        return [sums.get(figure) for sums in known]
    table = pa.table({name: pa.array([sums.get(name) for sums in known], DECIMAL) for name in inputs_of(needed)})
    formulas = {name: made.expression for name, made in needed.items()}
    answer: Column = desk.evaluator.evaluate(formulas, table).column(figure).to_pylist()
    return answer


def _sums(workspace: Workspace) -> list[str]:
    return [name for name, made in workspace.methodology.definitions.items() if made.total is Total.SUM]


def _sum(column: Column) -> Decimal | None:
    known = [amount for amount in column if amount is not None]
    return sum(known, Decimal(0)) if known else None
