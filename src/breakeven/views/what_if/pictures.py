"""The page's pictures, each with its sentence and its numbers."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.scenarios.explored import Explored, Lever, Spread
from breakeven.ledger.scenarios.results import Bar
from breakeven.views.content import Cell, Column, Drawn, Legend, Row, Table
from breakeven.views.format import Display, span
from breakeven.views.question import Question
from breakeven.views.what_if.drawing.cumulative import Lines, cumulative
from breakeven.views.what_if.drawing.density import NARROW, WIDE, Densities, Hill, density
from breakeven.views.what_if.drawing.tornado import Swing, tornado
from breakeven.views.what_if.levers import own_money, short
from breakeven.views.what_if.shapes import Picture

LEGENDS = {
    "density": (Legend(text="This scenario", key="value", form="line"), Legend(text="80% interval", key="value-weak"),
                Legend(text="Baseline", key="muted", form="dash")),
    "tornado": (Legend(text="Lower ROI", key="cost-weak"), Legend(text="Higher ROI", key="value")),
    "cumulative": (Legend(text="This scenario", key="value", form="line"),
                   Legend(text="Baseline", key="muted", form="dash")),
}  # fmt: skip
TITLES = {"density": "How likely each ROI is", "tornado": "What moves ROI most", "cumulative": "Cumulative net value"}
MOST_BARS = 8
"""Assumptions in the tornado."""
NOTHING = Table(columns=(), rows=(), caption="", empty="Nothing to show.")


def taken_along(name: str, picture: Picture) -> Drawn:
    """A picture by itself."""
    return Drawn(title=TITLES[name], svg=picture.wide, table=picture.table, legend=LEGENDS[name])


def density_picture(question: Question, found: Explored) -> Picture:
    """The likelihood of each ROI."""
    show, roi = question.show, found.figures["roi_percent"]
    if roi.after is None:
        return Picture(wide="", narrow="", words=f"ROI is not known: {roi.reason}", table=NOTHING)
    levels = [(0.0, "Break-even", "ink")]
    if found.goal is not None:
        levels.append((float(found.goal.value), f"Goal {show.roi(found.goal.value)}", "dash"))
    changed = bool(found.changes) and roi.before is not None
    scenario = _hill(found.after, roi.after, f"{'Scenario' if changed else 'Baseline'} {show.roi(roi.after)}")
    baseline = None
    if changed and roi.before is not None:
        baseline = _hill(found.before, roi.before, f"Baseline {show.roi(roi.before)}")
    given = Densities(places=found.places, scenario=scenario, baseline=baseline, levels=levels,
                      tick=lambda value: show.percent(value, signed=True))  # fmt: skip
    rows = [_spread_row("This scenario" if changed else "Baseline", found.after, roi.after, show)]
    rows += [_spread_row("Baseline", found.before, roi.before, show)] if changed else []
    columns = ("", "ROI", "P10", "Middle", "P90", "Chance of a return", "Chance of the goal")
    table = Table(columns=tuple(Column(label=label, numeric=bool(label)) for label in columns), rows=tuple(rows),
                  caption="Distribution of ROI")  # fmt: skip
    interval = f", 80% interval {interval_words(found.after, show)}" if found.after.roi else ""
    words = f"Likelihood of ROI: {scenario.words}{interval}{'' if baseline is None else f', {baseline.words}'}."
    return Picture(wide=density(given, WIDE), narrow=density(given, NARROW), words=words, table=table)


def interval_words(spread: Spread, show: Display) -> str:
    """+237%–+292%; – where there is none."""
    return "–" if spread.roi is None else span(show.roi(spread.roi[0]), show.roi(spread.roi[2]))


def _hill(spread: Spread, value: Decimal, words: str) -> Hill:
    interval = None if spread.roi is None else (float(spread.roi[0]), float(spread.roi[2]))
    return Hill(value=float(value), words=words, density=spread.density, interval=interval)


def _spread_row(name: str, spread: Spread, value: Decimal | None, show: Display) -> Row:
    three = spread.roi or (None, None, None)
    chances = (spread.chance_of_return, spread.chance_of_goal)
    cells = (show.roi(value), *(show.roi(one) for one in three),
             *(show.percent(None if one is None else one * 100) for one in chances))  # fmt: skip
    return Row(cells=(Cell(text=name), *(Cell(text=cell) for cell in cells)))


def tornado_picture(question: Question, found: Explored) -> Picture:
    """What moves ROI most."""
    show, present = question.show, found.figures["roi_percent"].after
    levers = {lever.key: lever for lever in found.levers}
    bars = [bar for bar in found.bars if bar.at_low is not None and bar.at_high is not None and bar.name in levers]
    rows = min(MOST_BARS, sum(1 for lever in found.levers if lever.project is None and lever.low is not None))
    if present is None or not bars:
        why = "no assumption behind it has a range" if present is not None else "ROI is not known"
        return Picture(wide="", narrow="", words=f"Nothing to compare: {why}.", table=NOTHING)
    swings = [_swing(levers[bar.name], float(bar.at_low or 0), float(bar.at_high or 0), question) for bar in bars]

    def tick(value: float) -> str:
        return show.percent(value, signed=True)

    wide, narrow = (tornado(swings[:MOST_BARS], float(present), max(rows, 1), tick, wide=each)
                    for each in (True, False))  # fmt: skip
    table = Table(
        columns=tuple(Column(label=label, numeric=place > 0) for place, label in enumerate(
            ("Assumption", "Low", "ROI at low", "High", "ROI at high", "Difference"))),
        rows=tuple(_bar_row(one, bar, show) for one, bar in zip(swings, bars, strict=True)),
        caption="ROI with one assumption at the ends of its declared range, the others as they stand",
    )  # fmt: skip
    words = f"{swings[0].label} moves ROI most: from {tick(swings[0].low)} to {tick(swings[0].high)}."
    return Picture(wide=wide, narrow=narrow, words=words, table=table)


def _bar_row(one: Swing, bar: Bar, show: Display) -> Row:
    low, high = (show.percent(end, 1, signed=True) for end in (bar.at_low, bar.at_high))
    texts = (one.label, one.low_words, low, one.high_words, high, f"{show.plain(bar.swing, 1)} pp")
    return Row(cells=tuple(Cell(text=text) for text in texts))


def _swing(lever: Lever, low: float, high: float, question: Question) -> Swing:
    show = own_money(question)
    return Swing(label=lever.label, low=low, high=high, low_words=short(lever, lever.low, show),
                 high_words=short(lever, lever.high, show))  # fmt: skip


def cumulative_picture(question: Question, found: Explored) -> Picture:
    """Cumulative net value."""
    show = question.show
    if not found.months:
        return Picture(wide="", narrow="", words="No month has an amount yet.", table=NOTHING)
    after, before = ([float(show.amount(value) or 0) for value in values] for values in (
        [month.after for month in found.months], [month.before for month in found.months]))  # fmt: skip
    band = [(float(show.amount(month.low) or 0), float(show.amount(month.high) or 0)) for month in found.months
            if month.low is not None and month.high is not None]  # fmt: skip
    paid = found.figures["payback_months"].after
    end = show.month_short(found.months[-1].month)
    lines = Lines(
        months=["Start", *(show.month_short(month.month) for month in found.months)], scenario=[0.0, *after],
        baseline=[0.0, *before] if found.changes else None,
        band=[(0.0, 0.0), *band] if len(band) == len(found.months) else [],
        ends=(show.money(found.months[-1].after), show.money(found.months[-1].before) if found.changes else ""),
        crossing=None if paid is None else (min(float(paid), len(after)), f"Break-even, month {show.plain(paid, 1)}"),
        tick=lambda value: _tick(value, show),
    )  # fmt: skip
    head: tuple[str, ...] = ("Month", "This scenario" if found.changes else "Net value", "P10", "P90")
    head += ("Baseline",) if found.changes else ()
    table = Table(
        columns=tuple(Column(label=label, numeric=place > 0) for place, label in enumerate(head)),
        rows=tuple(Row(cells=tuple(Cell(text=text) for text in (
            show.month_short(month.month) + ("" if month.complete else ", still open"), show.money(month.after),
            show.money(month.low), show.money(month.high), show.money(month.before))[: len(head)]))
            for month in found.months),
        caption="Cumulative net value at the end of each month",
    )  # fmt: skip
    against = f", baseline {lines.ends[1]}" if found.changes else ""
    words = f"Cumulative net value, {lines.ends[0]} at the end of {end}{against}."
    return Picture(wide=cumulative(lines, wide=True), narrow=cumulative(lines, wide=False), words=words, table=table)


def _tick(value: float, show: Display) -> str:
    """A round amount of the currency that is shown."""
    return Display(currency=show.currency, locale=show.locale).money(value)
