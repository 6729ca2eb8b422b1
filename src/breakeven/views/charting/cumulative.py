"""The chart of cumulative net value: the way to break-even and beyond, with plan and annotations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import msgspec

from breakeven.views.charting.axes import stamp, texts_of
from breakeven.views.charting.chart import Chart, Scale, round_ticks
from breakeven.views.charting.marking import Drawn, apart
from breakeven.views.format import Display, money
from breakeven.views.trend import Trend, TrendPoint

LABEL_WIDTH, LABEL_HEIGHT = 0.24, 0.13
"""Room that the words at the crossing take, as parts of the axes."""
LATE = 0.6
"""Part of the width from which on an annotation's words stand left of it."""
GRAIN = 2000
"""Steps that a reader can tell apart over the chart's height: smaller differences are not drawn anew."""


def cumulative(trend: Trend, show: Display) -> Chart:
    """The chart of a trend, whose amounts are in the shown currency already."""
    points = _with_crossing(trend)
    amounts = [float(point.net) for point in points] + [float(p.plan) for p in points if p.plan is not None]
    low, high = min([0.0, *amounts]), max([0.0, *amounts])
    reach = (high - low) or 1.0
    grain = reach / GRAIN
    crossed = _crossing(trend, points, low, reach, show)
    bottom = min(
        [low - reach * (0.16 if crossed else 0.04), *(row["label_at"] - reach * LABEL_HEIGHT for row in crossed)]
    )
    domain = [round(bottom / grain) * grain, round((high + reach * 0.08) / grain) * grain]
    ticks = round_ticks(low, high)
    rows = [_row(point, grain) for point in points]
    if rows:
        rows[-1] |= _end_labels(points[-1], show, domain)
        for before, row in pairwise(rows):
            before["joint"] = bool(row["running"] and not before["running"])
    plain = msgspec.structs.replace(show, rate=type(show.rate)(1))
    labels = [f"{show.month_name(day, short=True)} {day:%y}" if place == 0 or day.month == 1
              else show.month_name(day, short=True) for place, day in enumerate(trend.months)]  # fmt: skip
    step = max(1, math.ceil(len(labels) / 4))
    first, last = (points[0].on, points[-1].on) if points else (date.min, date.min)
    return Chart(
        name="cumulative",
        rows={"rows": rows, "events": _events(trend, points, domain, grain), "cross": crossed},
        x=Scale(domain=[stamp(first), stamp(last)], ticks=[stamp(month) for month in trend.months], labels=labels,
                thin=[text if place % step == 0 else "" for place, text in enumerate(labels)]),
        y=Scale(domain=domain, ticks=ticks, labels=texts_of(ticks, "money", plain)),
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


def _row(point: TrendPoint, grain: float) -> dict[str, Any]:
    return {
        "at": stamp(point.on), "net": _drawn(float(point.net), grain), "running": point.running,
        "plan": None if point.plan is None else _drawn(float(point.plan), grain),
    }  # fmt: skip


def _drawn(value: float, grain: float) -> float:
    return round(round(value / grain) * grain, 6)


def _crossing(trend: Trend, points: Sequence[TrendPoint], low: float, reach: float, show: Display) -> Drawn:
    """The crossing with its words where no line runs: below right of it, above left of it, or below all lines."""
    if trend.break_even is None:
        return []
    at, length = stamp(trend.break_even), stamp(points[-1].on) - stamp(points[0].on)
    width, height = length * LABEL_WIDTH, reach * LABEL_HEIGHT
    right = _heights(points, at, at + width)
    left = _heights(points, at - width, at)
    fits_right = at + width <= stamp(points[-1].on)
    below = all(value > -reach * 0.005 or value < -height for value in right)
    above = at - width >= stamp(points[0].on) and all(value < reach * 0.005 or value > height for value in left)
    row: dict[str, Any] = {
        "at": at, "words": f"Break-even, {show.day_of_year(trend.break_even)}", "above": False, "label_at": 0.0,
        "took": f"{trend.payback} after the first entry" if trend.payback else "",
    }  # fmt: skip
    if below and fits_right:
        return [row]
    if above:
        return [row | {"above": True}]
    return [row | {"label_at": min([0.0, *right, *([] if fits_right else [low])])}]


def _heights(points: Sequence[TrendPoint], first: float, last: float) -> list[float]:
    """Where lines run between two moments: at both and at the points between them."""
    found: list[float] = []
    lines = [[(stamp(point.on), float(point.net)) for point in points],
             [(stamp(point.on), float(point.plan)) for point in points if point.plan is not None]]  # fmt: skip
    for line in lines:
        for (begin, start), (end, value) in pairwise(line):
            edges = (max(begin, first), min(end, last))
            if edges[0] < edges[1]:
                found += [start + (edge - begin) / (end - begin) * (value - start) for edge in edges]
    return found


def _end_labels(last: TrendPoint, show: Display, domain: Sequence[float]) -> dict[str, Any]:
    """What stands at the end of the lines, far enough apart to be read."""
    rows: Drawn = [{"words": money(last.net, show.currency, locale=show.locale), "label_at": float(last.net)}]
    if last.plan is not None:
        words = f"Plan {money(last.plan, show.currency, locale=show.locale)}"
        rows.append({"words": words, "label_at": float(last.plan)})
    net, *plan = rows
    apart(rows, domain[0], domain[1])
    found = {"last": net["words"], "last_at": net["label_at"], "planned": "", "planned_at": 0.0}
    return found | ({"planned": plan[0]["words"], "planned_at": plan[0]["label_at"]} if plan else {})


def _events(trend: Trend, points: Sequence[TrendPoint], domain: Sequence[float], grain: float) -> Drawn:
    """Annotations, their labels stepping down from left to right so that no line crosses an older label."""
    found: Drawn = []
    reach = domain[1] - domain[0]
    for place, mark in enumerate(trend.marks):
        foot = next((float(point.net) for point in points if point.on >= mark.on), 0.0)
        late = (mark.on - points[0].on) > (points[-1].on - points[0].on) * LATE
        top = max(domain[1] - reach * (0.1 + 0.12 * place), foot + reach * 0.14)
        found.append({"at": stamp(mark.on), "foot": _drawn(min(foot, top), grain), "top": min(top, domain[1]),
                      "label": mark.text, "right": late})  # fmt: skip
    return found
