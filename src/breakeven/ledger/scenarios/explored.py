"""What exploring a scenario answers with: everything that changes when one lever is moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from breakeven.ledger.results import Result, Status
from breakeven.ledger.scenarios.results import Bar, Difference, Question, Supposition
from breakeven.workspace.definitions import Grade

Line = Literal["break-even", "goal"]


class Marker(Result, frozen=True, kw_only=True):
    """Where a lever must stand for ROI to be 0, or for the goal to be just met, everything else as it is."""

    line: Line
    value: Decimal
    """In the lever's own unit, to four digits."""


class Lever(Result, frozen=True, kw_only=True):
    """An assumption that can be moved."""

    name: str
    project: str | None
    """None: its value wherever it is stated."""
    label: str
    unit: str
    """Of the value; a relative lever is moved in percent."""
    description: str
    evidence: Grade
    source: str
    owner: str
    review_by: date | None
    experiment: str | None
    relative: bool
    """Its values differ: the lever moves all of them by a percentage, 0 is as they are."""
    base: Decimal | None
    """Where it stands without any change; None: it is not stated, or its values differ and one is supposed for all."""
    value: Decimal | None
    """Where it stands in the scenario."""
    low: Decimal | None
    """Low end of the declared range; None: it has none."""
    high: Decimal | None
    least: Decimal
    """Ends of the lever's way, and its step."""
    most: Decimal
    step: Decimal
    stated: tuple[Decimal, ...]
    """Lowest and highest of the values, where they differ."""
    texts: tuple[str, ...]
    """The changes that moved it."""
    declared: str
    """The declared distribution; empty: it counts as exactly known."""
    swing: Decimal | None = None
    """Distance of ROI between its two ends, in percent points."""
    markers: tuple[Marker, ...] = ()

    @property
    def key(self) -> str:
        """As it is written: hourly_rate, hourly_rate@support-bot."""
        return self.name if self.project is None else f"{self.name}@{self.project}"


class Goal(Result, frozen=True, kw_only=True):
    """What ROI should reach."""

    metric: str
    """roi_percent or cumulative_roi_percent."""
    label: str
    value: Decimal
    met: Status
    """Of the scenario."""
    was: Status
    """Of the present."""


class Spread(Result, frozen=True, kw_only=True):
    """ROI and net value in the draws."""

    roi: tuple[Decimal, Decimal, Decimal] | None
    """P10, P50 and P90; None: ROI is unknown in most draws."""
    net: tuple[Decimal, Decimal, Decimal] | None
    chance_of_return: Decimal | None
    """Share of the draws in which ROI is above 0."""
    chance_of_goal: Decimal | None
    """Share of the draws in which the goal is met; None: there is no goal."""
    density: Sequence[float]
    """Of ROI at the places of `Explored.places`; empty: nothing is uncertain, or ROI is unknown."""


class Month(Result, frozen=True, kw_only=True):
    """Cumulative net value at the end of a month."""

    month: date
    before: Decimal | None
    after: Decimal | None
    low: Decimal | None
    """P10 of the scenario; None: nothing is uncertain."""
    high: Decimal | None
    complete: bool


class Explored(Question, frozen=True, kw_only=True):
    """A scenario beside the present."""

    changes: tuple[Supposition, ...]
    figures: Mapping[str, Difference]
    """As `what_if` gives them."""
    seed: int
    draws: int
    goal: Goal | None
    before: Spread
    after: Spread
    places: Sequence[float]
    """ROI in percent, evenly spaced, at which the densities are given."""
    bars: tuple[Bar, ...]
    """ROI with one assumption at the ends of its declared range, widest swing first."""
    levers: tuple[Lever, ...]
    """The one that moves ROI most first; then those without a range."""
    months: tuple[Month, ...]
    band_draws: int
    """Draws of the months' ranges."""
