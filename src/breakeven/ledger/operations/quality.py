"""Measured quality of models: the latest evaluation against its baseline, and its course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.relations import literal
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import Number, Result, Status
from breakeven.ledger.targets import WATCH, judge
from breakeven.period import Grain

ACCURACY, GAP = "accuracy", "accuracy_gap"
DAYS, WEEKS = 14, 14
"""Cells of the course: days, or weeks where evaluations are rarer."""


class Measured(Result, frozen=True, kw_only=True):
    """What the latest evaluation of a model's accuracy says."""

    model: str
    project: str
    metric: str
    value: float
    baseline: float | None
    at: datetime
    gap_percent: Decimal | None
    """How far it lies below its baseline; below 0 it is better. None: no baseline is known."""
    status: Status
    """Against the target of `accuracy_gap`; grey without a target or a baseline."""


class Measurement(Result, frozen=True, kw_only=True):
    """The accuracy of one day."""

    day: date
    value: Decimal
    """Mean of the day's evaluations."""
    baseline: Decimal | None


class Course(Result, frozen=True, kw_only=True):
    """Accuracy against the baseline, model by model, in cells of time."""

    grain: Grain
    periods: tuple[str, ...]
    gaps: Mapping[str, tuple[Number | None, ...]]
    """Model → how far below its baseline, in percent, in each period; None: not measured."""
    status: Mapping[str, tuple[Status, ...]]


def latest(desk: Desk) -> Mapping[str, Measured]:
    """The latest measurement of accuracy of each model."""
    version = desk.reading.moment.versions.by_kind.get("evaluation", 0)
    found: Mapping[str, Measured] = desk.reading.cache.get(("latest evaluation",), version, lambda: _latest(desk))
    return found


def _latest(desk: Desk) -> Mapping[str, Measured]:
    rows = desk.reading.moment.query(
        "SELECT model, project, metric, value, baseline, time FROM evaluation WHERE metric = 'accuracy'"
        " QUALIFY row_number() OVER (PARTITION BY model ORDER BY time DESC, id) = 1 ORDER BY model"
    ).to_pylist()
    found = {}
    for row in rows:
        base, value = row["baseline"], Decimal(repr(row["value"]))
        gap = None if not base else (Decimal(repr(base)) - value) / Decimal(repr(base)) * 100
        found[row["model"]] = Measured(
            model=row["model"], project=row["project"], metric=row["metric"], value=row["value"], baseline=base,
            at=row["time"], gap_percent=gap, status=gap_status(desk, gap),
        )  # fmt: skip
    return found


class Evaluated(Result, frozen=True, kw_only=True):
    """One evaluation of a model's accuracy."""

    model: str
    at: datetime
    value: float


def evaluations(desk: Desk) -> tuple[Evaluated, ...]:
    """Every evaluation of accuracy, the earliest first; the last one of a model is that of `latest`."""
    rows = desk.reading.moment.query(
        "SELECT model, time AS at, value FROM evaluation WHERE metric = 'accuracy' AND model IS NOT NULL"
        " ORDER BY time, id DESC"
    ).to_pylist()
    return tuple(Evaluated(**row) for row in rows)


def measurements(desk: Desk, model: str, first: date, end: date) -> tuple[Measurement, ...]:
    """A model's accuracy on each day of [first, end) that has an evaluation."""
    (table,) = metrics(desk, [ACCURACY], grain=Grain.DAY, span=(first, end), only={"model": (model,)})
    zone, calendar = literal(desk.workspace.calendar.time_zone), desk.workspace.calendar
    bases = desk.reading.moment.query(
        f"SELECT CAST(timezone({zone}, time) AS DATE) AS day, sum(TRY_CAST(baseline AS DECIMAL(30, 12))) AS total,"
        " count(*) AS known FROM evaluation WHERE metric = 'accuracy' AND baseline IS NOT NULL AND model = $model"
        " AND time >= $first AND time < $end GROUP BY 1",
        {"model": model, "first": calendar.instant(first), "end": calendar.instant(end)},
    ).to_pylist()
    stated = {row["day"]: Decimal(row["total"]) / row["known"] for row in bases if row["total"] is not None}
    return tuple(
        Measurement(day=day, value=Decimal(str(row.value)), baseline=stated.get(day))
        for row in table.rows
        if row.value is not None and (day := date.fromisoformat(row.period))
    )


def gap_status(desk: Desk, gap: Number | None) -> Status:
    """How far accuracy may lie below its baseline, as the target says."""
    target = next((one for one in desk.workspace.targets if one.metric == GAP and one.at_most is not None), None)
    if target is None or target.at_most is None or gap is None:
        return "grey"
    watch = target.watch if target.watch is not None else target.at_most * (1 + WATCH)
    return judge(gap, target.at_most, watch, "at_most")


def course(desk: Desk, models: Sequence[str]) -> Course | None:
    """The last days, or weeks where evaluations are rarer than that; None: nothing was measured against a baseline."""
    today, calendar = desk.reading.today, desk.workspace.calendar
    made = _course(desk, models, Grain.DAY, (today - timedelta(days=DAYS - 1), today + timedelta(days=1)))
    measured = sum(gap is not None for gaps in made.gaps.values() for gap in gaps)
    if measured * 2 < len(made.gaps) * DAYS:
        week = calendar.containing(today, Grain.WEEK)
        made = _course(desk, models, Grain.WEEK, (week.start - timedelta(weeks=WEEKS - 1), week.end))
    return made if any(gap is not None for gaps in made.gaps.values() for gap in gaps) else None


def _course(desk: Desk, models: Sequence[str], grain: Grain, span: tuple[date, date]) -> Course:
    (table,) = metrics(desk, [GAP], grain=grain, span=span, by="model", only={"model": tuple(models)})
    periods = tuple(dict.fromkeys(row.period for row in table.rows))
    gaps: dict[str, dict[str, Number | None]] = {}
    for row in table.rows:
        gaps.setdefault(str(row.model), {})[row.period] = row.value
    ordered = {model: tuple(gaps[model].get(period) for period in periods) for model in models if model in gaps}
    return Course(grain=grain, periods=periods, gaps=ordered,
                  status={model: tuple(gap_status(desk, gap) for gap in row) for model, row in ordered.items()},
                  )  # fmt: skip
