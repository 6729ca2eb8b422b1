"""What is left of a change when facts alone differ: how much, of what, at which amount a unit.

Price-volume-mix analysis with the weights of the first end (Laspeyres). An input that comes from interactions has
cells: projects × models, each with a quantity q (interactions) and an amount x. With Q the sum of quantities,

    volume   x of each cell × (Q after / Q before − 1)
    mix      x of each cell × (q after / q before) − x × (Q after / Q before)
    rate     the rest: another amount for each interaction

A model that is new in a project has no amount a unit before: its amount is mix. A project with no quantity on one end
has nothing that could be compared: it is volume as a whole, and not in Q.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from breakeven.ledger.books.evaluate import Ask
from breakeven.ledger.bridge.rows import Key
from breakeven.ledger.desk import Desk
from breakeven.measures import MEASURES, Additivity
from breakeven.period import Grain, Period
from breakeven.workspace.builtins import COST_LINES

UNITS = "interactions"
ZERO = Decimal(0)
LAST = Decimal("1e-12")
"""The last digit that the ledger keeps."""
METERED = "cost_metered"
Cell = tuple[int, str, str | None]
"""Place of the month, project, model."""
Model = tuple[str, str | None]
Cells = Mapping[str, Mapping[Cell, Decimal]]
"""Measure → cell → its value; what is unknown is left out."""
Values = Mapping[Key, Decimal | None]
Kind = Literal["traffic", "quantity", "amount"]


class Steps(msgspec.Struct, kw_only=True):
    """An input of every row on the way: after volume, and after mix. After that it is that of the other end."""

    volume: dict[Key, Decimal | None]
    mix: dict[Key, Decimal | None]
    models: dict[Model, tuple[Decimal, Decimal, Decimal]] = {}
    """Volume, mix and rate of each cell; of inputs from interactions."""
    units: dict[Model, tuple[Decimal, Decimal]] = {}
    """Quantity of each cell before and after."""
    going: frozenset[str] = frozenset()
    """Projects that have a quantity on both ends."""
    amounts: dict[Model, tuple[Decimal, Decimal]] = {}
    """Amount of each cell before and after."""


def kind_of(name: str) -> Kind:
    """What an input is made of: interactions, things that are counted, or an amount that is its own quantity."""
    if name == METERED:
        return "traffic"
    measure = MEASURES.get(name)
    if name in COST_LINES or measure is None or measure.additivity is Additivity.LEVEL:
        return "amount"
    if measure.relation == "interaction" and name != UNITS:
        return "traffic"
    return "amount" if "money" in measure.unit else "quantity"


def is_price(name: str) -> bool:
    """Whether more of an input for each unit is a dearer price, and not a better result."""
    measure = MEASURES.get(name)
    return name in COST_LINES or (measure is not None and measure.unit == "money" and measure.direction == "down")


def cells_of(desk: Desk, period: Period, names: Iterable[str]) -> Cells:
    """Interactions and some inputs made of them, by month, project and model."""
    measures = tuple(dict.fromkeys((UNITS, *("ai_cost" if name == METERED else name for name in names))))
    version = desk.reading.moment.versions.by_kind.get("interaction", 0)
    asked = ("bridge cells", measures, period.start, period.end)
    return desk.reading.cache.get(asked, version, lambda: _cells(desk, period, measures))


def _cells(desk: Desk, period: Period, measures: tuple[str, ...]) -> Cells:
    span = desk.window(period.start, period.end)
    level = desk.as_if_open().level(Ask(names=measures, span=span, grain=Grain.MONTH, dims=("project", "model")))
    grid, place = level.grid, {month: i for i, month in enumerate(period.months())}
    starts = [place[cell.first] for cell in grid.cells]
    rows = [(starts[cell], str(grid.keys[key][0]), grid.keys[key][1]) for cell, key in grid.rows]
    found = {}
    for name in measures:
        values = level.sheet.columns[name].to_pylist()
        known = {row: value for row, value in zip(rows, values, strict=True) if value is not None}
        found[METERED if name == "ai_cost" else name] = known
    found["ai_cost"] = found.get(METERED, {})
    return found


def counted(before: Values, after: Values) -> Steps:
    """The way of an input that is its own quantity: hours, incidents, models."""
    pairs = _pairs(before, after)
    sums = _by_project((key, (before[key], after[key])) for key in pairs)
    going = {project for project, (x, y) in sums.items() if x > 0 and y > 0}
    growth = _growth(sums[project] for project in going)
    volume = dict(after)
    for key in pairs:
        if key[1] in going:
            volume[key] = _round(_known(before[key]) * growth)
    return Steps(volume=volume, mix=dict(after))


def metered(name: str, before: Values, after: Values, at: Cells, to: Cells) -> Steps:
    """The way of an input made of interactions."""
    pairs = _pairs(before, after)
    old, new = _scaled(name, before, at, pairs), _scaled(name, after, to, pairs)
    rows = {key for key in pairs if key in old and key in new}
    units = _units(old, new, rows, at, to)
    sums = _by_project(((0, project), pair) for (project, _), pair in units.items())
    going = {project for project, (x, y) in sums.items() if x > 0 and y > 0}
    growth = _growth(sums[project] for project in going)
    made = Steps(volume=dict(after), mix=dict(after), units=units, going=frozenset(going))
    # What a cell's amount becomes with the other end's quantity; none for a model that is new.
    grown = {cell: y / x for cell, (x, y) in units.items() if x > 0 and cell[0] in going}
    for key in rows:
        project = key[1]
        if project in going:
            made.volume[key] = _round(_known(before[key]) * growth)
            mix = sum((x * grown[project, model] for model, x in old[key].items()), ZERO)
            fresh = sum((y for model, y in new[key].items() if (project, model) not in grown), ZERO)
            made.mix[key] = _round(mix + fresh)
    sums_of = _by_cell(old, rows), _by_cell(new, rows)
    for cell in dict.fromkeys((*sums_of[0], *sums_of[1])):
        first, last = (side.get(cell, ZERO) for side in sums_of)
        volume = mixed = last
        if cell[0] in going:
            volume, mixed = _round(first * growth), _round(first * grown[cell]) if cell in grown else last
        made.models[cell] = (volume - first, mixed - volume, last - mixed)
        made.amounts[cell] = (first, last)
    return made


def _by_cell(side: Mapping[Key, Mapping[str | None, Decimal]], rows: Iterable[Key]) -> dict[Model, Decimal]:
    found: dict[Model, Decimal] = {}
    for key in rows:
        for model, amount in side[key].items():
            cell = (key[1], model)
            found[cell] = found[cell] + amount if cell in found else amount
    return found


def _pairs(before: Values, after: Values) -> list[Key]:
    return [key for key, x in before.items() if x is not None and after.get(key) is not None]


def _scaled(name: str, rows: Values, cells: Cells, keys: Iterable[Key]) -> dict[Key, dict[str | None, Decimal]]:
    """The cells of each row, so that they add up to it: an invoice differs from the meter that distributes it."""
    found: defaultdict[Key, dict[str | None, Decimal]] = defaultdict(dict)
    wanted = set(keys)
    for (place, project, model), amount in cells[name].items():
        if (place, project) in wanted:
            found[place, project][model] = amount
    kept: dict[Key, dict[str | None, Decimal]] = {key: {} for key in wanted if not rows[key]}
    for key, models in found.items():
        row, whole = _known(rows[key]), sum(models.values(), ZERO)
        if whole == row:
            kept[key] = models
        elif whole:
            scaled = {model: _round(amount * row / whole) for model, amount in models.items()}
            largest = max(scaled, key=lambda model: (abs(scaled[model]), str(model)))
            scaled[largest] += row - sum(scaled.values(), ZERO)
            kept[key] = scaled
    return kept


def _units(
    old: Mapping[Key, Mapping[str | None, Decimal]], new: Mapping[Key, Mapping[str | None, Decimal]],
    rows: set[Key], at: Cells, to: Cells,
) -> dict[Model, tuple[Decimal, Decimal]]:  # fmt: skip
    """Quantities of the cells whose amount is known."""
    found: defaultdict[Model, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for place, (side, cells) in enumerate(((old, at), (new, to))):
        counts = cells[UNITS]
        for key in rows:
            month, project = key
            for model in side[key]:
                found[project, model][place] += counts.get((month, project, model), ZERO)
    return {model: (before, after) for model, (before, after) in found.items()}


def _by_project(
    pairs: Iterable[tuple[Key, tuple[Decimal | None, Decimal | None]]],
) -> dict[str, tuple[Decimal, Decimal]]:
    found: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for (_, project), (before, after) in pairs:
        found[project][0] += _known(before)
        found[project][1] += _known(after)
    return {project: (before, after) for project, (before, after) in found.items()}


def _growth(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    every = list(pairs)
    before = sum((x for x, _ in every), ZERO)
    return sum((y for _, y in every), ZERO) / before if before else Decimal(1)


def _known(amount: Decimal | None) -> Decimal:
    return amount if amount is not None else ZERO


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(LAST)
