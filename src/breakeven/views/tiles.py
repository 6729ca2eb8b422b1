"""Key figures as tiles: value, change against before, target, status, range, evidence, age and twelve months.

A page declares its tiles as figures by name (`key_figures` of the workspace); everything else follows from the
catalogue, the targets and the tables, so that the page of another audience is another list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from breakeven.ledger.catalogue import Figure
from breakeven.ledger.results import Number, Status, TargetStatus
from breakeven.views.comparison import Change, change
from breakeven.views.format import JOINER, Display, Shown, decimal_of
from breakeven.views.standing import Evidence
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


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How sure and how new a figure is."""

    range: str = ""
    """The 80% interval; empty: there is none, or it is no wider than the figure as shown."""
    evidence: Evidence | None = None
    age: str = ""
    """Of the newest record that the figure depends on: `34 min`."""


NO_PROOF = Proof()


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
    proof: Proof = NO_PROOF


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
    ref: FigureRef, catalogue: Mapping[str, Figure], answers: Answers, targets: Sequence[TargetStatus], show: Display,
    proof: Proof = NO_PROOF,
) -> Tile:  # fmt: skip
    """The tile of a figure of the catalogue."""
    one = catalogue[ref.figure]
    value, reason = answers.value.get(one.name, (None, "not asked for"))
    part = ADDED_UP.get(one.name, one.name)
    made = catalogue.get(part, one)
    target = next((target for target in targets if target.metric == one.name), None)
    moved = change(
        answers.current.get(part), answers.previous.get(part), unit=made.unit, digits=made.decimals,
        direction=one.direction, show=show, words=answers.words or "",
    )  # fmt: skip
    trend = tuple(answers.monthly.get(part, ()))
    return Tile(
        figure=one.name, label=ref.label or one.label, description=one.description,
        value=shown(value, one, show), reason=(reason or "not measured") if value is None else None,
        partly=reason if value is not None else None,
        change=moved if value is not None else None,
        no_change="Nothing earlier to compare with" if answers.words is None else "Change is not known",
        goal=None if target is None else judged(target, one, show),
        trend=trend if any(point.value is not None for point in trend) else (),
        trend_words=_trend_words(ref.label or one.label, trend, made, show),
        proof=proof,
    )  # fmt: skip


def shown(value: Number | None, one: Figure, show: Display) -> Shown:
    """A figure's value in its unit."""
    if one.name in SIGNED:
        return Shown(show.percent(value, signed=True))
    return show.quantity(value, one.unit, one.decimals)


def interval(low: Number | None, high: Number | None, one: Figure, show: Display) -> str:
    """The ends of a range as they are shown; empty where they look the same."""
    if low is None or high is None:
        return ""
    first, last = shown(low, one, show), shown(high, one, show)
    return "" if first == last else f"{first.text}{JOINER}–{JOINER}{last}"


def judged(target: TargetStatus, one: Figure, show: Display) -> Judged:
    """A target in words: how far above or below it the figure is."""
    whole = target.target == target.target.to_integral_value()
    wanted = str(show.quantity(target.target, one.unit, 0 if whole else one.decimals))
    least = target.rule == "at_least"
    if target.value is None or one.unit == "%" or target.target <= 0 or decimal_of(target.value) <= 0:
        words = f"target {'at least' if least else 'at most'} {wanted}"
    else:
        share = (decimal_of(target.value) / target.target - 1) * 100
        size = show.percent(abs(share), 0 if abs(share) >= 10 else 1)
        far = f"{size} {'above' if share > 0 else 'below'}" if any(sign in "123456789" for sign in size) else "at"
        if far != "at" and wanted == str(shown(target.value, one, show)):
            wanted = str(show.quantity(target.target, one.unit, one.decimals + 1))
        words = f"{far} {'target' if least else 'the limit'} of {wanted}" if far != "at" else f"at the target, {wanted}"
    return Judged(status=target.status, word=target.word, words=words)


def _trend_words(label: str, trend: Sequence[Point], one: Figure, show: Display) -> str:
    known = [point for point in trend if point.value is not None]
    if len(known) < 2:
        return f"{label}: no trend yet"
    first, last = (show.quantity(point.value, one.unit, one.decimals) for point in (known[0], known[-1]))
    name = label if one.label == label else f"{label}, {one.label.lower()} of each month"
    return f"{name}: {first} in {known[0].month}, {last} in {known[-1].month}"
