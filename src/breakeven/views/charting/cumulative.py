"""The chart of cumulative net value: the way to break-even and beyond, with plan and annotations."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import msgspec

from breakeven.views.charting.chart import Chart, Scale, number_text, round_ticks
from breakeven.views.format import day_of_year, money
from breakeven.views.trend import Trend, TrendPoint, ends


def cumulative(trend: Trend, currency: str) -> Chart:
    """The chart of a trend."""
    points = _with_crossing(trend)
    amounts = [float(point.net) for point in points] + [float(p.plan) for p in points if p.plan is not None]
    low, high = min([0.0, *amounts]), max([0.0, *amounts])
    reach = (high - low) or 1.0
    grain = reach / 2000  # smaller differences cannot be seen: they are not drawn anew
    bottom = low - reach * (0.16 if trend.break_even is not None else 0.04)
    domain = [round(bottom / grain) * grain, round((high + reach * 0.08) / grain) * grain]
    ticks = round_ticks(low, high)
    rows = [_row(point, trend, grain) for point in points]
    if rows:
        rows[-1] |= _end_labels(trend, points[-1], currency, domain)
        for before, row in pairwise(rows):
            before["joint"] = bool(row["running"] and not before["running"])
    first, last = (points[0].on, points[-1].on) if points else (date.min, date.min)
    labels = {day.isoformat(): f"{day:%b} {day:%y}" if place == 0 or day.month == 1 else f"{day:%b}"
              for place, day in enumerate(trend.months)}  # fmt: skip
    step = max(1, math.ceil(len(labels) / 4))
    thin = {name: text for place, (name, text) in enumerate(labels.items()) if place % step == 0}
    return Chart(
        name="cumulative", rows={"rows": rows, "events": _events(trend, points, domain, grain)},
        x=Scale(domain=[first.isoformat(), last.isoformat()], ticks=list(labels), labels=labels, thin=thin),
        y=Scale(domain=domain, ticks=ticks, labels={number_text(tick): axis(tick, currency) for tick in ticks}),
        description=trend.description,
    )  # fmt: skip


def _with_crossing(trend: Trend) -> list[TrendPoint]:
    """The points with the one at which the line crosses zero."""
    if trend.break_even is None:
        return list(trend.points)
    cross = TrendPoint(on=trend.break_even, net=trend.points[0].net * 0, plan=None, running=False)
    before = [point for point in trend.points if point.on < cross.on]
    after = [point for point in trend.points if point.on >= cross.on]
    running = bool(after and after[0].running)
    return [*before, msgspec.structs.replace(cross, running=running), *[p for p in after if p.on > cross.on or p.net]]


def _row(point: TrendPoint, trend: Trend, grain: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "date": point.on.isoformat(), "net": _drawn(float(point.net), grain), "running": point.running,
        "plan": None if point.plan is None else _drawn(float(point.plan), grain),
    }  # fmt: skip
    if trend.break_even is not None and point.on == trend.break_even and not point.net:
        row["cross"] = f"Break-even, {day_of_year(point.on)}"
        row["took"] = f"{trend.payback} after the first entry" if trend.payback else ""
    return row


def _drawn(value: float, grain: float) -> float:
    return round(round(value / grain) * grain, 6)


def _end_labels(trend: Trend, last: TrendPoint, currency: str, domain: Sequence[float]) -> dict[str, Any]:
    """What stands at the end of the lines, far enough apart to be read."""
    text, plan = ends(trend, currency)
    apart = (domain[1] - domain[0]) * 0.06
    at = net = float(last.net)
    planned = float(last.plan) if last.plan is not None else net
    if plan and abs(planned - net) < apart:
        planned = net - apart if planned <= net else net + apart
    return {"last": text, "last_at": at, "planned": plan, "planned_at": planned}


def _events(trend: Trend, points: Sequence[TrendPoint], domain: Sequence[float], grain: float) -> list[dict[str, Any]]:
    """Annotations, their labels stepping down from left to right so that no line crosses an older label."""
    found = []
    reach = domain[1] - domain[0]
    for place, mark in enumerate(trend.marks):
        foot = next((float(point.net) for point in points if point.on >= mark.on), 0.0)
        late = (mark.on - points[0].on) > (points[-1].on - points[0].on) * 0.6
        top = max(domain[1] - reach * (0.1 + 0.12 * place), foot + reach * 0.14)
        found.append({"date": mark.on.isoformat(), "foot": _drawn(min(foot, top), grain), "top": min(top, domain[1]),
                      "label": mark.text, "right": late})  # fmt: skip
    return found


def axis(amount: float, currency: str) -> str:
    """A round amount on an axis: $3M, $2.5M, −$500k."""
    return re.sub(r"\.?0+(?=[MB])", "", text) if "." in (text := money(round(amount), currency)) else text
