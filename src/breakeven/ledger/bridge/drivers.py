"""What a part comes from, by name: project, and assumption, currency, pool, model, value category or cost line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from heapq import nsmallest
from typing import NamedTuple

from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.bridge.chain import State, Way
from breakeven.ledger.bridge.results import FACTORS, Driver, Factor, Part
from breakeven.ledger.bridge.totals import Column, Rows
from breakeven.ledger.bridge.traffic import LAST, METERED, UNITS, Model, Steps, kind_of
from breakeven.ledger.desk import INVESTMENT, VALUE
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.measures import MEASURES
from breakeven.workspace.builtins import BUILTINS, COST_LINES

MOST = 5
"""Drivers that are named of one part."""
ZERO = Decimal(0)
Moves = Mapping[tuple[str, str], Decimal]
"""(Project, category or cost line) → what it adds to a part."""
Ends = tuple[Decimal | None, Decimal | None, str]
"""Before, after, unit."""
NOTHING: Ends = (None, None, "money")


class Candidate(NamedTuple):
    """A driver before it is known whether it is large enough to be named; only then its ends are looked up."""

    amount: Decimal
    project: str | None
    item: str
    tell: Callable[[], Ends] = lambda: NOTHING


def parts(figure: str, way: Way, states: Sequence[State], rows: Rows, column: Column) -> tuple[Part, ...]:
    """The nine parts; `column` is the figure at each state."""
    amounts = dict.fromkeys(FACTORS, ZERO)
    found: defaultdict[Factor, list[Candidate]] = defaultdict(list)
    sign = 1 if figure in (INVESTMENT, VALUE) else -1
    for place in range(1, len(states)):
        state, before, after = states[place], column[place - 1], column[place]
        if state.factor is not None and before is not None and after is not None:
            amounts[state.factor] += after - before
            found[state.factor] += _named(way, state, rows, place, _moves(figure, rows, place), sign)
    return tuple(_part(way, name, amounts[name], found[name]) for name in FACTORS)


def _part(way: Way, name: Factor, amount: Decimal, candidates: Sequence[Candidate]) -> Part:
    moved = (one for one in candidates if one.amount)
    largest = nsmallest(MOST, moved, key=lambda one: (-abs(one.amount), one.project or "", one.item))
    rest = amount - sum((one.amount for one in largest), ZERO)
    drivers = tuple(_driver(way, one) for one in largest)
    return Part(name=name, label=FACTORS[name], amount=tidy(amount), drivers=drivers, others=tidy(rest))


def _driver(way: Way, one: Candidate) -> Driver:
    before, after, unit = one.tell()
    return Driver(project=one.project, item=one.item, label=_label(way, one.item), amount=tidy(one.amount),
                  before=tidy_or_none(before), after=tidy_or_none(after), unit=unit)  # fmt: skip


def _moves(figure: str, rows: Rows, place: int) -> Moves:
    """What changed between a state and the one before it, as the figure takes it: cost lessens a net value."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name, after in rows.states[place].items():
        cost = name in COST_LINES
        if (cost and figure == VALUE) or (not cost and (figure == INVESTMENT or name not in rows.categories)):
            continue
        sign = -1 if cost and figure != INVESTMENT else 1
        for (_, project), x, y in zip(rows.keys, rows.states[place - 1][name], after, strict=True):
            if x != y:
                found[project, name] += sign * ((y or ZERO) - (x or ZERO))
    return found


def _named(way: Way, state: State, rows: Rows, place: int, moves: Moves, sign: int) -> Iterator[Candidate]:
    match state.factor:
        case "assumption" | "currency":
            return _switched(state, moves)
        case "allocation" if way.pools and state.item == "":
            return _pools(way, moves, sign)
        case "volume" | "mix" | "price" | "quality":
            return _facts(way, state.factor, moves, sign)
        case _:
            return (Candidate(amount, project, name, partial(_amounts, rows, place, project, name))
                    for (project, name), amount in moves.items())  # fmt: skip


def _switched(state: State, moves: Moves) -> Iterator[Candidate]:
    """One assumption or currency: projects for which it changed alike are named together."""
    found: defaultdict[tuple[Decimal | None, Decimal | None], dict[str, Decimal]] = defaultdict(dict)
    for (project, _), amount in moves.items():
        same = found[state.told.get(project, (None, None))]
        same[project] = same.get(project, ZERO) + amount
    for ends, amounts in found.items():
        sole = next(iter(amounts)) if len(amounts) == 1 else None
        yield Candidate(sum(amounts.values(), ZERO), sole, state.item, partial(_as_is, (*ends, state.unit)))


