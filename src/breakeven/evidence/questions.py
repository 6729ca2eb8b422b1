"""What the methods are asked: the data of an experiment as numbers, and how strict the answer must be."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.evidence.results import Answer

MINIMUM = 100
"""Units with an outcome that each arm needs, where nothing else is declared."""


class Sample(Answer, frozen=True, kw_only=True):
    """Sufficient statistics of one arm."""

    name: str
    assigned: int
    """Units assigned to the arm."""
    n: int
    """Of these, units with a known outcome."""
    mean: float | None
    variance: float | None
    """Sample variance (divisor n − 1); None below two units."""


class Trial(Answer, frozen=True, kw_only=True):
    """How the arms are to be compared."""

    control: str
    treatment: str
    """The arm whose effect is asked for."""
    treatments: int = 1
    """How many arms are compared with the control."""
    proportion: bool = False
    planned: Mapping[str, float] = {}
    """Planned shares of the arms, in any scale; empty: equal."""
    minimum: int = MINIMUM
    level: float = 0.95
    detectable: float | None = None
    """Smallest effect that matters."""
    mixed: int = 0
    """Units that were seen in several arms and are in none of the samples."""
    unnamed: int = 0
    """Records of an arm that do not say which unit they belong to."""
    units: str = "records"
    """What the units are, in words."""


class Series(Answer, frozen=True, kw_only=True):
    """A figure over periods of equal length."""

    names: tuple[str, ...]
    """2026-01, …"""
    values: tuple[float | None, ...]
    seasons: tuple[int, ...]
    """Place of each period within its season: month of the year, day of the week; all 0 where there is none."""
    change: int
    """Place of the first period after the change."""
    unit: str = "months"
    """What the periods are, in words."""


class Rule(Answer, frozen=True, kw_only=True):
    """How strict the method is."""

    minimum: int
    """Periods that each side of the change needs."""
    level: float = 0.95
    detectable: float | None = None


class Panel(Answer, frozen=True, kw_only=True):
    """Values of units over periods."""

    periods: tuple[str, ...]
    units: tuple[str, ...]
    treated: tuple[bool, ...]
    """Whether the change was made in each unit."""
    values: tuple[tuple[float | None, ...], ...]
    """By unit, then by period."""
    change: int
    """Place of the first period after the change."""
    unit: str = "months"
    """What the periods are, in words."""
    whose: str = "projects"
    """What the units are, in words."""
