"""What scenarios answer with. Amounts are exact; a figure that is unknown is None and has a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from breakeven.ledger.results import Result


class Question(Result, frozen=True, kw_only=True):
    """What every answer says about what it was asked of."""

    period: str
    start: date
    end: date
    """Day after the last."""
    scope: str
    """portfolio or a project's id."""
    currency: str
    data_version: int
    methodology: str
    made_at: datetime


class Supposition(Result, frozen=True, kw_only=True):
    """One assumption that is supposed to be another one."""

    name: str
    label: str
    unit: str
    project: str | None
    """None: in every project."""
    text: str
    """As it was asked: hourly_rate=+10%."""
    before: Decimal | None
    """The value in force at the end of the period; None: it is not stated, or not for all alike."""
    after: Decimal | None
    remark: str | None
    """What is unusual about it: outside its declared range, stated for the first time, used by no figure."""


class Difference(Result, frozen=True, kw_only=True):
    """A figure as it is and as it would be."""

    label: str
    unit: str
    before: Decimal | None
    after: Decimal | None
    change: Decimal | None
    """after − before; None where one of them is unknown."""
    reason: str | None = None
    """Why the supposed figure is unknown, or else the present one."""


class WhatIf(Question, frozen=True, kw_only=True):
    """A statement beside what it would be."""

    changes: tuple[Supposition, ...]
    figures: Mapping[str, Difference]
    """Value categories, cost lines, totals, payback and run rate, by name."""
    projects: Mapping[str, Mapping[str, Difference]] | None
    """Project → value, investment, net value and ROI, where asked for by project."""


class Scenario(Result, frozen=True, kw_only=True):
    """A saved what-if."""

    name: str
    description: str
    changes: tuple[str, ...]
    who: str
    at: datetime


class Compared(Question, frozen=True, kw_only=True):
    """Saved scenarios side by side over the present data."""

    scenarios: tuple[Scenario, ...]
    figures: Mapping[str, ComparedFigure]


class ComparedFigure(Result, frozen=True, kw_only=True):
    """One figure under every scenario."""

    label: str
    unit: str
    present: Decimal | None
    """Without any change."""
    scenarios: Mapping[str, Difference]
    """Scenario → the figure before and after."""


class Bar(Result, frozen=True, kw_only=True):
    """An assumption at the two ends of its range, all others at their values."""

    name: str
    label: str
    unit: str
    value: Decimal | None
    """In force at the end of the period; None: not the same in all projects."""
    low: Decimal | None
    """Its low end there; None: not the same in all projects."""
    high: Decimal | None
    basis: str
    """Where the two ends come from: its declared range, its standard error, or ± a percentage."""
    at_low: Decimal | None
    """The figure with the assumption at its low end."""
    at_high: Decimal | None
    swing: Decimal | None
    """Distance between the two."""
    reason: str | None = None


class Tornado(Question, frozen=True, kw_only=True):
    """Which assumption moves a figure most."""

    figure: str
    label: str
    unit: str
    value: Decimal | None
    """The figure with all assumptions at their values."""
    bars: tuple[Bar, ...]
    """Widest swing first."""
    without_range: tuple[str, ...]
    """Assumptions that the figure depends on and that have no range."""
    without_effect: tuple[str, ...]
    """Assumptions with a range that change nothing here."""
    not_stated: tuple[str, ...]
    """Assumptions that the figure would depend on and that nobody has stated."""


class Crossing(Result, frozen=True, kw_only=True):
    """A value of the assumption at which the figure has the wanted value."""

    value: Decimal
    figure: Decimal | None
    """The figure at that value."""
    direction: str
    """up: the figure rises through the wanted value as the assumption rises; down: it falls; touches: it turns there;
    level: it stays there until `until`; jumps up, jumps down: it passes the wanted value without having it."""
    until: Decimal | None = None


class BreakEven(Question, frozen=True, kw_only=True):
    """Where a figure reaches a wanted value."""

    name: str
    label: str
    unit: str
    project: str | None
    figure: str
    figure_label: str
    figure_unit: str
    wanted: Decimal
    low: Decimal
    """The range that was searched."""
    high: Decimal
    value: Decimal | None
    """The assumption's present value; None: not stated, or not the same in all projects."""
    now: Decimal | None
    """The figure at it."""
    at_low: Decimal | None
    at_high: Decimal | None
    crossings: tuple[Crossing, ...]
    """In order of the assumption; empty: there is none in the range."""
    answer: str
    """One sentence."""
