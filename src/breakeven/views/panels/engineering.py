"""How engineering goes, month by month: releases, the time to production, what a model costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.delivery import MonthOfReleases, by_month
from breakeven.ledger.results import MetricTable, Number
from breakeven.period import Grain, add_months
from breakeven.views.charting.columns import columns
from breakeven.views.charting.data import Column, Key, Level, Series
from breakeven.views.charting.lines import lines
from breakeven.views.content import Cell, Legend, Panel, Plot, Row, Table
from breakeven.views.content import Column as Head
from breakeven.views.format import UNKNOWN, decimal_of
from breakeven.views.key_figures import targets_of
from breakeven.views.question import Question

MONTHS = 12
MODELS = 15
COSTS = ("ai_cost", "interactions", "cost_per_prediction", "cost_per_successful_outcome")
RELEASES = ("deployments", "successful_deployments")
TIMES: Mapping[str, Key] = {"time_to_production_days": "value", "cycle_time_days": "muted"}
ENOUGH = 3
"""Releases of a month from which on its spread is drawn."""
GREENS: dict[str, Key] = {"Stayed": "value", "Rolled back or failed": "red"}


def releases(question: Question) -> Panel | None:
    """Deployments by month and result."""
    found = _monthly(question, RELEASES)
    if found is None:
        return None
    months, (every, good) = found
    made = [Column(label=question.show.month_name(month, short=True), parts=_split(whole, stayed))
            for month, whole, stayed in zip(months, every, good, strict=True)]  # fmt: skip
    plot = columns(made, GREENS, unit="deployment", show=question.show, title="Deployments by month", digits=0)
    return chart_panel("releases", "Deployments", "By month and result", plot, "deployments")


def _split(whole: Number | None, part: Number | None) -> list[tuple[str, Number | None]]:
    good, bad = GREENS
    if whole is None:
        return [(good, None), (bad, None)]
    stayed = part or 0
    return [(good, stayed), (bad, decimal_of(whole) - decimal_of(stayed))]


def time_to_production(question: Question) -> Panel | None:
    """Days from the end of development, and from the request, to production."""
    names = [name for name in TIMES if name in question.catalogue]
    found = _monthly(question, names) if names else None
    if found is None:
        return None
    months, values = found
    spreads: Mapping[date, MonthOfReleases] = question.kept(("spreads",), lambda: {
        one.month: one for one in by_month(question.desk, months[0], add_months(months[-1], 1), question.projects)
    })  # fmt: skip
    series = [
        Series(label=question.catalogue[name].label, key=TIMES[name], points=list(zip(months, line, strict=True)),
               band=_band(months, spreads) if name == names[0] else ())
        for name, line in zip(names, values, strict=True)
    ]  # fmt: skip
    goals = [Level(value=target.target, words=f"Goal {question.show.quantity(target.target, 'day', 0)}")
             for target in targets_of(question) if target.metric in names]  # fmt: skip
    plot = lines(series, unit="day", show=question.show, title="Time to production", digits=1, levels=goals)
    if plot is None:
        return None
    if any(one.band for one in series):
        four = Legend(text="Four of five releases", key="value", form="box", faded=True)
        plot = msgspec.structs.replace(plot, legend=(*plot.legend, four))
    return chart_panel("time-to-production", "Time to production", "Mean of each month, in days", plot, names[0])


def _band(months: Sequence[date], spreads: Mapping[date, MonthOfReleases]) -> list[tuple[date, Decimal, Decimal]]:
    """What four of five releases lie between, of the months at an end of the line that have enough of them."""
    found = [(month, spreads[month].lead) for month in months if month in spreads]
    known = [(month, lead.low, lead.high) for month, lead in found if lead is not None and lead.n >= ENOUGH]
    return known if len(known) == len(months) else []


def cost_per_model(question: Question) -> Panel | None:
    """What each model costs, and what a success of it costs."""
    names = [name for name in COSTS if name in question.catalogue]
    tables = question.kept(("cost per model", question.projects), lambda: _by_model(question, names))
    by_model: dict[str, dict[str, Number | None]] = {}
    for table in tables:
        for row in table.rows:
            by_model.setdefault(row.model or "", {})[table.metric] = row.value
    named = {model: values for model, values in by_model.items() if values.get("interactions")}
    if not named:
        return None
    ordered = sorted(named.items(), key=lambda item: (item[1].get("ai_cost") is None, -(item[1].get("ai_cost") or 0)))
    rows = tuple(_cost_row(question, model, values, names) for model, values in ordered[:MODELS])
    heads = tuple(Head(label=question.catalogue[name].label, numeric=True, sort=True) for name in names)
    more = f"The {MODELS} dearest of {len(ordered)}" if len(ordered) > MODELS else "The dearest first"
    table = Table(columns=(Head(label="Model", sort=True), *heads), rows=rows, caption="Cost per model")
    return Panel(
        id="cost-per-model", title="Cost per model", sub=more, explain="cost_per_model", hourly=True, body=table
    )


def _by_model(question: Question, names: Sequence[str]) -> tuple[MetricTable, ...]:
    return metrics(question.desk, names, grain=Grain.ALL, span=question.window, by="model", projects=question.projects)


def _cost_row(question: Question, model: str, values: dict[str, Number | None], names: Sequence[str]) -> Row:
    cells = [Cell(text=model or "Not named", mono=bool(model),
                  href=question.link("/models/" + model.replace("/", "%2F")) if model else "")]  # fmt: skip
    for name in names:
        one, value = question.catalogue[name], values.get(name)
        text = question.show.quantity(value, one.unit, one.decimals)
        cells.append(Cell(text=text.text if value is not None else UNKNOWN, order=value))
    return Row(cells=tuple(cells))


def chart_panel(name: str, title: str, sub: str, plot: Plot | None, figure: str) -> Panel | None:
    if plot is None:
        return None
    return Panel(id=name, title=title, sub=sub, body=plot, width=6, explain=figure, hourly=True)


def _monthly(
    question: Question, names: Sequence[str]
) -> tuple[list[date], tuple[list[Number | None], ...]] | None:  # fmt: skip
    """Values of the last complete months and the open one; None where nothing is known."""
    end, start = span_of_months(question)
    if start >= end:
        return None
    tables: tuple[MetricTable, ...] = question.kept(("monthly", tuple(names), question.projects), lambda: metrics(
        question.desk, names, grain=Grain.MONTH, span=(start, end), projects=question.projects))  # fmt: skip
    months = [date.fromisoformat(f"{row.period}-01") for row in tables[0].rows]
    values = tuple([row.value for row in table.rows] for table in tables)
    return (months, values) if any(value is not None for line in values for value in line) else None


def span_of_months(question: Question) -> tuple[date, date]:
    """The last months: the day after the last month shown, and the first day of the first."""
    end = min(question.period.end, add_months(question.desk.reading.open_month, 1))
    return end, max(add_months(end, -MONTHS), question.desk.book().months[0])
