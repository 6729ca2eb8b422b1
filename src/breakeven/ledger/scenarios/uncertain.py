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


def uncertain_assumption(sheet: Sheet, assumption: Assumption, variates: Variates) -> Uncertain | None:
    """How an assumption is uncertain over the rows of a sheet that has its column; None: it is not."""
    found, index = sheet.stated(assumption)
    stated = [value for _, value in found]
    different = {id(value): value for value in stated if value is not None}
    known = {key: variate_of(assumption.name, value) for key, value in different.items()}
    made = [None if value is None else known[id(value)] for value in stated]
    if not any(variate.spread for variate in made if variate is not None):
        return None
    column = sheet.columns[assumption.name]
    held = column.cast(pa.float64())
    numbers = pa.array([None if value is None else float(value.value) for value in stated], pa.float64()).take(index)
    elapsed = _elapsed(sheet) if assumption.per == "month" else {}
    shares = sheet.grid.per_cell([elapsed.get(cell, 1.0) for cell in range(len(sheet.grid.cells))], pa.float64())
    scale = pc.if_else(pc.equal(numbers, 0.0), shares, pc.divide(held, numbers))
    place = pa.array([None if variate is None else variates.place(variate) for variate in made], pa.int32()).take(index)
    return _with_sealed(held, Uncertain(pc.if_else(pc.is_valid(held), place, None), scale), variates)


def _with_sealed(held: pa.Array, of: Uncertain, variates: Variates) -> Uncertain:
    """Rows that have a value although none is stated now: a closed month has it, and it counts as exactly known."""
    lost = pc.indices_nonzero(pc.and_(pc.is_valid(held), pc.is_null(of.place))).to_pylist()
    if not lost:
        return of
    places, scales = of.place.to_pylist(), of.scale.to_pylist()
    for row in lost:
        places[row], scales[row] = variates.certain(held[row].as_py()), 1.0
    return Uncertain(pa.array(places, pa.int32()), pa.array(scales, pa.float64()))


def variate_of(name: str, value: AssumptionValue) -> Variate:
    """The uncertain number that a stated value is; dated values of one scope share their stream."""
    stream = name if value.project is None else f"{name}@{value.project}"
    if value.distribution == "fixed" or value.low is None or value.high is None:
        return _certain(name, float(value.value))
    return Variate(of=name, stream=stream, shape=value.distribution, value=float(value.value), low=float(value.low),
                   high=float(value.high))  # fmt: skip


def _certain(name: str, value: float) -> Variate:
    return Variate(of=name, stream="", shape="fixed", value=value)


def _elapsed(sheet: Sheet) -> Mapping[int, float]:
    """The elapsed share of each cell that is not over."""
    reading = sheet.reading
    found = {}
    for place, cell in enumerate(sheet.grid.cells):
        if cell.first >= reading.open_month:
            over, whole = elapsed_share(cell.first.replace(day=1), reading.workspace.calendar, reading.now)
            found[place] = over / whole
    return found
