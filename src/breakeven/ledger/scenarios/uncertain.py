"""Which inputs of the book are uncertain, and how: for each row of a sheet the variate that stands behind its value.

Each value of an assumption is uncertain as it is declared. All projects that use the common value share it; a project's
own value is drawn on its own. A row's value is its variate times a scale: the elapsed share of a month that is not
over, or what a closed month had instead of today's value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.scenarios.draws import Variate
from breakeven.ledger.window import elapsed_share
from breakeven.workspace.definitions import Assumption, AssumptionValue

_ALIKE = 1e-9
"""How far a value may lie from what is stated, in proportion, and be that value (elapsed shares are rounded)."""


class Variates:
    """All uncertain numbers of an answer, each once, by their place."""

    def __init__(self) -> None:
        self._places: dict[Variate, int] = {}

    def place(self, variate: Variate) -> int:
        """Where a variate stands; added if it is new."""
        return self._places.setdefault(variate, len(self._places))

    def certain(self, value: float) -> int:
        """Where a number stands that is known exactly."""
        return self.place(Variate(of="", stream="", shape="fixed", value=value))

    @property
    def listed(self) -> Sequence[Variate]:
        """In order of their places."""
        return list(self._places)


class Uncertain(msgspec.Struct, frozen=True):
    """An uncertain input over the rows of a sheet."""

    place: pa.Array
    """The variate of each row; NULL: its value is unknown."""
    scale: pa.Array
    """What the variate is multiplied by in each row."""


def values_in_force(sheet: Sheet, assumption: Assumption) -> list[AssumptionValue | None]:
    """The value behind each row of a sheet."""
    found, index = sheet.stated(assumption)
    return [found[place][1] for place in index.to_pylist()]


def uncertain_assumption(
    sheet: Sheet, assumption: Assumption, variates: Variates, *, every: bool = False
) -> Uncertain | None:
    """How an assumption is uncertain over the rows of a sheet that has its column; None: it is not.

    `every`: also where nothing about it is uncertain, so that it can be supposed to be another one.
    """
    found, index = sheet.stated(assumption)
    stated = [value for _, value in found]
    different = {id(value): value for value in stated if value is not None}
    known = {key: variate_of(assumption.name, value) for key, value in different.items()}
    if not every and not any(variate.spread for variate in known.values()):
        return None
    held = sheet.columns[assumption.name].cast(pa.float64())
    made = [None if value is None else known[id(value)] for value in stated]
    place = pa.array([None if variate is None else variates.place(variate) for variate in made], pa.int32()).take(index)
    elapsed = _elapsed(sheet) if assumption.per == "month" else {}
    scale = sheet.grid.per_cell([elapsed.get(cell, 1.0) for cell in range(len(sheet.grid.cells))], pa.float64())
    numbers = pa.array([None if variate is None else variate.value for variate in made], pa.float64()).take(index)
    place = pc.if_else(pc.is_valid(held), place, None)
    sealed = _sealed(held, pc.multiply(numbers, scale))
    if sealed:
        behind = {row: made[index[row].as_py()] for row in sealed}
        place = _with_sealed(sheet, assumption.name, held, place, behind, variates)
    return Uncertain(place, scale)


def _sealed(held: pa.Array, expected: pa.Array) -> list[int]:
    """Rows whose value is not the one that is stated now: those of closed months."""
    alike = pc.less_equal(pc.abs(pc.subtract(held, expected)), pc.multiply(pc.abs(held), _ALIKE))
    found: list[int] = pc.indices_nonzero(pc.and_(pc.is_valid(held), pc.invert(pc.fill_null(alike, False)))).to_pylist()
    return found


def _with_sealed(
    sheet: Sheet, name: str, held: pa.Array, place: pa.Array, behind: Mapping[int, Variate | None], variates: Variates
) -> pa.Array:  # fmt: skip
    """Rows of closed months have the value they were closed with, as uncertain as today's is in proportion to it.

    One that is not stated now counts as exactly known.
    """
    places = place.to_pylist()
    for row, variate in behind.items():
        value = held[row].as_py()
        if variate is None or not variate.value:
            project = sheet.grid.projects[sheet.grid.rows[row][1]]
            stream = name if project is None else f"{name}@{project}"
            places[row] = variates.place(Variate(of=name, stream=stream, shape="fixed", value=value))
        else:
            places[row] = variates.place(times(variate, value / variate.value))
    return pa.array(places, pa.int32())


def times(variate: Variate, factor: float) -> Variate:
    """A number that is uncertain in the same proportion, and moves together with the other."""
    low, high = (None if end is None else end * factor for end in (variate.low, variate.high))
    if factor < 0:
        low, high = high, low
    return msgspec.structs.replace(variate, value=variate.value * factor, low=low, high=high)


def variate_of(name: str, value: AssumptionValue) -> Variate:
    """The uncertain number that a stated value is; dated values of one scope share their stream."""
    stream = name if value.project is None else f"{name}@{value.project}"
    if value.distribution == "fixed" or value.low is None or value.high is None:
        return Variate(of=name, stream=stream, shape="fixed", value=float(value.value))
    return Variate(of=name, stream=stream, shape=value.distribution, value=float(value.value), low=float(value.low),
                   high=float(value.high))  # fmt: skip


def _elapsed(sheet: Sheet) -> Mapping[int, float]:
    """The elapsed share of each cell that is not over."""
    reading = sheet.reading
    found = {}
    for place, cell in enumerate(sheet.grid.cells):
        if cell.first >= reading.open_month:
            over, whole = elapsed_share(cell.first.replace(day=1), reading.workspace.calendar, reading.now)
            found[place] = over / whole
    return found
