"""What a release changed: a model the same length of time before and after it.

From whole days before and after the day of the release, at most 14, which the roll-ups know; a release of yesterday is
compared by whole hours. The day of the release belongs to neither: it ran both versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.live import CSAT, Figures, Said, Scope, running
from breakeven.ledger.operations.registered import Deployed
from breakeven.ledger.results import Result
from breakeven.ledger.window import Moment, window
from breakeven.period import Grain

LONGEST, SHORTEST = 14, 24
"""Days, and hours, that are compared."""
BY_HOURS = timedelta(days=3)
"""A release that is more recent is compared by hours where no whole day lies after it."""
FEWEST = 50
"""Calls on each side from which on a difference is judged."""
SHOWN = ("interactions", "cost_per_prediction", "cost_per_successful_outcome", "latency_p95_ms", "error_rate", CSAT,
         "accuracy")  # fmt: skip
Verdict = Literal["too_early", "no_data", "worse", "better", "same", "failed", "rolled_back"]
_WORSE = {"latency_p95_ms": (Decimal("1.25"), Decimal(0)), "error_rate": (Decimal("1.5"), Decimal("0.5")),
          "cost_per_successful_outcome": (Decimal("1.25"), Decimal(0)),
          "cost_per_prediction": (Decimal("1.25"), Decimal(0))}  # fmt: skip
"""Figure that is better lower → how many times, and how much more, is worse; the inverse is better."""
_ACCURACY = Decimal("0.01")


class Effect(Result, frozen=True, kw_only=True):
    """One release with what it changed."""

    release: Deployed
    verdict: Verdict
    length: timedelta | None
    """Of each side; None: too early, or replaced too soon."""
    before: Figures
    after: Figures
    replaced_at: datetime | None
    """When the next release of the model came."""
    moved: tuple[str, ...]
    """Figures that changed enough to be said, what got worse first."""


def effects(desk: Desk, releases: Sequence[Deployed], among: Sequence[Deployed] = ()) -> tuple[Effect, ...]:
    """Releases with their effects; `among` holds the releases that may have replaced them, too (default: the same)."""
    return tuple(effect(desk, one, _next(one, among or releases)) for one in releases)


def effect(desk: Desk, release: Deployed, replaced_at: datetime | None = None) -> Effect:
    """What a release changed; what is over is not made again until a record of those days comes in."""
    sides = _sides(desk, release.at, replaced_at)
    if sides is None or release.status == "failed":
        verdict: Verdict = "failed" if release.status == "failed" else "too_early"
        if release.status == "rolled_back":
            verdict = "rolled_back"
        return Effect(release=release, verdict=verdict, length=None, before={}, after={}, replaced_at=replaced_at,
                      moved=())  # fmt: skip
    reading, calendar = desk.reading, desk.workspace.calendar
    asked = tuple(window(*side, calendar) for side in sides)
    version = (*(reading.unchanged(one) for one in asked), reading.moment.versions.by_kind.get("evaluation", 0))
    return reading.cache.get(
        ("release", release, replaced_at, asked), version, lambda: _effect(desk, release, replaced_at, *sides)
    )


def _effect(
    desk: Desk, release: Deployed, replaced_at: datetime | None, before: tuple[Moment, Moment],
    after: tuple[Moment, Moment],
) -> Effect:  # fmt: skip
    old, new = (_figures(desk, release.model, side) for side in (before, after))
    worse, better = _moved(old, new)
    verdict: Verdict = "worse" if worse else "better" if better else "same"
    if not all(_number(side, "interactions") or _number(side, "accuracy") for side in (old, new)):
        verdict, worse, better = "no_data", (), ()
    if release.status == "rolled_back":
        verdict = "rolled_back"
    calendar = desk.workspace.calendar
    asked = window(*after, calendar)
    return Effect(release=release, verdict=verdict, length=asked.end - asked.start, before=old, after=new,
                  replaced_at=replaced_at, moved=(*worse, *better))  # fmt: skip


def _next(release: Deployed, releases: Sequence[Deployed]) -> datetime | None:
    later = (one.at for one in releases
             if one.model == release.model and one.at > release.at and one.status != "failed")  # fmt: skip
    return min(later, default=None)


def _sides(
    desk: Desk, at: datetime, replaced_at: datetime | None
) -> tuple[tuple[Moment, Moment], tuple[Moment, Moment]] | None:
    """The windows before and after; None: less than 24 hours lie after."""
    calendar, now = desk.workspace.calendar, desk.reading.now
    until = min(now, replaced_at) if replaced_at is not None else now
    if until - at < timedelta(hours=SHORTEST):
        return None
    day = calendar.today(at)
    days = min(LONGEST, (calendar.today(until) - day).days - 1)
    if days >= 1:
        next_day = day + timedelta(days=1)
        return (day - timedelta(days=days), day), (next_day, next_day + timedelta(days=days))
    start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first = start if start == at else start + timedelta(hours=1)
    length = timedelta(hours=(until - first) // timedelta(hours=1))
    return (start - length, start), (first, first + length)


def _figures(desk: Desk, model: str, span: tuple[Moment, Moment]) -> Figures:
    """Every model is asked for at once: releases of other models look at the same days."""
    found = next((one.figures for one in running(desk, span, Scope()).models if one.model == model), {})
    said = {name: found[name] for name in SHOWN if name in found}
    known = desk.workspace.methodology.definitions
    if "accuracy" in known:
        (table,) = metrics(desk, ["accuracy"], grain=Grain.ALL, span=span, by="model", only={"model": (model,)})
        row = next(iter(table.rows), None)
        said["accuracy"] = Said(value=row.value if row else None, reason=row.reason if row else None)
    return said


def _moved(old: Figures, new: Figures) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What got worse, and what got better."""
    worse, better = list[str](), list[str]()
    calls = min(_number(side, "interactions") or Decimal(0) for side in (old, new))
    for name, (times, more) in _WORSE.items():
        before, after = _number(old, name), _number(new, name)
        if before is None or after is None or calls < FEWEST:
            continue
        if after >= before * times and after - before > more:
            worse.append(name)
        elif before >= after * times and before - after > more:
            better.append(name)
    before, after = _number(old, "accuracy"), _number(new, "accuracy")
    if before is not None and after is not None and abs(after - before) >= _ACCURACY * abs(before):
        (better if after > before else worse).append("accuracy")
    return tuple(worse), tuple(better)


def _number(figures: Mapping[str, Said], name: str) -> Decimal | None:
    said = figures.get(name)
    return None if said is None or said.value is None else Decimal(str(said.value))
