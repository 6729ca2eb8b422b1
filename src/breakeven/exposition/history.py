"""The past as /metrics would have shown it, as OpenMetrics with times: one value at the end of each local day.

Every figure is as it is known today. A day has the figures of the last month that was complete when it ended, its
counters hold what had happened by then. The running month and breakeven's own operation have no history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from breakeven.errors import UsageProblem
from breakeven.exposition.counts import COUNTED, Totals, counters, distributions, span_of_all
from breakeven.exposition.families import Family, Labels, gauge
from breakeven.exposition.monthly import of_month
from breakeven.exposition.present import ACCURACY, ACCURACY_WORDS, MODELS, bounded, model_families, projects_of
from breakeven.exposition.rendering import EOF, Dialect, heading, name_and_labels, number
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import span_of
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.durations import times_to_production
from breakeven.ledger.operations.quality import evaluations
from breakeven.ledger.results import MetricTable, Number
from breakeven.period import Grain, add_months

DAY = timedelta(days=1)
Dated = tuple[int, tuple[Family, ...]]
"""Unix time, and what was shown then."""


def history(desk: Desk, first: date, end: date, most: int, scraped: Labels = ()) -> Iterator[str]:
    """OpenMetrics of the days from `first` to the day before `end`, in pieces of text; `most` projects and models.

    `scraped` are the labels that Prometheus gives what it scrapes: with them the past and the present are one series.
    Days that are not over have no value yet. Raises UsageProblem where no day is.
    """
    days = [first + DAY * at for at in range((min(end, desk.reading.today) - first).days)]
    if not days:
        raise UsageProblem(f"no day from {first} on, and before {end}, is over: there is no history to write")
    projects = bounded(projects_of(desk), most).shown
    for made in (_monthly(desk, days, projects), _models(desk, days, projects), _counts(desk, days, projects),
                 _durations(desk, days, projects), _accuracies(desk, days, most)):  # fmt: skip
        yield from written(made, scraped)
    yield EOF


def written(shown: Sequence[Dated], scraped: Labels = ()) -> Iterator[str]:
    """The families that stand at some times; what belongs to the same labels stands together, its times in order."""
    families: dict[str, tuple[Family, dict[Labels, list[str]]]] = {}
    for at, found in shown:
        for family in found:
            series = families.setdefault(family.name, (family, {}))[1]
            for sample in family.samples:
                one = tuple(label for label in sample.labels if label[0] != "le")
                text = name_and_labels(family.name + sample.suffix, (*sample.labels, *scraped))
                series.setdefault(one, []).append(f"{text} {number(sample.value)} {at}\n")
    for family, series in families.values():
        if series:
            yield heading(family, Dialect.OPENMETRICS)
            yield from ("".join(lines) for lines in series.values())


def ends_at(desk: Desk, day: date) -> int:
    """Unix time of a local day's end."""
    zone = ZoneInfo(desk.workspace.calendar.time_zone)
    return int(datetime.combine(day + DAY, time(), zone).timestamp())


def _monthly(desk: Desk, days: Sequence[date], projects: Sequence[str]) -> Sequence[Dated]:
    """A month is complete with its last day."""
    known = span_of(desk.reading, ["cost", "interaction", "benefit", "deployment", "incident", "evaluation"])
    found: dict[date, tuple[Family, ...]] = {}
    shown = []
    for day in days:
        month = add_months((day + DAY).replace(day=1), -1)
        if known is None or month < known[0].replace(day=1):
            continue
        if month not in found:
            found[month] = of_month(desk, month, projects)
        shown.append((ends_at(desk, day), found[month]))
    return shown


def _models(desk: Desk, days: Sequence[date], projects: Sequence[str]) -> Sequence[Dated]:
    span = (days[0], days[-1] + DAY)
    (whole,) = metrics(desk, [MODELS], grain=Grain.DAY, span=span)
    (parts,) = metrics(desk, [MODELS], grain=Grain.DAY, span=span, by="project")
    total, each = _by_day(whole), _by_day(parts)
    none: Mapping[str | None, Number | None] = {}
    return [
        (ends_at(desk, day), model_families(
            total.get(day, none).get(None), dict(each.get(day, none)), projects, desk.workspace))
        for day in days
    ]  # fmt: skip


def _by_day(table: MetricTable) -> dict[date, dict[str | None, Number | None]]:
    found: dict[date, dict[str | None, Number | None]] = {}
    for row in table.rows:
        found.setdefault(date.fromisoformat(row.period), {})[row.project] = row.value
    return found


def _counts(desk: Desk, days: Sequence[date], projects: Sequence[str]) -> Sequence[Dated]:
    """What had happened by the end of each day: what was before the first, and day by day on top of it."""
    span = span_of_all(desk)
    if span is None or span[0] > days[-1]:
        return []
    running: dict[str, dict[str | None, Decimal]] = {name: {} for name in COUNTED}
    if span[0] < days[0]:
        for part in _tables(desk, (span[0], days[0]), Grain.ALL):
            _add(running, part)
    start = max(span[0], days[0])
    daily: dict[date, list[tuple[str, str | None, Number]]] = {}
    for table in _tables(desk, (start, days[-1] + DAY), Grain.DAY):
        for row in table.rows:
            if row.value is not None:
                daily.setdefault(date.fromisoformat(row.period), []).append((table.metric, row.project, row.value))
    shown = []
    for day in days:
        if day < start:
            continue
        for name, project, value in daily.get(day, ()):
            running[name][project] = running[name].get(project, Decimal(0)) + Decimal(str(value))
        state: Totals = {name: dict(values) for name, values in running.items()}
        shown.append((ends_at(desk, day), counters(state, projects, desk.workspace)))
    return shown


def _tables(desk: Desk, span: tuple[date, date], grain: Grain) -> Iterable[MetricTable]:
    yield from metrics(desk, list(COUNTED), grain=grain, span=span)
    yield from metrics(desk, list(COUNTED), grain=grain, span=span, by="project")


def _add(running: dict[str, dict[str | None, Decimal]], table: MetricTable) -> None:
    for row in table.rows:
        if row.value is not None:
            running[table.metric][row.project] = Decimal(str(row.value))


def _durations(desk: Desk, days: Sequence[date], projects: Sequence[str]) -> Sequence[Dated]:
    times, shown, reached = times_to_production(desk), [], 0
    for day in days:
        while reached < len(times) and times[reached].day <= day:
            reached += 1
        shown.append((ends_at(desk, day), distributions(times[:reached], projects, desk.workspace)))
    return shown


def _accuracies(desk: Desk, days: Sequence[date], most: int) -> Sequence[Dated]:
    """The latest evaluation of each model by the end of each day; of the models that were evaluated last."""
    every = evaluations(desk)
    newest = dict.fromkeys(one.model for one in reversed(every))
    models, calendar = set(bounded(list(newest), most).shown), desk.workspace.calendar
    standing: dict[str, float] = {}
    shown, reached = [], 0
    for day in days:
        while reached < len(every) and calendar.today(every[reached].at) <= day:
            if every[reached].model in models:
                standing[every[reached].model] = every[reached].value
            reached += 1
        samples = ((((("model_name", name),)), standing[name]) for name in sorted(standing))
        shown.append((ends_at(desk, day), (gauge(ACCURACY, ACCURACY_WORDS, *samples),)))
    return shown
