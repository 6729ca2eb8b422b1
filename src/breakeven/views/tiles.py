"""Key figures as tiles: value, change against before, target, status and the trend of twelve months.

A page declares its tiles as figures by name (`key_figures` of the workspace); everything else follows from the
catalogue, the targets and the tables, so that the page of another audience is another list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from breakeven.ledger.catalogue import Figure
from breakeven.ledger.results import Number, Status, TargetStatus
from breakeven.views.comparison import Change, change
from breakeven.views.format import Shown, decimal_of, percent, quantity
from breakeven.workspace.definitions import FigureRef

ADDED_UP: Mapping[str, str] = {"roi_ytd": "net_value"}
"""Figures that only grow from a start: their change and their trend are those of what each month adds."""
SIGNED = {"cumulative_roi_percent", "roi_percent"}
"""Percentages that are always shown with their sign."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A status: colour, word and what it is measured by."""

    status: Status
    word: str
    words: str
    """For example `16% above the target of 21,428 h`."""


class Point(msgspec.Struct, frozen=True):
    """One month of a small trend."""

    month: str
    value: float | None


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One key figure."""

    figure: str
    label: str
    description: str
    value: Shown
    reason: str | None
    """Why it is unknown."""
    partly: str | None
    """What a known value does not include."""
    change: Change | None
    no_change: str
    """What stands in place of a change that is not known."""
    goal: Judged | None
    trend: tuple[Point, ...]
    trend_words: str


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger says about the figures of a page, each by the figure's name."""

    value: Mapping[str, tuple[Number | None, str | None]]
    """In the period: value, and why it is unknown or what it does not include."""
    current: Mapping[str, Number | None]
    """In the first span of the comparison."""
    previous: Mapping[str, Number | None]
    """In the span that it is compared with."""
    monthly: Mapping[str, Sequence[Point]]
    """By month, oldest first, complete months only."""
    words: str | None
    """How the comparison is named; None where there is nothing to compare with."""


def tile(
    ref: FigureRef, catalogue: Mapping[str, Figure], answers: Answers, targets: Sequence[TargetStatus], currency: str
) -> Tile:
    """The tile of a figure of the catalogue."""
    one = catalogue[ref.figure]
    value, reason = answers.value.get(one.name, (None, "not asked for"))
    part = ADDED_UP.get(one.name, one.name)
    made = catalogue.get(part, one)
    target = next((target for target in targets if target.metric == one.name), None)
    moved = change(
        answers.current.get(part), answers.previous.get(part), unit=made.unit, digits=made.decimals,
        direction=one.direction, currency=currency, words=answers.words or "",
    )  # fmt: skip
    trend = tuple(answers.monthly.get(part, ()))
    return Tile(
        figure=one.name, label=ref.label or one.label, description=one.description,
        value=shown(value, one, currency), reason=(reason or "not measured") if value is None else None,
        partly=reason if value is not None else None,
        change=moved if value is not None else None,
        no_change="Nothing earlier to compare with" if answers.words is None else "Change is not known",
        goal=None if target is None else judged(target, one, currency),
        trend=trend if any(point.value is not None for point in trend) else (),
        trend_words=_trend_words(ref.label or one.label, trend, made, currency),
    )  # fmt: skip


def shown(value: Number | None, one: Figure, currency: str) -> Shown:
    """A figure's value in its unit."""
    if one.name in SIGNED:
        return Shown(percent(value, signed=True))
    return quantity(value, one.unit, currency, one.decimals)


def judged(target: TargetStatus, one: Figure, currency: str) -> Judged:
    """A target in words: how far above or below it the figure is."""
    whole = target.target == target.target.to_integral_value()
    wanted = str(quantity(target.target, one.unit, currency, 0 if whole else one.decimals))
    least = target.rule == "at_least"
    if target.value is None or one.unit == "%" or target.target <= 0 or decimal_of(target.value) <= 0:
        words = f"target {'at least' if least else 'at most'} {wanted}"
    else:
        share = (decimal_of(target.value) / target.target - 1) * 100
        size = percent(abs(share), 0 if abs(share) >= 10 else 1)
        far = f"{size} {'above' if share > 0 else 'below'}" if size not in ("0%", "0.0%") else "at"
        words = f"{far} {'target' if least else 'the limit'} of {wanted}" if far != "at" else f"at the target, {wanted}"
    return Judged(status=target.status, word=target.word, words=words)


def _trend_words(label: str, trend: Sequence[Point], one: Figure, currency: str) -> str:
    known = [point for point in trend if point.value is not None]
    if len(known) < 2:
        return f"{label}: no trend yet"
    first, last = (quantity(point.value, one.unit, currency, one.decimals) for point in (known[0], known[-1]))
    name = label if one.label == label else f"{label}, {one.label.lower()} of each month"
    return f"{name}: {first} in {known[0].month}, {last} in {known[-1].month}"
