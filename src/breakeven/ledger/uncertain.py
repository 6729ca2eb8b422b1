"""Which inputs of the book are uncertain, and how: for each row of a sheet the variate that stands behind its value.

Each value of an assumption is uncertain as it is declared. All projects that use the common value share it; a project's
own value is drawn on its own. A row's value is its variate times a scale: the elapsed share of a month that is not
over, or what a closed month had instead of today's value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
import pyarrow as pa

from breakeven.ledger.draws import Variate
from breakeven.ledger.grid import Sheet, assumption_day
from breakeven.ledger.window import elapsed_share
from breakeven.workspace.definitions import Assumption, AssumptionValue


class Variates:
    """All uncertain numbers of an answer, each once, by their place."""

    def __init__(self) -> None:
        self._places: dict[Variate, int] = {}

    def place(self, variate: Variate) -> int:
        """Where a variate stands; added if it is new."""
        return self._places.setdefault(variate, len(self._places))

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
    """The value behind each row of a sheet, by the rule of `Sheet.assume`."""
    sole = sheet.projects[0] if sheet.projects is not None and len(sheet.projects) == 1 else None
    own = {value.project for value in assumption.values if value.project is not None}
    today = sheet.reading.today
    days = [(assumption_day(cell, today), cell.last - timedelta(days=1)) for cell in sheet.grid.cells]
    scopes = [sole if project is None else project for project in sheet.grid.projects]
    scopes = [project if project in own else None for project in scopes]
    found: dict[tuple[int, str | None], AssumptionValue | None] = {}
    for cell, (day, last) in enumerate(days):
        for scope in dict.fromkeys(scopes):
            found[cell, scope] = assumption.on(day, scope) or assumption.on(last, scope)
    return [found[cell, scopes[key]] for cell, key in sheet.grid.rows]


def uncertain_assumption(sheet: Sheet, assumption: Assumption, variates: Variates) -> Uncertain | None:
    """How an assumption is uncertain over the rows of a sheet that has its column; None: it is not."""
    stated = values_in_force(sheet, assumption)
    made = {id(value): variate_of(assumption.name, value) for value in stated if value is not None}
    if not any(variate.spread for variate in made.values()):
        return None
    column = sheet.columns[assumption.name].to_pylist()
    places: list[int | None] = []
    scales: list[float | None] = []
    elapsed = _elapsed(sheet) if assumption.per == "month" else {}
    for row, value in enumerate(stated):
        held = column[row]
        if held is None or value is None:
            places.append(None if held is None else variates.place(_certain(assumption.name, float(held))))
            scales.append(None if held is None else 1.0)
            continue
        places.append(variates.place(made[id(value)]))
        share = elapsed.get(sheet.grid.rows[row][0], 1.0)
        scales.append(float(held / value.value) if value.value else share)
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
