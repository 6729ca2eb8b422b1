"""Records of an experiment, added up by the store: sufficient statistics of its arms, means of its units over time.

No row leaves the store. Sums of floats are compensated and squares are taken about a common centre, so that answers of
the same data agree in all digits that are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from breakeven.evidence.questions import Sample
from breakeven.facts import TIME_FIELD, columns
from breakeven.formula import Kind, to_mapping_sql
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import AMOUNTS, events, instant, literal, local, no_rate_column
from breakeven.ledger.window import Window, bucket
from breakeven.workspace.definitions import Experiment


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """The arms of a randomised experiment."""

    samples: tuple[Sample, ...]
    """In the order control, treatments; arms without records are left out."""
    mixed: int
    """Units that were seen in several arms."""
    unnamed: int
    """Records in an arm that name no unit."""
    problem: str | None
    """Why these records cannot be compared."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """Mean outcome of each group in each period."""

    values: dict[tuple[str | None, datetime], float]
    """(Group, local start of the period) → mean."""
    problem: str | None


def arms(reading: Reading, experiment: Experiment, span: Window) -> Records:
    """The sufficient statistics of each arm."""
    names = [name for name in (experiment.control, *experiment.treatments) if name is not None]
    listed = ", ".join(literal(name) for name in names)
    raw = f"SELECT * FROM ({_rows(reading, experiment, span)}) WHERE grp IN ({listed})"
    rows = reading.moment.query(_sums(raw, experiment)).to_pylist()
    mixed = sum(row["assigned"] for row in rows if row["mixed"] and row["named"])
    unnamed = sum(row["records"] for row in rows if not row["named"])
    found = {row["arm"]: row for row in rows if row["named"] and not row["mixed"]}
    samples = [_sample(found[name]) for name in names if name in found]
    problem = _problem(experiment, rows)
    if problem is None and experiment.proportion and any(row["odd"] for row in rows):
        problem = "the outcome of a proportion is yes or no (1 or 0), and some records have another value"
    return Records(samples=tuple(samples), mixed=mixed, unnamed=unnamed, problem=problem)


def means(reading: Reading, experiment: Experiment, span: Window) -> Means:
    """The mean outcome of each group and period."""
    period = bucket(experiment.grain, "local", reading.workspace.calendar, span)
    known = "FILTER (WHERE outcome IS NOT NULL)"
    rows = reading.moment.query(
        f"SELECT grp, {period} AS period, fsum(outcome * weight) / sum(weight) {known} AS mean, {_SAID}"
        f" FROM ({_rows(reading, experiment, span)}) GROUP BY 1, 2"
    ).to_pylist()
    values = {(row["grp"], row["period"]): row["mean"] for row in rows if row["mean"] is not None}
    return Means(values=values, problem=_problem(experiment, rows))


_SAID = "min(lost) AS lost, count_if(weight > 1) AS summed"
"""What records say about themselves: why an amount has no rate, and how many stand for several interactions."""


def _rows(reading: Reading, experiment: Experiment, span: Window) -> str:
    """SELECT of one row a record: local, grp, unit, outcome (DOUBLE), weight, lost (why an amount has no rate)."""
    kind, read = experiment.fact, experiment.expression
    names = [column.name for column in columns(kind)]
    conditions = ["true"]
    if experiment.projects:
        conditions.append(f"project IN ({', '.join(literal(name) for name in experiment.projects)})")
    if read.where is not None:
        conditions.append(to_mapping_sql(read.where, names))
    outcome = to_mapping_sql(read.outcome, names) if read.outcome is not None else "NULL"
    number = f"TRY_CAST({outcome} AS DOUBLE)"
    lost = _lost(experiment)
    shown = {
        "local": "local",
        "grp": "NULL" if read.group is None else f"CAST({to_mapping_sql(read.group, names)} AS VARCHAR)",
        "unit": "NULL" if read.by is None else f"CAST({to_mapping_sql(read.by, names)} AS VARCHAR)",
        "outcome": f"CASE WHEN isfinite({number}) THEN {number} END",
        "weight": "count" if kind == "interaction" else "1",
        "lost": lost or "CAST(NULL AS VARCHAR)",
    }
    listed = ", ".join(f"{sql} AS {name}" for name, sql in shown.items())
    source = _facts(reading, kind, span, converted=lost is not None)
    return f"SELECT {listed} FROM ({source}) WHERE {' AND '.join(f'({one})' for one in conditions)}"


def _facts(reading: Reading, kind: str, span: Window, *, converted: bool) -> str:
    """SELECT of the facts of some days, amounts in the workspace's currency where they are `converted`."""
    setting = reading.setting(kind)
    if kind == "interaction" and not converted:
        # Millions of rows: their local time is made only where it is asked for.
        within = f"x.time >= {instant(span.start)} AND x.time < {instant(span.end)}"
        owner, moment = setting.owner("x.project"), local(setting.time_zone, "x.time")
        return f"SELECT x.* REPLACE ({owner} AS project), {moment} AS local FROM interaction AS x WHERE {within}"
    time = {"deployment": "coalesce(x.deployed_at, x.time)"}.get(kind, f"x.{TIME_FIELD[kind]}")
    return events(kind, span, setting, time)


