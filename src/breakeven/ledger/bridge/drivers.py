"""What a part comes from, by name: project, and assumption, currency, pool, model, value category or cost line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from breakeven.ledger.bridge.chain import State, Way
from breakeven.ledger.bridge.results import FACTORS, Driver, Factor, Part
from breakeven.ledger.bridge.totals import Column, Rows
from breakeven.ledger.bridge.traffic import LAST, METERED, UNITS, Steps, kind_of
from breakeven.ledger.closure import closure, inputs_of
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


def parts(figure: str, way: Way, states: Sequence[State], rows: Rows, column: Column) -> tuple[Part, ...]:
    """The nine parts; `column` is the figure at each state."""
    amounts = dict.fromkeys(FACTORS, ZERO)
    found: defaultdict[Factor, list[Driver]] = defaultdict(list)
    for place in range(1, len(states)):
        state, before, after = states[place], column[place - 1], column[place]
        if state.factor is None or before is None or after is None:
            continue
        amounts[state.factor] += after - before
        moves = _moves(figure, rows, place)
        found[state.factor] += _named(way, state, moves, -1 if figure not in (INVESTMENT, VALUE) else 1)
    return tuple(_part(name, amounts[name], found[name]) for name in FACTORS)


def _part(name: Factor, amount: Decimal, drivers: Iterable[Driver]) -> Part:
    every = sorted(
        (one for one in drivers if one.amount), key=lambda one: (-abs(one.amount), one.project or "", one.item)
    )
    rest = amount - sum((one.amount for one in every[:MOST]), ZERO)
    return Part(name=name, label=FACTORS[name], amount=tidy(amount), drivers=tuple(every[:MOST]), others=tidy(rest))


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


def _named(way: Way, state: State, moves: Moves, sign: int) -> Iterator[Driver]:
    match state.factor:
        case "assumption" | "currency":
            return _switched(way, state, moves)
        case "allocation" if way.pools and state.item == "":
            return _pools(way, moves, sign)
        case "volume" | "mix" | "price" | "quality":
            return _facts(way, state.factor, moves, sign)
        case _:
            return _plain(way, moves)


def _plain(way: Way, moves: Moves) -> Iterator[Driver]:
    for (project, name), amount in moves.items():
        yield Driver(project=project, item=name, label=_label(way, name), amount=tidy(amount))


def _switched(way: Way, state: State, moves: Moves) -> Iterator[Driver]:
    """One assumption or currency: projects for which it changed alike are named together."""
    stated = way.world.workspace.assumptions.get(state.item)
    label = (stated.label if stated is not None else "") or _label(way, state.item)
    found: defaultdict[tuple[Decimal | None, Decimal | None], dict[str, Decimal]] = defaultdict(dict)
    for (project, _), amount in moves.items():
        same = found[state.told.get(project, (None, None))]
        same[project] = same.get(project, ZERO) + amount
    for (before, after), amounts in found.items():
        yield Driver(
            project=next(iter(amounts)) if len(amounts) == 1 else None, item=state.item, label=label,
            amount=tidy(sum(amounts.values(), ZERO)), before=tidy_or_none(before), after=tidy_or_none(after),
            unit=state.unit,
        )  # fmt: skip


def _pools(way: Way, moves: Moves, sign: int) -> Iterator[Driver]:
    shown = {project for project, _ in moves}
    for (pool, project), (before, after) in way.pools.items():
        if before != after and project in shown:
            yield Driver(project=project, item=pool, label=f"Pool {pool}", amount=tidy(sign * (after - before)),
                         before=tidy(before), after=tidy(after))  # fmt: skip


# --- facts


def _facts(way: Way, factor: Factor, moves: Moves, sign: int) -> Iterator[Driver]:
    made = way.steps.get(METERED)
    models = made.models if made is not None else {}
    needs = {name: _needs(way, name) for _, name in moves}
    for (project, name), amount in moves.items():
        own = {model: three for model, three in models.items() if model[0] == project}
        place = {"volume": 0, "mix": 1, "price": 2}.get(factor)
        exact = place is not None and sign * sum((three[place] for three in own.values()), ZERO) == amount
        if name == METERED and made is not None and place is not None and exact:
            for model, three in own.items():
                yield _model(made, factor, model, sign * three[place])
        else:
            before, after, unit = _driving(way, factor, project, needs[name])
            yield Driver(project=project, item=name, label=_label(way, name), amount=tidy(amount),
                         before=tidy_or_none(before), after=tidy_or_none(after), unit=unit)  # fmt: skip


def _model(made: Steps, factor: Factor, model: tuple[str, str | None], amount: Decimal) -> Driver:
    (old, new), (x, y) = made.units[model], made.amounts[model]
    before, after, unit = _described(factor, (old, new), (x, y), made, "interaction", "money")
    name = model[1] or "no model named"
    return Driver(project=model[0], item=name, label=name, amount=tidy(amount), before=tidy_or_none(before),
                  after=tidy_or_none(after), unit=unit)  # fmt: skip


def _driving(way: Way, factor: Factor, project: str, needs: Sequence[str]) -> Ends:
    """The input that moved an amount, where it is one."""
    nothing = (None, None)
    sums = {part: way.sums[part].get(project, nothing) for part in needs if part in way.steps}
    changed = [part for part, (x, y) in sums.items() if x != y]
    if len(changed) != 1:
        return None, None, "money"
    part = changed[0]
    made, unit = way.steps[part], MEASURES[part].unit if part in MEASURES else "money"
    if kind_of(part) != "traffic":
        return (*sums[part], unit) if factor == "volume" else (None, None, "money")
    own = [pair for (of, _), pair in made.units.items() if of == project]
    units = sum((x for x, _ in own), ZERO), sum((y for _, y in own), ZERO)
    x, y = sums[part]
    return _described(factor, units, (x or ZERO, y or ZERO), made, MEASURES[UNITS].unit, unit)


def _described(
    factor: Factor, units: tuple[Decimal, Decimal], amounts: tuple[Decimal, Decimal], made: Steps, thing: str, unit: str
) -> Ends:  # fmt: skip
    """How many for volume, which share of all for mix, how much a unit for price and quality."""
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
        if name in side.desk.workspace.methodology.definitions:
            return side.desk.workspace.methodology.definitions[name].label
    return BUILTINS[name].label if name in BUILTINS else name