def _pools(way: Way, moves: Moves, sign: int) -> Iterator[Candidate]:
    shown = {project for project, _ in moves}
    for (pool, project), (before, after) in way.pools.items():
        if project in shown:
            yield Candidate(sign * (after - before), project, pool, partial(_as_is, (before, after, "money")))


def _amounts(rows: Rows, place: int, project: str, name: str) -> Ends:
    """A project's category or cost line before and after a switch."""
    sums: list[Decimal | None] = []
    for state in rows.states[place - 1 : place + 1]:
        known = [x for (_, of), x in zip(rows.keys, state[name], strict=True) if of == project and x is not None]
        sums.append(sum(known, ZERO) if known else None)
    return sums[0], sums[1], "money"


def _as_is(ends: Ends) -> Ends:
    return ends


# --- facts


def _facts(way: Way, factor: Factor, moves: Moves, sign: int) -> Iterator[Candidate]:
    made, place = way.steps.get(METERED), {"volume": 0, "mix": 1, "price": 2}.get(factor)
    models: defaultdict[str, list[tuple[Model, Decimal]]] = defaultdict(list)
    if made is not None and place is not None:
        for model, three in made.models.items():
            models[model[0]].append((model, sign * three[place]))
    for (project, name), amount in moves.items():
        own = models[project] if name == METERED else []
        # Rows are rounded, and cells over all months are: what the last digits differ by is among the others.
        if made is not None and own and abs(sum((part for _, part in own), ZERO) - amount) < Decimal("1e-6"):
            for model, part in own:
                yield Candidate(part, project, model[1] or "no model named", partial(_model, made, factor, model))
        else:
            yield Candidate(amount, project, name, partial(_driving, way, factor, project, name))


def _model(made: Steps, factor: Factor, model: Model) -> Ends:
    return _described(factor, made.units[model], made.amounts[model], made, "money")


def _driving(way: Way, factor: Factor, project: str, name: str) -> Ends:
    """The input that moved an amount, where it is one."""
    nothing = (None, None)
    sums = {part: way.sums(part).get(project, nothing) for part in _needs(way, name) if part in way.steps}
    changed = [part for part, (x, y) in sums.items() if x != y]
    if len(changed) != 1:
        return NOTHING
    part = changed[0]
    made, unit = way.steps[part], MEASURES[part].unit if part in MEASURES else "money"
    if kind_of(part) != "traffic":
        return (*sums[part], unit) if factor == "volume" else NOTHING
    own = [pair for (of, _), pair in made.units.items() if of == project]
    units = sum((x for x, _ in own), ZERO), sum((y for _, y in own), ZERO)
    x, y = sums[part]
    return _described(factor, units, (x or ZERO, y or ZERO), made, unit)


def _described(
    factor: Factor, units: tuple[Decimal, Decimal], amounts: tuple[Decimal, Decimal], made: Steps, unit: str
) -> Ends:
    """How many for volume, which share of all for mix, how much a unit for price and quality."""
    thing = MEASURES[UNITS].unit
    if factor == "volume":
        return *units, thing
    if factor == "mix":
        every = [pair for (project, _), pair in made.units.items() if project in made.going]
        wholes = [sum(column, ZERO) for column in zip(*every, strict=True)] or [ZERO, ZERO]
        shares = [_over(100 * x, whole) for x, whole in zip(units, wholes, strict=True)]
        return shares[0], shares[1], "%"
    before, after = (_over(x, n) for x, n in zip(amounts, units, strict=True))
    return before, after, f"{unit}/{thing}"


def _over(x: Decimal, whole: Decimal) -> Decimal | None:
    return (x / whole).quantize(LAST) if whole else None


def _needs(way: Way, name: str) -> list[str]:
    definitions = way.world.workspace.methodology.definitions
    if name in COST_LINES or name not in definitions:
        return [name]
    return inputs_of(closure(definitions, [name]))


def _label(way: Way, name: str) -> str:
    for side in (way.last, way.first):
        workspace = side.desk.workspace
        if name in workspace.methodology.definitions:
            return workspace.methodology.definitions[name].label
        if name in workspace.assumptions:
            return workspace.assumptions[name].label or name
    if name in BUILTINS:
        return BUILTINS[name].label
    return f"Pool {name}" if any(pool == name for pool, _ in way.pools) else name
