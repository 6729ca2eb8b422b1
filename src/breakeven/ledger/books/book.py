"""The book: value and cost of every month and project, from the first record to the open month.

Stage 1 of two. Whatever is asked for later (a quarter, the portfolio) is summed from this.
"""

from __future__ import annotations

from copy import copy
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Self

import pyarrow as pa

from breakeven.ledger.effects.resting import Decays
from breakeven.ledger.measuring.grid import Sheet
from breakeven.ledger.measuring.measures import Reading
from breakeven.workspace.definitions import Definition


class Book:
    """Stage 1, evaluated. Rows are months × projects; `unallocated` is among the projects where there is such cost."""

    def __init__(
        self, made: Sheet, definitions: dict[str, Definition], months: list[date], ran_in: list[bool],
        expected: list[bool],
    ) -> None:  # fmt: skip
        self.sheet, self.definitions, self.months = made, definitions, months
        self.ran_in, self.expected = ran_in, expected
        """Whether the project of each row ran in its month, and whether the row should be known."""
        self.uncounted: dict[str, dict[str, Decimal]] = {}
        """Value category → project → amount in months in which the project did not run; it is not counted."""
        self.claimed: dict[str, pa.Array] = {}
        """Value category → its column before the headline rule; what the rule does not count is in it."""
        self.decays: Decays = {}
        """What the figures that values rest on do to them."""
        self.notes: dict[str, dict[int, str]] = {}
        """Figure → row → what was done to its amount, in words."""
        self.corrections: dict[str, pa.Array] = {}
        """Total → what its formula of today gives too little in a row that was closed with another one."""

    def read_again(self, reading: Reading) -> Self:
        """The same book for another request: its facts are the same, the moment it was read at is over."""
        other = copy(self)
        other.sheet = self.sheet.read_again(reading)
        return other

    def note(self, name: str, row: int, words: str) -> None:
        """Say what was done to an amount."""
        before = self.notes.setdefault(name, {}).get(row)
        self.notes[name][row] = f"{before}; {words}" if before else words

    @property
    def projects(self) -> list[str]:
        """Keys of the rows."""
        return [str(key[0]) for key in self.sheet.grid.keys]

    @cached_property
    def names(self) -> list[tuple[date, str]]:
        """Month and project of each row."""
        projects = self.projects
        return [(self.months[cell], projects[key]) for cell, key in self.sheet.grid.rows]

    @cached_property
    def month_place(self) -> dict[date, int]:
        """Month → its place among the cells."""
        return {month: place for place, month in enumerate(self.months)}

    def places(self, first: date, last: date) -> range:
        """Places of the months in [first, last)."""
        found = [place for month, place in self.month_place.items() if first <= month < last]
        return range(found[0], found[-1] + 1) if found else range(0)
