"""A model day by day: calls, what they cost, tokens; its releases are marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.quality import ACCURACY, Measurement, measurements
from breakeven.ledger.results import MetricTable
from breakeven.period import Grain
from breakeven.views.charting.data import Key, Mark, Series
from breakeven.views.charting.lines import lines
from breakeven.views.content import Panel, Plot
from breakeven.views.models.asked import course_window, entry_of, figures_of, in_period
from breakeven.views.question import Question

NAMES = (
    "interactions",
    "errors",
    "ai_cost",
    "cost_per_successful_outcome",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
)


def panels(question: Question, model: str | None) -> tuple[Panel, ...]:
    """Calls, cost per outcome, cost, tokens: those of which anything is known."""
    names = [name for name in NAMES if name in question.catalogue]
    span = course_window(question)
    if figures_of(in_period(question), model) is None:
        return accuracy(question, model)
    found: dict[str, MetricTable] = question.kept(
        ("model by day", model, span),
        lambda: {
            table.metric: table
            for table in metrics(
                question.desk, names, grain=Grain.DAY, span=span, projects=question.projects, only={"model": (model,)}
            )
        },
    )
    marks = _marks(question, model, span)
    days = (span[1] - span[0]).days
    sub = (
        f"By day, last {days} days of the period" if days < (question.until - question.period.start).days else "By day"
    )
    drawn = (
        ("calls", "Calls", "interaction", 0, (("interactions", "Calls", "value"), ("errors", "Failed", "red"))),
        (
            "outcome-cost",
            "Cost per successful outcome",
            "money",
            4,
            (("cost_per_successful_outcome", "Cost per outcome", "cost"),),
        ),
        ("cost", "Cost of the calls", "money", 2, (("ai_cost", "Cost", "cost"),)),
        (
            "tokens",
            "Tokens",
            "1",
            0,
            (
                ("input_tokens", "Read", "value"),
                ("cached_tokens", "Read from cache", "muted"),
                ("output_tokens", "Written", "revenue"),
            ),
        ),
    )
    made = []
    for id_, title, unit, digits, parts in drawn:
        series = [_series(found[name], label, key) for name, label, key in parts if name in found]  # type: ignore[arg-type]
        plot: Plot | None = lines(series, unit=unit, show=question.show, title=title, digits=digits, marks=marks)
        if plot is not None:
            made.append(Panel(id=id_, title=title, sub=sub, width=6, body=plot, hourly=True))
    return (*made, *accuracy(question, model))


def accuracy(question: Question, model: str | None) -> tuple[Panel, ...]:
    """Measured accuracy against its baseline over the period; nothing for a model that nobody measured."""
    if model is None or ACCURACY not in question.catalogue:
        return ()
    span = (question.period.start, question.until + timedelta(days=1))
    found: Sequence[Measurement] = question.kept(
        ("accuracy by day", model, span), lambda: measurements(question.desk, model, *span)
    )
    series = [
        Series(label="Accuracy", points=[(one.day, one.value) for one in found]),
        Series(label="Baseline", key="muted", style="dash", points=[(one.day, one.baseline) for one in found]),
    ]
    plot = lines(
        series,
        unit="1",
        show=question.show,
        title="Accuracy",
        digits=3,
        zero=False,
        marks=_marks(question, model, span),
    )
    if plot is None:
        return ()
    return (
        Panel(
            id="accuracy", title="Accuracy", sub="Mean of each day that was measured", width=6, body=plot, hourly=True
        ),
    )


def _series(table: MetricTable, label: str, key: Key) -> Series:
    return Series(label=label, key=key, points=[(date.fromisoformat(row.period), row.value) for row in table.rows])


def _marks(question: Question, model: str | None, span: tuple[date, date]) -> Sequence[Mark]:
    entry = entry_of(question, model)
    if entry is None:
        return ()
    return [
        Mark(on=day, words=f"{one.version or 'release'} {'failed' if one.status == 'failed' else 'deployed'}")
        for one in entry.releases
        if span[0] <= (day := question.calendar.today(one.at)) < span[1]
    ]