def _lost(experiment: Experiment) -> str | None:
    """SQL of the reason why an amount that the outcome needs has no exchange rate; None: it needs no amount."""
    read = experiment.expression.outcome
    used = {name.casefold() for name in read.names} if read is not None else set()
    amounts = AMOUNTS.get(experiment.fact, {})
    found = [no_rate_column(currency) for amount, currency in amounts.items() if amount in used]
    return f"coalesce({', '.join([*found, 'NULL'])})" if found else None


def _sums(raw: str, experiment: Experiment) -> str:
    """Statistics by arm; apart from these, units that were in several arms, and records that name no unit.

    Squares are taken about a common middle, of some records or all units: any that is near will do.
    """
    some = "SELECT outcome FROM raw WHERE outcome IS NOT NULL LIMIT 1000"
    units = ("SELECT grp AS arm, false AS mixed, true AS named, outcome, weight, 1 AS records, lost,"
             " weight AS heaviest FROM raw")  # fmt: skip
    kept = "NOT MATERIALIZED"
    if experiment.expression.by is not None:
        made = {"mean": "fsum(outcome) / count(outcome)", "sum": "fsum(outcome)", "any": "max(outcome)"}
        some, kept = "SELECT outcome FROM units WHERE named", "MATERIALIZED"
        units = (f"SELECT min(grp) AS arm, min(grp) <> max(grp) AS mixed, unit IS NOT NULL AS named,"
                 f" {made[experiment.per_unit]} AS outcome, 1 AS weight, count(*) AS records, min(lost) AS lost,"
                 " max(weight) AS heaviest FROM raw GROUP BY unit")  # fmt: skip
    known = "FILTER (WHERE outcome IS NOT NULL)"
    return f"""
        WITH raw AS NOT MATERIALIZED ({raw}), units AS {kept} ({units}),
             centre AS MATERIALIZED (SELECT coalesce(avg(outcome), 0) AS middle FROM ({some}))
        SELECT arm, mixed, named, CAST(sum(weight) AS BIGINT) AS assigned, CAST(sum(records) AS BIGINT) AS records,
               CAST(sum(weight) {known} AS BIGINT) AS n, fsum(outcome * weight) AS total,
               fsum((outcome - middle) * weight) AS off,
               fsum((outcome - middle) * (outcome - middle) * weight) AS squares,
               bool_or(outcome NOT IN (0, 1)) AS odd, min(lost) AS lost, count_if(heaviest > 1) AS summed
        FROM units, centre GROUP BY arm, mixed, named"""


def _sample(row: dict[str, Any]) -> Sample:
    n, variance = row["n"] or 0, None
    if n > 1:
        variance = max(0.0, row["squares"] - row["off"] ** 2 / n) / (n - 1)
    return Sample(name=row["arm"], assigned=row["assigned"], n=n, mean=row["total"] / n if n else None,
                  variance=variance)  # fmt: skip


def _problem(experiment: Experiment, rows: Sequence[dict[str, Any]]) -> str | None:
    lost = min((row["lost"] for row in rows if row["lost"]), default=None)
    if lost is not None:
        return f"some amounts cannot be compared: {lost}"
    read = experiment.expression.outcome
    single = experiment.proportion or (read is not None and read.kind == Kind.BOOLEAN)
    summed = sum(row["summed"] for row in rows)
    if summed and not single:
        whose = "units have records that" if experiment.expression.by is not None else "records"
        return (f"{summed:,} {whose} stand for several interactions each, of which only sums are known: "
                "their spread is not")  # fmt: skip
    return None


def grouped(values: dict[tuple[str | None, datetime], float]) -> Sequence[str | None]:
    """The groups that have a value, in order of their names."""
    return sorted({group for group, _ in values}, key=lambda name: (name is None, name or ""))
